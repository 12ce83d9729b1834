#pragma once

#include "src/core.h"
#include "src/event_hub.h"
#include "src/housekeeper.h"
#include "src/orphan_sweeper.h"
#include "src/periodic.h"
#include "src/submitter.h"
#include "src/waiters.h"
#include "src/worker_pool.h"

#include <thumbjobs/engine.h>

#include <mutex>

namespace thumbjobs {

/// Puts the parts together.
class EngineImpl final : public Engine {
public:
    /// `options` are complete.
    explicit EngineImpl(EngineOptions options);
    ~EngineImpl() override;

    void start() override;
    void stop(Milliseconds patience) override;
    void pause() override { pool_.pause(); }
    void resume() override { pool_.resume(); }

    SubmitResult submit(const SubmitRequest& request) override {
        return submitter_.submit(request);
    }
    std::optional<Job> get(const JobId& id) override;
    JobPage list(const ListQuery& query) override { return core_.store.list(query); }
    Job wait(const JobId& id, Milliseconds timeout) override { return waiters_.wait(id, timeout); }
    Job cancel(const JobId& id) override;
    Job retry(const JobId& id) override;
    void remove(const JobId& id) override;
    BlobPtr open_original(const JobId& id) override;
    OpenedRendition open_rendition(const JobId& id, std::string_view name) override;
    EngineStats stats() override;
    std::vector<LogLine> logs(const LogQuery& query) override { return core_.store.logs(query); }
    EventPage events(const EventCursor& after, int limit) override {
        return core_.store.events(after, limit);
    }
    EventCursor events_end() override { return core_.store.events_end(); }
    std::shared_ptr<Subscription> subscribe(EventHandler handler,
                                            std::optional<EventCursor> from) override {
        return hub_.subscribe(std::move(handler), std::move(from));
    }
    std::optional<int> sweep_orphans() override { return orphans_.sweep(CancelToken()); }
    void probe() override;
    const EngineOptions& options() const noexcept override { return core_.options; }

private:
    std::optional<JobRecord> find(const JobId& id);
    JobRecord require(const JobId& id);
    BlobPtr open_blob(const std::string& key, const JobId& id);

    const Core core_;
    Submitter submitter_;
    EventHub hub_;
    Waiters waiters_;
    Housekeeper housekeeper_;
    OrphanSweeper orphans_;
    WorkerPool pool_;
    Periodic housekeeping_;
    Periodic orphan_sweeps_;
    std::mutex lifecycle_; ///< One start() or stop() at a time.
    bool started_ = false; ///< Guarded by lifecycle_.
};

} // namespace thumbjobs
