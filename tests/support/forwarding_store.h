#pragma once

#include <thumbjobs/job_store.h>

#include <memory>
#include <utility>

namespace thumbjobs::test {

/// Passes every call on: the base of fault injectors.
class ForwardingStore : public JobStore {
public:
    explicit ForwardingStore(std::shared_ptr<JobStore> inner) : inner_(std::move(inner)) {}

    std::string describe() const override { return inner_->describe(); }
    std::string id() override { return inner_->id(); }
    void probe() override { inner_->probe(); }
    void set_listener(Listener listener) override { inner_->set_listener(std::move(listener)); }
    CreateResult create(const NewJob& job) override { return inner_->create(job); }
    std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) override {
        return inner_->find(ids);
    }
    JobPage list(const ListQuery& query) override { return inner_->list(query); }
    StoreStats stats() override { return inner_->stats(); }
    EventPage events(const EventCursor& after, int limit) override {
        return inner_->events(after, limit);
    }
    EventCursor events_end() override { return inner_->events_end(); }
    std::vector<LogLine> logs(const LogQuery& query) override { return inner_->logs(query); }
    ClaimResult claim(const ClaimRequest& request) override { return inner_->claim(request); }
    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) override {
        return inner_->renew(leases, lease);
    }
    void mark_decoding(const Lease& lease) override { inner_->mark_decoding(lease); }
    void report_progress(const Lease& lease, double progress) override {
        inner_->report_progress(lease, progress);
    }
    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override {
        return inner_->complete(lease, completion, next);
    }
    Job fail(const Lease& lease, const Failure& failure) override {
        return inner_->fail(lease, failure);
    }
    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) override {
        inner_->give_back(lease, delay, note);
    }
    Job cancel(const JobId& id, std::optional<Milliseconds> retention,
               const LogNote& note) override {
        return inner_->cancel(id, retention, note);
    }
    Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note) override {
        return inner_->retry(id, max_queued, note);
    }
    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) override {
        return inner_->remove(id, tombstone_delay, note);
    }
    SweepResult sweep(const SweepRequest& request) override { return inner_->sweep(request); }
    std::vector<JobRecord> tombstones(int limit) override { return inner_->tombstones(limit); }
    void forget(std::span<const JobId> ids) override { inner_->forget(ids); }
    bool acquire(std::string_view name, std::string_view owner, Milliseconds duration) override {
        return inner_->acquire(name, owner, duration);
    }
    std::int64_t keeps_up_to() const noexcept override { return inner_->keeps_up_to(); }
    BlobPtr open_kept(const JobId& id, std::size_t index) override {
        return inner_->open_kept(id, index);
    }

protected:
    const std::shared_ptr<JobStore> inner_;
};

} // namespace thumbjobs::test
