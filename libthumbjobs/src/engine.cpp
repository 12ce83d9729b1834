#include "src/engine_impl.h"
#include "src/fail_point.h"
#include "src/options_check.h"

#include <thumbjobs/error.h>
#include <thumbjobs/version.h>

#include <algorithm>
#include <utility>

namespace thumbjobs {
namespace {

[[noreturn]] void throw_not_found(const JobId& id) {
    throw Error(ErrorCode::not_found, "There is no job " + id.to_string() + ".");
}

void open_parts(EngineOptions& options) {
    const Registry& registry = options.registry ? *options.registry : Registry::builtin();
    const BackendContext context{.clock = options.clock,
                                 .event_history = options.event_history,
                                 .disk_reserve = options.disk_reserve,
                                 .relaxed_durability = options.relaxed_durability,
                                 .warn = [&options](std::string_view sentence) {
                                     Watch(options.observer).log(LogLevel::warning, sentence);
                                 }};
    // First what leaves nothing behind when another part's address turns out to be bad.
    if (!options.image_resizer && options.workers > 0)
        options.image_resizer = registry.open_resizer(options.resizer, context);
    if (!options.job_store)
        options.job_store = registry.open_store(options.store, context);
    if (!options.image_storage)
        options.image_storage = registry.open_storage(options.storage, context);
    options.registry = nullptr; // may end before the engine
}

} // namespace

Engine::~Engine() = default;

std::unique_ptr<Engine> Engine::open(EngineOptions options) {
    complete_options(options);
    open_parts(options);
    return std::make_unique<EngineImpl>(std::move(options));
}

EngineImpl::EngineImpl(EngineOptions options)
    : core_(std::move(options)),
      submitter_(core_),
      hub_(core_),
      waiters_(core_, hub_),
      housekeeper_(core_),
      orphans_(core_),
      pool_(core_),
      housekeeping_([this](const CancelToken& stop) {
          if (pool_.hold_leases())
              housekeeper_.run(stop);
      }),
      orphan_sweeps_([this](const CancelToken& stop) { orphans_.run(stop); }) {
    // From the first moment on, another store's sweeper must not take what this one puts there.
    orphans_.check_stamp();
    core_.store.set_listener([this](JobStore::Change change) {
        if (change.work)
            pool_.work_arrived();
        if (change.events)
            hub_.events_arrived();
    });
}

EngineImpl::~EngineImpl() {
    try {
        stop(Milliseconds{10'000});
        core_.store.set_listener({});
    } catch (const std::exception& error) {
        core_.watch.log(LogLevel::error, "the engine could not be stopped in order", error);
    }
}

void EngineImpl::start() {
    const std::lock_guard lock(lifecycle_);
    if (started_)
        return;
    started_ = true;
    try {
        pool_.start();
        housekeeping_.start(core_.options.housekeeping_interval);
        if (core_.options.orphan_interval > Milliseconds{0})
            orphan_sweeps_.start(core_.options.orphan_interval);
    } catch (...) {
        orphan_sweeps_.stop();
        housekeeping_.stop();
        pool_.stop(Milliseconds{0});
        started_ = false;
        throw;
    }
    const EngineOptions& options = core_.options;
    std::string message = "started: thumbjobs " + std::string(version()) + ", " +
                          core_.store.describe() + ", " + core_.storage.describe();
    if (options.workers > 0)
        message += ", " + options.image_resizer->describe() + ", " +
                   std::to_string(options.workers) + " workers";
    core_.watch.log(LogLevel::info, message);
}

void EngineImpl::stop(Milliseconds patience) {
    pool_.hurry(patience);
    const std::lock_guard lock(lifecycle_);
    if (!started_)
        return;
    core_.watch.log(LogLevel::info, "stopping");
    pool_.stop(patience);
    housekeeping_.stop();
    orphan_sweeps_.stop();
    started_ = false;
    core_.watch.log(LogLevel::info, "stopped");
}

std::optional<JobRecord> EngineImpl::find(const JobId& id) {
    std::vector<std::optional<JobRecord>> records = core_.store.find({&id, 1});
    if (records.empty() || !records.front() || records.front()->deleted)
        return std::nullopt;
    return std::move(records.front());
}

JobRecord EngineImpl::require(const JobId& id) {
    std::optional<JobRecord> record = find(id);
    if (!record)
        throw_not_found(id);
    return *std::move(record);
}

std::optional<Job> EngineImpl::get(const JobId& id) {
    std::optional<JobRecord> record = find(id);
    if (!record)
        return std::nullopt;
    return std::move(record->job);
}

Job EngineImpl::cancel(const JobId& id) {
    const JobState before = require(id).job.state;
    const LogNote note =
        core_.note(LogLevel::info, "cancelled while " + std::string(to_string(before)));
    Job job = core_.store.cancel(id, core_.options.retention, note);
    pool_.job_ended(id);
    if (!is_terminal(before)) {
        core_.watch.transition(job, before);
        core_.watch.log(note.level, note.message, job);
    }
    return job;
}

Job EngineImpl::retry(const JobId& id) {
    const JobState before = require(id).job.state;
    const LogNote note =
        core_.note(LogLevel::info, "queued again after it was " + std::string(to_string(before)));
    Job job = core_.store.retry(id, core_.options.max_queued, note);
    if (is_terminal(before)) {
        core_.watch.transition(job, before);
        core_.watch.log(note.level, note.message, job);
    }
    return job;
}

void EngineImpl::remove(const JobId& id) {
    const LogNote note = core_.note(LogLevel::info, "removed");
    const JobRecord record = core_.store.remove(id, core_.tombstone_delay(), note);
    pool_.job_ended(id);
    fail_point("remove.marked");
    core_.watch.tell([&](Observer& observer) { observer.on_removed(id); });
    core_.watch.log(note.level, note.message, record.job);
    try {
        remove_blobs(core_, record);
    } catch (const std::exception& error) { // the tombstone sees to it
        core_.watch.log(LogLevel::warning, "the images of a removed job stay a little longer",
                        record.job, {}, error.what());
    }
    fail_point("remove.blobs_gone");
}

BlobPtr EngineImpl::open_original(const JobId& id) {
    const JobRecord record = require(id);
    if (record.original_key.empty())
        throw Error(ErrorCode::not_found,
                    "The original of job " + id.to_string() + " was deleted after its success.");
    return open_blob(record.original_key, id);
}

Engine::OpenedRendition EngineImpl::open_rendition(const JobId& id, std::string_view name) {
    JobRecord record = require(id);
    Job& job = record.job;
    if (job.state != JobState::succeeded)
        throw Error(ErrorCode::conflict, "Job " + id.to_string() + " is " +
                                             std::string(to_string(job.state)) +
                                             "; only one that succeeded has renditions.");
    const auto found =
        name.empty()
            ? job.renditions.begin()
            : std::find_if(job.renditions.begin(), job.renditions.end(),
                           [&](const Rendition& rendition) { return rendition.name == name; });
    const auto index = static_cast<std::size_t>(found - job.renditions.begin());
    if (index >= record.rendition_keys.size())
        throw Error(ErrorCode::not_found,
                    "Job " + id.to_string() + " has no rendition of that name.");
    const std::string& key = record.rendition_keys[index];
    BlobPtr blob = key.empty() ? core_.store.open_kept(id, index) : open_blob(key, id);
    Rendition rendition = *found;
    return {.job = std::move(job), .rendition = std::move(rendition), .blob = std::move(blob)};
}

BlobPtr EngineImpl::open_blob(const std::string& key, const JobId& id) {
    try {
        return core_.storage.open(key);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw;
        throw Error(ErrorCode::not_found, "The image of job " + id.to_string() + " is gone.", key);
    }
}

EngineStats EngineImpl::stats() {
    return {.store = core_.store.stats(),
            .workers = core_.options.workers,
            .workers_busy = pool_.busy(),
            .draining = pool_.draining(),
            .outage = pool_.outage()};
}

void EngineImpl::probe() {
    core_.store.probe();
    core_.storage.probe();
}

} // namespace thumbjobs
