#include "py_engine.h"

#include "blobs.h"
#include "casters.h"
#include "errors.h"
#include "in_flight.h"
#include "log_queue.h"
#include "process.h"

#include <thumbjobs/json.h>
#include <thumbjobs/registry.h>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

using Released = py::call_guard<py::gil_scoped_release>;

[[noreturn]] void throw_no_job(const JobId& id) {
    throw Error(ErrorCode::not_found, "There is no job " + id.to_string() + ".");
}

} // namespace

PyEngine::PyEngine(EngineOptions options) : process_(::getpid()) {
    engine_ = Engine::open(std::move(options));
    const EngineOptions& open = engine_->options();
    description_ = "store='" + open.job_store->describe() + "' storage='" +
                   open.image_storage->describe() + "' workers=" + std::to_string(open.workers);
    engine_->start();
}

PyEngine::~PyEngine() {
    if (!is_ours()) {
        static_cast<void>(new std::shared_ptr<Engine>(std::move(engine_)));
        return;
    }
    const py::gil_scoped_release released;
    engine_.reset();
}

bool PyEngine::is_ours() const noexcept {
    return process_ == ::getpid();
}

std::shared_ptr<Engine> PyEngine::get() const {
    if (!is_ours())
        throw Error(ErrorCode::closed,
                    "This Engine was opened by process " + std::to_string(process_) +
                        " and cannot be used in process " + std::to_string(::getpid()) +
                        ", a fork of it: the worker threads stayed behind. Open an Engine after "
                        "the fork.");
    const std::lock_guard lock(mutex_);
    if (!engine_)
        throw Error(ErrorCode::closed, "This Engine was closed.");
    return engine_;
}

bool PyEngine::closed() const {
    if (!is_ours())
        return true;
    const std::lock_guard lock(mutex_);
    return !engine_;
}

void PyEngine::close(Milliseconds patience) {
    if (!is_ours())
        return;
    std::shared_ptr<Engine> engine;
    std::vector<std::weak_ptr<EventFeed>> feeds;
    {
        const std::lock_guard lock(mutex_);
        engine = std::exchange(engine_, nullptr);
        feeds = std::exchange(feeds_, {});
    }
    if (!engine)
        return;
    for (const auto& open : feeds)
        if (const auto feed = open.lock())
            feed->close();
    Engine* const closing = engine.get();
    run_interruptibly(
        [&engine, closing, patience] {
            closing->stop(patience);
            engine.reset(); // unless calls are under way: the last of them ends it
        },
        [closing] { closing->stop(Milliseconds::zero()); });
}

std::shared_ptr<EventFeed> PyEngine::open_feed(EventFilter filter,
                                               std::optional<EventCursor> from) {
    const auto engine = get();
    auto feed = std::make_shared<EventFeed>(engine, std::move(filter), std::move(from));
    const std::lock_guard lock(mutex_);
    std::erase_if(feeds_, [](const auto& open) { return open.expired(); });
    feeds_.push_back(feed);
    if (!engine_)
        feed->close();
    return feed;
}

std::optional<Job> PyEngine::wait(const JobId& id, std::optional<Milliseconds> timeout) {
    constexpr Milliseconds slice{50};
    constexpr Milliseconds longest = std::chrono::hours{24 * 365};
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::clamp(timeout.value_or(longest), {}, longest);
    const InFlight call;
    const py::gil_scoped_release released;
    std::shared_ptr<EventFeed> feed; // opened before the job is looked at, so no change is missed
    bool look = true;
    while (true) {
        if (look) {
            if (!feed)
                feed = open_feed(
                    {.job = id,
                     .states = {JobState::succeeded, JobState::failed, JobState::cancelled}},
                    std::nullopt);
            const auto job = get()->get(id);
            if (!job)
                throw_no_job(id);
            if (is_terminal(job->state))
                return job;
            look = false;
        }
        while (const auto event = feed->take()) {
            if (event->kind == Event::Kind::deleted)
                throw_no_job(id);
            if (event->kind == Event::Kind::job)
                return event->job;
            look = true;
        }
        if (feed->closed())
            static_cast<void>(get()); // throws
        check_signals();
        const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
        if (left <= Milliseconds::zero())
            return std::nullopt;
        feed->wait(std::min(left, slice));
    }
}

std::string PyEngine::describe() const {
    return description_;
}

