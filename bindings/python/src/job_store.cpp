#include "backends.h"
#include "override.h"

#include <thumbjobs/job_store.h>
#include <thumbjobs/registry.h>

#include <memory>
#include <utility>
#include <vector>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

using Released = py::call_guard<py::gil_scoped_release>;

/// A listener as Python calls it: listener(work, events).
py::object callable(JobStore::Listener listener) {
    if (!listener)
        return py::none();
    return py::cpp_function([told = std::move(listener)](bool work, bool events) {
        const py::gil_scoped_release released;
        told({.work = work, .events = events});
    });
}

/// A job store that is written in Python.
class StoreInPython final : public JobStore {
public:
    using JobStore::JobStore;

    std::string describe() const override { return call<std::string>("describe"); }
    std::string id() override { return call<std::string>("id"); }
    void probe() override { call<void>("probe"); }
    void set_listener(Listener listener) override {
        if (interpreter_is_ending())
            return;
        const py::gil_scoped_acquire gil;
        call<void>("set_listener", callable(std::move(listener)));
    }
    CreateResult create(const NewJob& job) override { return call<CreateResult>("create", job); }
    std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) override {
        return call<std::vector<std::optional<JobRecord>>>("find", list_of(ids));
    }
    JobPage list(const ListQuery& query) override { return call<JobPage>("list", query); }
    StoreStats stats() override { return call<StoreStats>("stats"); }
    EventPage events(const EventCursor& after, int limit) override {
        return call<EventPage>("events", after, limit);
    }
    EventCursor events_end() override { return call<EventCursor>("events_end"); }
    std::vector<LogLine> logs(const LogQuery& query) override {
        return call<std::vector<LogLine>>("logs", query);
    }
    ClaimResult claim(const ClaimRequest& request) override {
        return call<ClaimResult>("claim", request);
    }
    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) override {
        return call<std::vector<LeaseState>>("renew", list_of(leases), lease);
    }
    void mark_decoding(const Lease& lease) override { call<void>("mark_decoding", lease); }
    void report_progress(const Lease& lease, double progress) override {
        call<void>("report_progress", lease, progress);
    }
    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override {
        return call<ClaimResult>("complete", lease, completion,
                                 next ? std::optional(*next) : std::nullopt);
    }
    Job fail(const Lease& lease, const Failure& failure) override {
        return call<Job>("fail", lease, failure);
    }
    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) override {
        call<void>("give_back", lease, delay, note);
    }
    Job cancel(const JobId& id, std::optional<Milliseconds> retention,
               const LogNote& note) override {
        return call<Job>("cancel", id, retention, note);
    }
    Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note) override {
        return call<Job>("retry", id, max_queued, note);
    }
    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) override {
        return call<JobRecord>("remove", id, tombstone_delay, note);
    }
    SweepResult sweep(const SweepRequest& request) override {
        return call<SweepResult>("sweep", request);
    }
    std::vector<JobRecord> tombstones(int limit) override {
        return call<std::vector<JobRecord>>("tombstones", limit);
    }
    void forget(std::span<const JobId> ids) override { call<void>("forget", list_of(ids)); }
    bool acquire(std::string_view name, std::string_view owner, Milliseconds duration) override {
        return call<bool>("acquire", name, owner, duration);
    }

private:
    template <class Result, class... Arguments>
    Result call(const char* name, const Arguments&... arguments) const {
        return call_override<Result>(static_cast<const JobStore*>(this), name,
                                     ErrorCode::store_unavailable, arguments...);
    }

    template <class T>
    static std::vector<T> list_of(std::span<const T> items) {
        return {items.begin(), items.end()};
    }
};

void set_listener(JobStore& store, const py::object& listener) {
    JobStore::Listener told;
    if (!listener.is_none())
        told = [held = std::shared_ptr<py::object>(new py::object(listener), [](py::object* last) {
                    if (interpreter_is_ending())
                        return;
                    const py::gil_scoped_acquire gil;
                    delete last;
                })](JobStore::Change change) {
            if (interpreter_is_ending())
                return;
            const py::gil_scoped_acquire gil;
            try {
                (*held)(change.work, change.events);
            } catch (py::error_already_set& raised) {
                raised.discard_as_unraisable("a listener of a JobStore");
            }
        };
    const py::gil_scoped_release released;
    store.set_listener(std::move(told));
}

std::shared_ptr<JobStore> open_store(const std::string& url) {
    return Registry::builtin().open_store(url, {});
}

} // namespace

