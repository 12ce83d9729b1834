#pragma once

#include "support/faults.h"
#include "support/forwarding_store.h"

namespace thumbjobs::test {

/// A store whose calls fail when the test says so. The names of its faults are those of JobStore's
/// methods with `store.` before them.
class FlakyStore final : public ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;

    Faults& faults() { return faults_; }

    void probe() override {
        faults_.around("store.probe", [&] { inner_->probe(); });
    }
    CreateResult create(const NewJob& job) override {
        return faults_.around("store.create", [&] { return inner_->create(job); });
    }
    std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) override {
        return faults_.around("store.find", [&] { return inner_->find(ids); });
    }
    EventPage events(const EventCursor& after, int limit) override {
        return faults_.around("store.events", [&] { return inner_->events(after, limit); });
    }
    ClaimResult claim(const ClaimRequest& request) override {
        return faults_.around("store.claim", [&] { return inner_->claim(request); });
    }
    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) override {
        return faults_.around("store.renew", [&] { return inner_->renew(leases, lease); });
    }
    void mark_decoding(const Lease& lease) override {
        faults_.around("store.mark_decoding", [&] { inner_->mark_decoding(lease); });
    }
    void report_progress(const Lease& lease, double progress) override {
        faults_.around("store.report_progress", [&] { inner_->report_progress(lease, progress); });
    }
    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override {
        return faults_.around("store.complete",
                              [&] { return inner_->complete(lease, completion, next); });
    }
    Job fail(const Lease& lease, const Failure& failure) override {
        return faults_.around("store.fail", [&] { return inner_->fail(lease, failure); });
    }
    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) override {
        faults_.around("store.give_back", [&] { inner_->give_back(lease, delay, note); });
    }
    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) override {
        return faults_.around("store.remove",
                              [&] { return inner_->remove(id, tombstone_delay, note); });
    }
    SweepResult sweep(const SweepRequest& request) override {
        return faults_.around("store.sweep", [&] { return inner_->sweep(request); });
    }
    void forget(std::span<const JobId> ids) override {
        faults_.around("store.forget", [&] { inner_->forget(ids); });
    }
    BlobPtr open_kept(const JobId& id, std::size_t index) override {
        return faults_.around("store.open_kept", [&] { return inner_->open_kept(id, index); });
    }

private:
    Faults faults_;
};

} // namespace thumbjobs::test