namespace {

EngineOptions options_from(const EngineSettings& given, const py::object& store,
                           const py::object& storage, const py::object& resizer) {
    EngineOptions options;
    options.store = given.store;
    options.storage = given.storage;
    options.resizer = given.resizer;
    options.workers = given.workers;
    options.io_slots = given.io_slots;
    options.worker_name = given.worker_name;
    options.limits = given.limits;
    options.max_queued = given.max_queued;
    options.retry.max_attempts = given.max_attempts;
    options.retry.max_crashes = given.max_crashes;
    options.lease = given.lease;
    options.originals = given.keep_originals ? Originals::keep : Originals::drop;
    options.inline_thumbnails = given.inline_thumbnails;
    options.retention = given.retention;
    options.relaxed_durability = given.relaxed_durability;
    options.observer = make_log_observer();
    if (!store.is_none())
        options.job_store = hold<JobStore>(store);
    if (!storage.is_none())
        options.image_storage = hold<Storage>(storage);
    if (!resizer.is_none())
        options.image_resizer = hold<Resizer>(resizer);
    return options;
}

/// Adds the argument and its value, unless it names that already, to what opening a backend threw.
[[noreturn]] void rethrow_named(const char* argument, const std::string& url, const Error& error) {
    const std::string what = error.what();
    std::string shown;
    try {
        shown = BackendUrl::parse(url).redacted();
    } catch (const Error&) { // what cannot be taken apart may hold a password anywhere
        shown = "the URL";
    }
    std::string message = std::string(argument) + ": ";
    if (what.find('"' + shown + '"') == std::string::npos)
        message += "'" + shown + "' cannot be opened: ";
    throw Error(error.code(), message + what, error.detail());
}

template <class Part, class Open>
void open_part(std::shared_ptr<Part>& part, const char* argument, const std::string& url,
               const Open& open) {
    if (part)
        return;
    try {
        part = open(url);
    } catch (const Error& error) {
        rethrow_named(argument, url, error);
    }
}

/// As Engine::open() would, with errors that name the argument.
void open_parts(EngineOptions& options) {
    const Registry& registry = Registry::builtin();
    const BackendContext context{.event_history = options.event_history,
                                 .disk_reserve = options.disk_reserve,
                                 .relaxed_durability = options.relaxed_durability,
                                 .warn = [&options](std::string_view sentence) {
                                     options.observer->on_log(
                                         {.level = LogLevel::warning, .message = sentence});
                                 }};
    if (options.workers > 0)
        open_part(options.image_resizer, "resizer", options.resizer,
                  [&](const std::string& url) { return registry.open_resizer(url, context); });
    open_part(options.job_store, "store", options.store,
              [&](const std::string& url) { return registry.open_store(url, context); });
    open_part(options.image_storage, "storage", options.storage,
              [&](const std::string& url) { return registry.open_storage(url, context); });
}

std::unique_ptr<PyEngine> open(const EngineSettings& settings, const py::object& store,
                               const py::object& storage, const py::object& resizer) {
    EngineOptions options = options_from(settings, store, storage, resizer);
    const py::gil_scoped_release released;
    open_parts(options);
    try {
        return std::make_unique<PyEngine>(std::move(options));
    } catch (const Error& error) { // of a first call
        if (error.code() == ErrorCode::store_unavailable && !settings.store.empty())
            rethrow_named("store", settings.store, error);
        if (error.code() == ErrorCode::storage_unavailable && !settings.storage.empty())
            rethrow_named("storage", settings.storage, error);
        throw;
    }
}

Job submit(const PyEngine& engine, const py::object& image, std::vector<RenditionSpec> renditions,
           std::string filename, int priority, std::string idempotency_key,
           std::map<std::string, std::string> metadata) {
    SubmitRequest request;
    request.image = image_from_python(image, "image");
    request.renditions = std::move(renditions);
    request.filename = std::move(filename);
    request.priority = priority;
    request.idempotency_key = std::move(idempotency_key);
    request.metadata = std::move(metadata);
    const auto open = engine.get();
    const py::gil_scoped_release released;
    Job job = open->submit(request).job;
    request.image.reset();
    return job;
}

Stats stats(const PyEngine& engine) {
    const EngineStats read = engine.get()->stats();
    return {.queued = read.store.queued,
            .processing = read.store.processing,
            .succeeded = read.store.succeeded,
            .failed = read.store.failed,
            .cancelled = read.store.cancelled,
            .delayed = read.store.delayed,
            .oldest_ready_age = read.store.oldest_ready_age,
            .finished_last_minute = read.store.finished_last_minute,
            .workers = read.workers,
            .workers_busy = read.workers_busy,
            .draining = read.draining,
            .outage = read.outage};
}

} // namespace