void bind_job_store(py::module_& module) {
    using Store = JobStore;
    py::class_<Store, StoreInPython, std::shared_ptr<Store>>(
        module, "JobStore",
        "The durable records of jobs and the queue. Subclass it to write one in Python: every\n"
        "method has to be implemented, is called from any thread, and either takes effect as a\n"
        "whole or not at all. Raise StoreUnavailableError (or an OSError) when the store does not\n"
        "answer. libthumbjobs/include/thumbjobs/job_store.h has the contract in full.")
        .def(py::init<>())
        .def("describe", &Store::describe, Released(),
             "A name for logs, without secrets: 'sqlite:/var/lib/thumbjobs/jobs.db'.")
        .def("id", &Store::id, Released(),
             "Names this store's content; made once, at random. 1 to 64 of a-z 0-9 -.")
        .def("probe", &Store::probe, Released(), "Raises unless the store can be used now. Cheap.")
        .def("set_listener", &set_listener, py::arg("listener"),
             "Sets the function that is told of changes: listener(work, events), or None.")
        .def("create", &Store::create, py::arg("job"), Released(),
             "Records a job as queued, or returns the earlier one of its id or idempotency key.")
        .def(
            "find", [](Store& store, const std::vector<JobId>& ids) { return store.find(ids); },
            py::arg("ids"), Released(),
            "The records of the ids, in that order; None for unknown ones. Finds tombstones.")
        .def("list", &Store::list, py::arg("query"), Released(), "One page of jobs.")
        .def("stats", &Store::stats, Released(), "Counts of jobs.")
        .def("events", &Store::events, py::arg("after"), py::arg("limit"), Released(),
             "Events after a cursor; begins with a reset if that is too old or unknown.")
        .def("events_end", &Store::events_end, Released(), "The cursor after the newest event.")
        .def("logs", &Store::logs, py::arg("query"), Released(), "Log lines, oldest first.")
        .def("claim", &Store::claim, py::arg("request"), Released(),
             "Takes ready jobs: highest priority first, then oldest. A repeat of a nonce returns\n"
             "the same batch.")
        .def(
            "renew",
            [](Store& store, const std::vector<Lease>& leases, Milliseconds lease) {
                return store.renew(leases, lease);
            },
            py::arg("leases"), py::arg("lease"), Released(), "Extends leases; one answer for each.")
        .def("mark_decoding", &Store::mark_decoding, py::arg("lease"), Released(),
             "Marks the attempt: if its lease now runs out, that counts as a crash.")
        .def("report_progress", &Store::report_progress, py::arg("lease"), py::arg("progress"),
             Released(), "Publishes progress, 0 to 1.")
        .def(
            "complete",
            [](Store& store, const Lease& lease, const Completion& completion,
               const std::optional<ClaimRequest>& next) {
                return store.complete(lease, completion, next ? &*next : nullptr);
            },
            py::arg("lease"), py::arg("completion"), py::arg("next"), Released(),
            "Commits the results, and claims the next jobs if asked to.")
        .def("fail", &Store::fail, py::arg("lease"), py::arg("failure"), Released(),
             "Ends the attempt without a result: queues the job again, or fails it.")
        .def("give_back", &Store::give_back, py::arg("lease"), py::arg("delay"), py::arg("note"),
             Released(), "Queues the job again, free of charge.")
        .def("cancel", &Store::cancel, py::arg("id"), py::arg("retention"), py::arg("note"),
             Released(), "Cancels a job that has not ended.")
        .def("retry", &Store::retry, py::arg("id"), py::arg("max_queued"), py::arg("note"),
             Released(), "Queues a failed or cancelled job anew.")
        .def("remove", &Store::remove, py::arg("id"), py::arg("tombstone_delay"), py::arg("note"),
             Released(), "Turns a job into a tombstone.")
        .def("sweep", &Store::sweep, py::arg("request"), Released(),
             "Gives back expired leases; turns jobs past their retention into tombstones.")
        .def("tombstones", &Store::tombstones, py::arg("limit"), Released(),
             "Tombstones whose delay is over.")
        .def(
            "forget", [](Store& store, const std::vector<JobId>& ids) { store.forget(ids); },
            py::arg("ids"), Released(), "Erases tombstones for good.")
        .def("acquire", &Store::acquire, py::arg("name"), py::arg("owner"), py::arg("duration"),
             Released(), "Takes or extends a store-wide lease.");
    module.def("open_store", &open_store, py::arg("url"), Released(),
               "Opens one of the job stores that are built in, by its URL.");
}

} // namespace thumbjobs::python
