#include "conformance/job_store_conformance.h"

#include <algorithm>

namespace thumbjobs::test {

void JobStoreConformance::cancels_a_queued_job() {
    const Job job = submit();
    fixture_->advance(second);
    const Job cancelled = store_->cancel(job.id, 60 * second, note("Cancelled."));
    QCOMPARE(cancelled.state, JobState::cancelled);
    QVERIFY(cancelled.finished_at == fixture_->clock().wall());
    QVERIFY(cancelled.expires_at == fixture_->clock().wall() + 60 * second);
    QVERIFY(cancelled.specs == job.specs);
    QVERIFY(get(job.id) == cancelled);
    QVERIFY(store_->claim(request()).jobs.empty());
    check_indices({job.id});

    // One that waits for its retry.
    submit();
    const Lease lease = claim_one().lease;
    store_->fail(lease, failure(ErrorCode::storage_unavailable, true));
    const Job waiting = store_->cancel(lease.job, {}, {});
    QVERIFY(!waiting.next_attempt_at && !waiting.expires_at);
    fixture_->advance(60 * second);
    const ClaimResult none = store_->claim(request());
    QVERIFY(none.jobs.empty() && !none.next_due);
}

void JobStoreConformance::cancels_a_running_job() {
    submit();
    const Lease lease = claim_one().lease;
    store_->mark_decoding(lease);
    QCOMPARE(store_->cancel(lease.job, {}, {}).state, JobState::cancelled);
    QCOMPARE(store_->renew(std::span(&lease, 1), second).at(0), LeaseState::lost);
    EXPECT_ERROR(lease_lost, store_->complete(lease, completion(), nullptr));
    fixture_->advance(60 * second);
    QCOMPARE(store_->sweep({.worker = "w"}).requeued, 0);
    QCOMPARE(get(lease.job).state, JobState::cancelled);
    check_indices({lease.job});
}

void JobStoreConformance::cancel_repeats_and_conflicts() {
    const Job job = submit();
    const Job once = store_->cancel(job.id, {}, note("Cancelled."));
    const EventCursor end = store_->events_end();
    fixture_->advance(second);
    QVERIFY(store_->cancel(job.id, 5 * second, note("Cancelled.")) == once);
    QVERIFY(all_events(end).empty());

    submit();
    submit();
    const Lease done = claim_one().lease;
    store_->complete(done, completion(), nullptr);
    EXPECT_ERROR(conflict, store_->cancel(done.job, {}, {}));
    const Lease bad = claim_one().lease;
    store_->fail(bad, failure(ErrorCode::image_corrupt, false));
    EXPECT_ERROR(conflict, store_->cancel(bad.job, {}, {}));
    EXPECT_ERROR(not_found, store_->cancel(JobId::generate(fixture_->clock().wall()), {}, {}));
    check_indices({job.id, done.job, bad.job});
}

void JobStoreConformance::retries_from_scratch() {
    submit();
    const Lease lease = claim_one().lease;
    Failure failed = failure(ErrorCode::decoder_crashed, false);
    failed.crash = true;
    failed.max_crashes = 1;
    failed.retention = 60 * second;
    QCOMPARE(store_->fail(lease, failed).state, JobState::failed);
    fixture_->advance(second);
    const Job again = store_->retry(lease.job, 0, note("Retried."));
    QCOMPARE(again.state, JobState::queued);
    QCOMPARE(again.attempts, 0);
    QCOMPARE(again.crashes, 0);
    QVERIFY(!again.error && !again.finished_at && !again.expires_at && !again.started_at);
    QVERIFY(!again.next_attempt_at);
    QVERIFY(again.updated_at == fixture_->clock().wall());
    QVERIFY(get(lease.job) == again);
    fixture_->advance(120 * second); // the retention of the failure is forgotten
    QCOMPARE(store_->sweep({.worker = "w"}).expired, 0);

    const EventCursor end = store_->events_end();
    QVERIFY(store_->retry(lease.job, 1, note("Retried.")) == again); // queued already
    const ClaimedJob claimed = claim_one();
    QVERIFY(claimed.lease.token > lease.token);
    QCOMPARE(store_->retry(lease.job, 1, note("Retried.")).state, JobState::processing);
    QCOMPARE(all_events(end).size(), std::size_t{1}); // the claim's
    store_->cancel(lease.job, {}, {});
    QCOMPARE(store_->retry(lease.job, 0, {}).state, JobState::queued);
    check_indices({lease.job});
}

void JobStoreConformance::retry_conflicts() {
    submit();
    submit();
    const Lease done = claim_one().lease;
    store_->complete(done, completion(), nullptr);
    EXPECT_ERROR(conflict, store_->retry(done.job, 0, {}));
    const Lease bad = claim_one().lease;
    store_->fail(bad, failure(ErrorCode::image_corrupt, false));
    const Job waiting = submit();
    EXPECT_ERROR(queue_full, store_->retry(bad.job, 1, {}));
    QCOMPARE(get(bad.job).state, JobState::failed);
    QCOMPARE(store_->retry(bad.job, 2, {}).state, JobState::queued);
    EXPECT_ERROR(not_found, store_->retry(JobId::generate(fixture_->clock().wall()), 0, {}));

    const Job dropped = submit([](NewJob& job) {
        job.original.available = false;
        job.original_key.clear();
    });
    store_->cancel(dropped.id, {}, {});
    EXPECT_ERROR(conflict, store_->retry(dropped.id, 0, {}));
    check_indices({done.job, bad.job, waiting.id, dropped.id});
}

void JobStoreConformance::removes_from_every_state() {
    std::vector<JobId> ids;
    for (int i = 0; i < 6; ++i)
        ids.push_back(submit().id);
    store_->complete(claim_one().lease, completion(), nullptr);                     // 0
    store_->fail(claim_one().lease, failure(ErrorCode::image_corrupt, false));      // 1
    store_->fail(claim_one().lease, failure(ErrorCode::storage_unavailable, true)); // 2
    claim_one();                                                                    // 3
    store_->cancel(ids[4], 60 * second, {});                                        // 4
    for (const JobId& id : ids) {
        const auto before = find(id);
        const JobRecord removed = store_->remove(id, second, note("Removed."));
        QVERIFY(removed.deleted);
        QVERIFY(removed.job.id == id);
        QCOMPARE(removed.original_key, before->original_key);
        QVERIFY(removed.rendition_keys == before->rendition_keys);
        QCOMPARE(removed.claim_id, before->claim_id);
        EXPECT_ERROR(not_found, store_->remove(id, second, note("Removed.")));
    }
    check_indices(ids);
    QVERIFY(store_->list({}).jobs.empty());
    fixture_->advance(120 * second);
    const ClaimResult none = store_->claim(request());
    QVERIFY(none.jobs.empty() && !none.next_due);
    const SweepResult swept = store_->sweep({.worker = "w"});
    QCOMPARE(swept.requeued, 0);
    QCOMPARE(swept.expired, 0);
    QCOMPARE(store_->tombstones(100).size(), ids.size());
}

void JobStoreConformance::a_tombstone_is_no_job() {
    const NewJob made = new_job();
    store_->create(made);
    store_->remove(made.id, second, note("Removed."));
    const auto record = find(made.id);
    QVERIFY(record && record->deleted);
    EXPECT_ERROR(not_found, store_->cancel(made.id, {}, {}));
    EXPECT_ERROR(not_found, store_->retry(made.id, 0, {}));
    QVERIFY(store_->create(made).created); // a late repeat does not bring it back
    QVERIFY(find(made.id)->deleted);
    QCOMPARE(store_->stats().queued, 0);
    const std::vector<Event> events = all_events();
    QCOMPARE(events.size(), std::size_t{2});
    QCOMPARE(events[1].kind, Event::Kind::deleted);
    QVERIFY(events[1].id == made.id);
    QVERIFY(!events[1].job);
}

void JobStoreConformance::tombstones_wait_for_their_delay() {
    const Job a = submit();
    const Job b = submit();
    const Job kept = submit();
    store_->remove(a.id, 10 * second, {});
    store_->remove(b.id, 5 * second, {});
    QVERIFY(store_->tombstones(10).empty());
    fixture_->advance(5 * second);
    std::vector<JobRecord> due = store_->tombstones(10);
    QCOMPARE(due.size(), std::size_t{1});
    QVERIFY(due[0].job.id == b.id && due[0].deleted);
    QCOMPARE(due[0].original_key, b.id.to_string() + "/original");
    fixture_->advance(5 * second);
    QCOMPARE(store_->tombstones(10).size(), std::size_t{2});
    QCOMPARE(store_->tombstones(1).size(), std::size_t{1});

    const EventCursor end = store_->events_end();
    const std::vector<JobId> ids{b.id, kept.id, JobId::generate(fixture_->clock().wall())};
    store_->forget(ids);
    store_->forget(ids);
    QVERIFY(!find(b.id));
    QVERIFY(find(kept.id));
    QVERIFY(all_events(end).empty());
    due = store_->tombstones(10);
    QCOMPARE(due.size(), std::size_t{1});
    QVERIFY(due[0].job.id == a.id);
    store_->forget(std::span(&a.id, 1));
    QVERIFY(store_->tombstones(10).empty());
    EXPECT_ERROR(not_found, store_->remove(a.id, second, {}));
    check_indices({a.id, b.id, kept.id});
}

void JobStoreConformance::sweeps_expired_leases() {
    const Job job = submit();
    const Lease lease = claim_one().lease;
    QCOMPARE(store_->sweep({.worker = "w"}).requeued, 0);
    fixture_->advance(10 * second);
    const SweepResult swept = store_->sweep({.worker = "sweeper"});
    QCOMPARE(swept.requeued, 1);
    QCOMPARE(swept.crashed, 0);
    QCOMPARE(swept.failed, 0);
    QVERIFY(!swept.more);
    const Job back = get(job.id);
    QCOMPARE(back.state, JobState::queued);
    QCOMPARE(back.attempts, 0); // free of charge
    QCOMPARE(back.crashes, 0);
    QVERIFY(!back.error && !back.next_attempt_at);
    const std::vector<LogLine> lines =
        store_->logs({.job = job.id, .min_level = LogLevel::warning});
    QCOMPARE(lines.size(), std::size_t{1});
    QCOMPARE(lines[0].worker, std::string("sweeper"));
    check_indices({job.id});
    QVERIFY(claim_one().lease.token > lease.token);
}

void JobStoreConformance::sweep_counts_crashes() {
    const Job job = submit([](NewJob& made) { made.max_attempts = 1; });
    const SweepRequest sweep{.worker = "w", .max_crashes = 2, .retention = 60 * second};
    for (int crash = 1; crash <= 2; ++crash) {
        const Lease lease = claim_one().lease;
        store_->mark_decoding(lease);
        store_->mark_decoding(lease);
        fixture_->advance(10 * second);
        const SweepResult swept = store_->sweep(sweep);
        QCOMPARE(swept.requeued, 1);
        QCOMPARE(swept.crashed, 1);
        QCOMPARE(swept.failed, crash == 2 ? 1 : 0);
        const Job after = get(job.id);
        QCOMPARE(after.crashes, crash);
        QCOMPARE(after.attempts, crash);
        QVERIFY(after.error && after.error->code == ErrorCode::decoder_crashed);
        QCOMPARE(after.state, crash == 2 ? JobState::failed : JobState::queued);
        EXPECT_ERROR(lease_lost, store_->fail(lease, failure(ErrorCode::image_corrupt, false)));
    }
    QVERIFY(get(job.id).expires_at == fixture_->clock().wall() + 60 * second);
    check_indices({job.id});
}

void JobStoreConformance::sweeps_by_retention() {
    const Job kept = submit();
    const Job short_lived = submit([](NewJob& job) {
        job.idempotency_key = "k";
        job.idempotency_fingerprint = "f";
    });
    const Job long_lived = submit();
    store_->cancel(kept.id, {}, {});
    store_->cancel(short_lived.id, 5 * second, {});
    store_->cancel(long_lived.id, 50 * second, {});
    const SweepRequest sweep{.worker = "sweeper", .tombstone_delay = 3 * second};
    QCOMPARE(store_->sweep(sweep).expired, 0);
    fixture_->advance(5 * second);
    QCOMPARE(store_->sweep(sweep).expired, 1);
    QCOMPARE(store_->sweep(sweep).expired, 0);
    QVERIFY(find(short_lived.id)->deleted);
    QCOMPARE(all_events().back().kind, Event::Kind::deleted);
    const CreateResult anew = store_->create(new_job([](NewJob& job) { // its key is free
        job.idempotency_key = "k";
        job.idempotency_fingerprint = "other";
    }));
    QVERIFY(anew.created);
    QVERIFY(store_->tombstones(10).empty());
    fixture_->advance(3 * second);
    QCOMPARE(store_->tombstones(10).size(), std::size_t{1});
    fixture_->advance(42 * second);
    QCOMPARE(store_->sweep(sweep).expired, 1);
    QVERIFY(!find(kept.id)->deleted);
    check_indices({kept.id, short_lived.id, long_lived.id, anew.job.id});
}

void JobStoreConformance::sweeps_in_bounded_steps() {
    std::vector<JobId> ids;
    for (int i = 0; i < 10; ++i)
        ids.push_back(submit().id);
    QCOMPARE(store_->claim(request(5)).jobs.size(), std::size_t{5});
    for (std::size_t i = 5; i < 10; ++i)
        store_->cancel(ids[i], second, {});
    fixture_->advance(60 * second);
    const SweepRequest sweep{.worker = "w", .limit = 3};
    SweepResult swept = store_->sweep(sweep);
    QCOMPARE(swept.requeued, 3);
    QCOMPARE(swept.expired, 3);
    QVERIFY(swept.more);
    swept = store_->sweep(sweep);
    QCOMPARE(swept.requeued, 2);
    QCOMPARE(swept.expired, 2);
    QVERIFY(!swept.more);
    swept = store_->sweep(sweep);
    QCOMPARE(swept.requeued + swept.expired, 0);
    EXPECT_ERROR(invalid_argument, store_->sweep({.worker = "w", .limit = 0}));
    EXPECT_ERROR(invalid_argument, store_->sweep({.worker = "w", .limit = 1'001}));
    EXPECT_ERROR(invalid_argument, store_->tombstones(0));
    check_indices(ids);
}

void JobStoreConformance::leases_of_the_store() {
    QVERIFY(store_->acquire("sweeper", "a", 10 * second));
    QVERIFY(!store_->acquire("sweeper", "b", 10 * second));
    QVERIFY(store_->acquire("other", "b", 10 * second));
    fixture_->advance(5 * second);
    QVERIFY(store_->acquire("sweeper", "a", 10 * second)); // extends it
    fixture_->advance(9 * second);
    QVERIFY(!store_->acquire("sweeper", "b", 10 * second));
    fixture_->advance(second);
    QVERIFY(store_->acquire("sweeper", "b", 10 * second));
    QVERIFY(!store_->acquire("sweeper", "a", 10 * second));
}

} // namespace thumbjobs::test