void bind_engine(py::module_& module) {
    py::class_<PyEngine>(module, "Engine", "What thumbjobs.Engine is made of.")
        .def(py::init(&open), py::arg("settings"), py::arg("store"), py::arg("storage"),
             py::arg("resizer"), "Opens the backends and starts the workers.")
        .def("close", &PyEngine::close, py::arg("patience"),
             "Drains for up to `patience` seconds and closes.")
        .def_property_readonly("closed", &PyEngine::closed, "Whether it was closed.")
        .def("describe", &PyEngine::describe, "Its store, storage and workers.")
        .def("submit", &submit, py::arg("image"), py::arg("renditions"), py::arg("filename"),
             py::arg("priority"), py::arg("idempotency_key"), py::arg("metadata"),
             "Stores an image, given by its path or as bytes, and queues its job.")
        .def(
            "get", [](const PyEngine& engine, const JobId& job) { return engine.get()->get(job); },
            py::arg("job"), Released(), "The job, or None.")
        .def(
            "list",
            [](const PyEngine& engine, const ListQuery& query) {
                return engine.get()->list(query);
            },
            py::arg("query"), Released(), "One page of a listing.")
        .def("wait", &PyEngine::wait, py::arg("job"), py::arg("timeout"),
             "Waits for the job's end; None when the time is over.")
        .def(
            "cancel",
            [](const PyEngine& engine, const JobId& job) { return engine.get()->cancel(job); },
            py::arg("job"), Released(), "Cancels the job.")
        .def(
            "retry",
            [](const PyEngine& engine, const JobId& job) { return engine.get()->retry(job); },
            py::arg("job"), Released(), "Runs the job again.")
        .def(
            "remove", [](const PyEngine& engine, const JobId& job) { engine.get()->remove(job); },
            py::arg("job"), Released(), "Removes the job and its images.")
        .def(
            "open_original",
            [](const PyEngine& engine, const JobId& job) {
                return std::make_shared<BlobView>(engine.get()->open_original(job));
            },
            py::arg("job"), Released(), "The submitted image.")
        .def(
            "open_rendition",
            [](const PyEngine& engine, const JobId& job, const std::string& name) {
                auto opened = engine.get()->open_rendition(job, name);
                return std::pair(std::make_shared<BlobView>(std::move(opened.blob)),
                                 std::move(opened.rendition));
            },
            py::arg("job"), py::arg("name"), Released(), "A thumbnail and what is known of it.")
        .def("stats", &stats, Released(), "Counts of jobs and workers.")
        .def(
            "logs",
            [](const PyEngine& engine, const LogQuery& query) { return engine.get()->logs(query); },
            py::arg("query"), Released(), "Lines of the processing log, oldest first.")
        .def(
            "events_end", [](const PyEngine& engine) { return engine.get()->events_end(); },
            Released(), "The cursor after the newest event.")
        .def(
            "open_feed",
            [](PyEngine& engine, std::optional<JobId> job, std::vector<JobState> states,
               std::optional<EventCursor> since) {
                return engine.open_feed({.job = job, .states = std::move(states)},
                                        std::move(since));
            },
            py::arg("job"), py::arg("states"), py::arg("since"), Released(),
            "Follows the events from a cursor, or from now on.")
        .def(
            "pause", [](const PyEngine& engine) { engine.get()->pause(); }, Released(),
            "Takes no new jobs until resume().")
        .def(
            "resume", [](const PyEngine& engine) { engine.get()->resume(); }, Released(),
            "Takes jobs again.")
        .def(
            "probe", [](const PyEngine& engine) { engine.get()->probe(); }, Released(),
            "Raises unless store and storage can be used.");
    module.def(
        "job_json", [](const Job& job) { return to_json(job); }, py::arg("job"),
        "The job as JSON, with the members of the REST API.");
    module.def(
        "validate_renditions", [](const std::vector<RenditionSpec>& specs) { validate(specs); },
        py::arg("specs"), "Raises InvalidArgumentError unless the specs are acceptable.");
    module.def(
        "sniff",
        [](const py::object& data) {
            const BlobPtr blob = blob_from_python(data, "data");
            const auto found = sniff_image(blob->view());
            return found ? std::optional(std::string(found->media_type)) : std::nullopt;
        },
        py::arg("data"), "The media type that the first bytes of a file tell of, or None.");
}

} // namespace thumbjobs::python
