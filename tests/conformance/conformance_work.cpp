#include "conformance/job_store_conformance.h"

#include <limits>
#include <set>

namespace thumbjobs::test {

void JobStoreConformance::claims_by_priority_then_age() {
    const auto priority = [](int value) { return [value](NewJob& job) { job.priority = value; }; };
    const Job low = submit(priority(-100));
    const Job first = submit(priority(0));
    const Job second_job = submit(priority(0));
    const Job high = submit(priority(100));
    QVERIFY(claim_one().lease.job == high.id);
    const ClaimedJob oldest = claim_one();
    QVERIFY(oldest.lease.job == first.id);
    store_->give_back(oldest.lease, Milliseconds::zero(), {}); // it is still the oldest
    QVERIFY(claim_one().lease.job == first.id);
    QVERIFY(claim_one().lease.job == second_job.id);
    QVERIFY(claim_one().lease.job == low.id);
    QVERIFY(store_->claim(request()).jobs.empty());
}

void JobStoreConformance::claims_batches() {
    std::vector<JobId> ids;
    for (int i = 0; i < 7; ++i)
        ids.push_back(submit().id);
    const ClaimResult batch = store_->claim(request(5));
    QCOMPARE(batch.jobs.size(), std::size_t{5});
    for (std::size_t i = 0; i < batch.jobs.size(); ++i)
        QVERIFY(batch.jobs[i].lease.job == ids[i]);
    QCOMPARE(store_->claim(request(100)).jobs.size(), std::size_t{2});
    check_indices(ids);
}

void JobStoreConformance::claim_counts_the_attempt() {
    const Job queued = submit();
    fixture_->advance(second);
    const ClaimedJob claimed = claim_one();
    const Job& job = claimed.record.job;
    QCOMPARE(job.state, JobState::processing);
    QCOMPARE(job.attempts, 1);
    QVERIFY(job.started_at == fixture_->clock().wall());
    QVERIFY(job.updated_at == fixture_->clock().wall());
    QVERIFY(job.specs == queued.specs);
    QVERIFY(job.metadata == queued.metadata);
    QCOMPARE(claimed.record.original_key, job.id.to_string() + "/original");
    QCOMPARE(claimed.record.claim_id, claimed.lease.claim_id);
    QVERIFY(claimed.lease.token > 0);
    QVERIFY(claimed.lease.claim_id.starts_with(std::to_string(claimed.lease.token) + "-"));
    QCOMPARE(claimed.lease.claim_id.size(), std::to_string(claimed.lease.token).size() + 17);
    const auto record = find(job.id);
    QVERIFY(record && record->job == job);
    QCOMPARE(record->claim_id, claimed.lease.claim_id);
}

void JobStoreConformance::claim_repeats_by_nonce() {
    std::vector<JobId> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(submit([i](NewJob& job) { job.priority = i; }).id);
    const ClaimRequest asked = request(3);
    const ClaimResult first = store_->claim(asked);
    const ClaimResult again = store_->claim(asked);
    QCOMPARE(again.jobs.size(), std::size_t{3});
    for (std::size_t i = 0; i < again.jobs.size(); ++i) {
        QVERIFY(again.jobs[i].lease == first.jobs[i].lease);
        QVERIFY(again.jobs[i].record.job == first.jobs[i].record.job);
    }
    QCOMPARE(store_->stats().queued, 2);

    // What was finished since is no longer held.
    store_->complete(first.jobs[0].lease, completion(), nullptr);
    const ClaimResult rest = store_->claim(asked);
    QCOMPARE(rest.jobs.size(), std::size_t{2});
    QVERIFY(rest.jobs[0].lease == first.jobs[1].lease);
    for (const ClaimedJob& job : rest.jobs)
        store_->complete(job.lease, completion(), nullptr);
    QCOMPARE(store_->claim(asked).jobs.size(), std::size_t{2}); // the other two
    check_indices(ids);
}

void JobStoreConformance::claim_says_when_the_next_is_due() {
    QVERIFY(!store_->claim(request()).next_due);
    submit();
    submit();
    Failure failed = failure(ErrorCode::storage_unavailable, true);
    failed.backoff = 5 * second;
    const ClaimedJob a = claim_one();
    const ClaimedJob b = claim_one();
    store_->fail(a.lease, failed);
    failed.backoff = 3 * second;
    store_->fail(b.lease, failed);
    fixture_->advance(second);
    const ClaimResult none = store_->claim(request());
    QVERIFY(none.jobs.empty());
    QVERIFY(none.next_due && *none.next_due == 2 * second);
    QCOMPARE(store_->stats().delayed, 2);
    QVERIFY(!store_->stats().oldest_ready_age);

    fixture_->advance(2 * second);
    QCOMPARE(store_->stats().delayed, 1);
    QVERIFY(store_->stats().oldest_ready_age == Milliseconds::zero());
    QVERIFY(claim_one().lease.job == b.lease.job);
    QVERIFY(store_->claim(request()).next_due == 2 * second);
}

void JobStoreConformance::claim_ids_are_never_the_same() {
    submit();
    std::set<std::string> seen;
    std::uint64_t token = 0;
    for (int i = 0; i < 20; ++i) {
        const ClaimedJob claimed = claim_one();
        QVERIFY(claimed.lease.token > token);
        token = claimed.lease.token;
        QVERIFY(seen.insert(claimed.lease.claim_id).second);
        store_->give_back(claimed.lease, Milliseconds::zero(), {});
    }
}

void JobStoreConformance::refuses_bad_claims() {
    submit();
    EXPECT_ERROR(invalid_argument, store_->claim(request(0)));
    EXPECT_ERROR(invalid_argument, store_->claim(request(101)));
    EXPECT_ERROR(invalid_argument, store_->claim(request(1, Milliseconds::zero())));
    QCOMPARE(store_->stats().queued, 1);
}

void JobStoreConformance::renews_what_is_held() {
    submit();
    submit();
    const std::vector<Lease> leases{claim_one().lease, claim_one().lease};
    store_->cancel(leases[0].job, {}, {});
    fixture_->advance(9 * second);
    Lease forged = leases[1];
    forged.claim_id = "1-0000000000000000";
    const std::vector<Lease> asked{leases[0], leases[1], forged,
                                   Lease{.job = JobId::generate(fixture_->clock().wall()),
                                         .token = 1,
                                         .claim_id = "1-0000000000000000"}};
    const std::vector<LeaseState> states = store_->renew(asked, 10 * second);
    QCOMPARE(states,
             (std::vector{LeaseState::lost, LeaseState::held, LeaseState::lost, LeaseState::lost}));
    fixture_->advance(9 * second); // beyond the first lease, within the second
    QCOMPARE(store_->sweep({.worker = "w"}).requeued, 0);
    fixture_->advance(second);
    QCOMPARE(store_->sweep({.worker = "w"}).requeued, 1);
    QVERIFY(store_->renew({}, second).empty());
}

void JobStoreConformance::renews_an_expired_lease_that_nobody_took() {
    submit();
    const Lease lease = claim_one().lease;
    fixture_->advance(60 * second);
    QVERIFY(store_->claim(request()).jobs.empty()); // a claim takes nothing that is leased
    QCOMPARE(store_->renew(std::span(&lease, 1), 10 * second).at(0), LeaseState::held);
    QCOMPARE(store_->sweep({.worker = "w"}).requeued, 0);
    fixture_->advance(60 * second);
    store_->complete(lease, completion(), nullptr); // late, but nobody took it
    QCOMPARE(get(lease.job).state, JobState::succeeded);
}

void JobStoreConformance::a_lost_lease_can_do_nothing() {
    const auto check = [this](const Lease& lease) {
        const auto before = find(lease.job);
        const EventCursor end = store_->events_end();
        QCOMPARE(store_->renew(std::span(&lease, 1), second).at(0), LeaseState::lost);
        EXPECT_ERROR(lease_lost, store_->mark_decoding(lease));
        EXPECT_ERROR(lease_lost, store_->report_progress(lease, 0.5));
        const ClaimRequest next = request();
        EXPECT_ERROR(lease_lost, store_->complete(lease, completion(), &next));
        EXPECT_ERROR(lease_lost, store_->fail(lease, failure(ErrorCode::image_corrupt, false)));
        EXPECT_ERROR(lease_lost, store_->give_back(lease, Milliseconds::zero(), note("back")));
        const auto after = find(lease.job);
        QCOMPARE(after.has_value(), before.has_value());
        if (before)
            QVERIFY(after->job == before->job && after->claim_id == before->claim_id);
        QVERIFY(all_events(end).empty());
    };
    submit();
    const Lease first = claim_one().lease;
    fixture_->advance(10 * second);
    QCOMPARE(store_->sweep({.worker = "w"}).requeued, 1);
    check(first); // queued again
    const Lease second_lease = claim_one().lease;
    check(first); // another worker's
    store_->cancel(first.job, {}, {});
    check(second_lease);
    store_->retry(first.job, 0, {});
    check(second_lease);
    const Lease third = claim_one().lease;
    store_->remove(first.job, Milliseconds::zero(), {});
    check(third);
    store_->forget(std::span(&first.job, 1));
    check(third);
}

void JobStoreConformance::reports_progress() {
    submit();
    const Lease lease = claim_one().lease;
    fixture_->advance(second);
    store_->report_progress(lease, 0.25);
    const Job job = get(lease.job);
    QCOMPARE(job.progress, 0.25);
    QVERIFY(job.updated_at == fixture_->clock().wall());
    QCOMPARE(all_events().back().job->progress, 0.25);
    store_->report_progress(lease, 1);
    EXPECT_ERROR(invalid_argument, store_->report_progress(lease, -0.1));
    EXPECT_ERROR(invalid_argument, store_->report_progress(lease, 1.1));
    EXPECT_ERROR(invalid_argument,
                 store_->report_progress(lease, std::numeric_limits<double>::quiet_NaN()));
    store_->give_back(lease, Milliseconds::zero(), {});
    QCOMPARE(get(lease.job).progress, 0.0);
}

void JobStoreConformance::completes() {
    submit();
    ClaimedJob claimed = claim_one();
    store_->fail(claimed.lease, failure(ErrorCode::storage_unavailable, true));
    fixture_->advance(second);
    claimed = claim_one();
    store_->mark_decoding(claimed.lease);
    fixture_->advance(second);
    Completion done = completion(640, 480);
    done.retention = 60 * second;
    const ClaimResult next = store_->complete(claimed.lease, done, nullptr);
    QVERIFY(next.jobs.empty());
    const auto record = find(claimed.lease.job);
    QVERIFY(record);
    const Job& job = record->job;
    QCOMPARE(job.state, JobState::succeeded);
    QVERIFY(job.renditions == done.renditions);
    QVERIFY(record->rendition_keys == done.rendition_keys);
    QCOMPARE(record->original_key, claimed.record.original_key);
    QCOMPARE(record->claim_id, claimed.lease.claim_id);
    QCOMPARE(job.original.width, 640);
    QCOMPARE(job.original.height, 480);
    QVERIFY(job.original.available);
    QCOMPARE(job.progress, 1.0);
    QCOMPARE(job.attempts, 2);
    QVERIFY(!job.error && !job.next_attempt_at);
    QVERIFY(job.finished_at == fixture_->clock().wall());
    QVERIFY(job.expires_at == fixture_->clock().wall() + 60 * second);
    check_indices({job.id});
}

void JobStoreConformance::complete_repeats() {
    const Job job = submit();
    const Lease lease = claim_one().lease;
    store_->complete(lease, completion(), nullptr);
    const EventCursor end = store_->events_end();
    const auto before = find(job.id);
    fixture_->advance(second);
    store_->complete(lease, completion(1, 1), nullptr);
    QVERIFY(find(job.id)->job == before->job);
    QVERIFY(all_events(end).empty());
    EXPECT_ERROR(lease_lost, store_->fail(lease, failure(ErrorCode::image_corrupt, false)));
    EXPECT_ERROR(lease_lost, store_->give_back(lease, Milliseconds::zero(), {}));
    Lease other = lease;
    other.claim_id = "1-0000000000000000";
    EXPECT_ERROR(lease_lost, store_->complete(other, completion(), nullptr));
    check_indices({job.id});
}

void JobStoreConformance::complete_claims_the_next() {
    submit();
    const Job b = submit();
    const Job c = submit();
    const Lease first = claim_one().lease;
    const ClaimRequest next = request(2);
    const ClaimResult claimed = store_->complete(first, completion(), &next);
    QCOMPARE(claimed.jobs.size(), std::size_t{2});
    QVERIFY(claimed.jobs[0].lease.job == b.id);
    QVERIFY(claimed.jobs[1].lease.job == c.id);
    QCOMPARE(get(first.job).state, JobState::succeeded);

    const ClaimResult again = store_->complete(first, completion(), &next);
    QCOMPARE(again.jobs.size(), std::size_t{2});
    QVERIFY(again.jobs[0].lease == claimed.jobs[0].lease);

    // A lost lease claims nothing.
    const Job d = submit();
    store_->cancel(b.id, {}, {});
    const ClaimRequest more = request();
    EXPECT_ERROR(lease_lost, store_->complete(claimed.jobs[0].lease, completion(), &more));
    QCOMPARE(get(d.id).state, JobState::queued);
    check_indices({first.job, b.id, c.id, d.id});
}

void JobStoreConformance::complete_drops_the_original() {
    submit();
    const Lease lease = claim_one().lease;
    Completion done = completion();
    done.drop_original = true;
    store_->complete(lease, done, nullptr);
    const auto record = find(lease.job);
    QVERIFY(record->original_key.empty());
    QVERIFY(!record->job.original.available);
    QCOMPARE(record->job.original.filename, std::string("Zürich.jpg"));
}

void JobStoreConformance::fails_for_good() {
    submit();
    const Lease lease = claim_one().lease;
    Failure failed = failure(ErrorCode::image_corrupt, false);
    failed.retention = 60 * second;
    failed.original_width = 12;
    failed.original_height = 34;
    fixture_->advance(second);
    const Job job = store_->fail(lease, failed);
    QCOMPARE(job.state, JobState::failed);
    QVERIFY(job.error && *job.error == failed.error);
    QVERIFY(job.finished_at == fixture_->clock().wall());
    QVERIFY(job.expires_at == fixture_->clock().wall() + 60 * second);
    QVERIFY(!job.next_attempt_at);
    QCOMPARE(job.original.width, 12);
    QCOMPARE(job.original.height, 34);
    QCOMPARE(job.attempts, 1);
    QVERIFY(!job.specs.empty());
    QVERIFY(get(job.id) == job);
    QVERIFY(store_->claim(request()).jobs.empty());
    check_indices({job.id});
}

void JobStoreConformance::fails_and_tries_again() {
    const Job job = submit([](NewJob& made) { made.max_attempts = 2; });
    Failure failed = failure(ErrorCode::storage_unavailable, true);
    failed.backoff = 5 * second;
    failed.retention = 60 * second;
    Job after = store_->fail(claim_one().lease, failed);
    QCOMPARE(after.state, JobState::queued);
    QVERIFY(after.error && after.error->code == ErrorCode::storage_unavailable);
    QVERIFY(after.next_attempt_at == fixture_->clock().wall() + 5 * second);
    QVERIFY(!after.finished_at && !after.expires_at);
    QCOMPARE(after.attempts, 1);
    check_indices({job.id});

    fixture_->advance(5 * second - Milliseconds{1});
    QVERIFY(store_->claim(request()).jobs.empty());
    fixture_->advance(Milliseconds{1});
    const ClaimedJob again = claim_one();
    QCOMPARE(again.record.job.attempts, 2);
    QVERIFY(!again.record.job.next_attempt_at);
    QVERIFY(again.record.job.error);
    after = store_->fail(again.lease, failed);
    QCOMPARE(after.state, JobState::failed);
    QVERIFY(after.expires_at);
    check_indices({job.id});
}

void JobStoreConformance::crashes_are_counted_apart() {
    const Job job = submit([](NewJob& made) { made.max_attempts = 2; });
    Failure crash = failure(ErrorCode::decoder_crashed, false);
    crash.crash = true;
    crash.max_crashes = 3;
    crash.backoff = Milliseconds::zero();
    Failure transient = failure(ErrorCode::storage_unavailable, true);
    transient.backoff = Milliseconds::zero();
    QCOMPARE(store_->fail(claim_one().lease, crash).state, JobState::queued);
    QCOMPARE(store_->fail(claim_one().lease, crash).state, JobState::queued);
    // Attempts 1 and 2 were crashes: this is the first failure of two.
    const Job third = store_->fail(claim_one().lease, transient);
    QCOMPARE(third.state, JobState::queued);
    QVERIFY(!third.next_attempt_at);
    QCOMPARE(third.attempts, 3);
    QCOMPARE(third.crashes, 2);
    const Lease lease = claim_one().lease;
    const Job fourth = store_->fail(lease, crash);
    QCOMPARE(fourth.state, JobState::failed);
    QCOMPARE(fourth.crashes, 3);
    QCOMPARE(fourth.error->code, ErrorCode::decoder_crashed);
    check_indices({job.id});
}

void JobStoreConformance::fail_repeats() {
    submit();
    submit();
    const Lease lease = claim_one().lease;
    const Job once = store_->fail(lease, failure(ErrorCode::storage_unavailable, true));
    const EventCursor end = store_->events_end();
    fixture_->advance(Milliseconds{10});
    QVERIFY(store_->fail(lease, failure(ErrorCode::storage_unavailable, true)) == once);
    QVERIFY(all_events(end).empty());
    EXPECT_ERROR(lease_lost, store_->complete(lease, completion(), nullptr));
    EXPECT_ERROR(lease_lost, store_->give_back(lease, Milliseconds::zero(), {}));

    const Lease other = claim_one().lease;
    const Job failed = store_->fail(other, failure(ErrorCode::image_corrupt, false));
    QVERIFY(store_->fail(other, failure(ErrorCode::image_corrupt, false)) == failed);

    fixture_->advance(second);
    const Lease again = claim_one().lease;
    QVERIFY(again.job == lease.job);
    EXPECT_ERROR(lease_lost, store_->fail(lease, failure(ErrorCode::storage_unavailable, true)));
    QCOMPARE(get(lease.job).state, JobState::processing);
}

void JobStoreConformance::gives_back_free_of_charge() {
    const Job job = submit();
    Lease lease = claim_one().lease;
    store_->mark_decoding(lease);
    store_->give_back(lease, Milliseconds::zero(), note("drained"));
    Job back = get(job.id);
    QCOMPARE(back.state, JobState::queued);
    QCOMPARE(back.attempts, 0);
    QCOMPARE(back.crashes, 0);
    QVERIFY(!back.next_attempt_at);
    store_->give_back(lease, Milliseconds::zero(), note("drained")); // a repeat
    QCOMPARE(get(job.id).attempts, 0);
    QCOMPARE(store_->logs({.job = job.id, .min_level = LogLevel::info}).size(), std::size_t{1});

    lease = claim_one().lease;
    store_->give_back(lease, 5 * second, {});
    back = get(job.id);
    QVERIFY(back.next_attempt_at == fixture_->clock().wall() + 5 * second);
    QVERIFY(store_->claim(request()).next_due == 5 * second);
    fixture_->advance(5 * second);
    QCOMPARE(claim_one().record.job.attempts, 1);
    EXPECT_ERROR(lease_lost, store_->give_back(lease, Milliseconds::zero(), {}));
    check_indices({job.id});
}

} // namespace thumbjobs::test
