#include "conformance/job_store_conformance.h"

#include <algorithm>

namespace thumbjobs::test {

void JobStoreConformance::names_itself() {
    const std::string id = store_->id();
    QVERIFY(!id.empty() && id.size() <= 64);
    QVERIFY(std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }));
    QCOMPARE(store_->id(), id);
    QVERIFY(!store_->describe().empty());
    store_->probe();

    const auto other = factory_();
    QVERIFY(other->open({})->id() != id);
    if (fixture_->shares_content())
        QCOMPARE(fixture_->open({})->id(), id);
}

void JobStoreConformance::keeps_everything_it_is_given() {
    const NewJob given = new_job([](NewJob& job) {
        job.priority = -7;
        job.max_attempts = 5;
        job.original.width = 30;
        job.original.height = 40;
    });
    const CreateResult result = store_->create(given);
    QVERIFY(result.created);
    const Job& job = result.job;
    QVERIFY(job.id == given.id);
    QCOMPARE(job.state, JobState::queued);
    QVERIFY(job.original == given.original);
    QVERIFY(job.specs == given.specs);
    QVERIFY(job.renditions.empty());
    QCOMPARE(job.priority, -7);
    QCOMPARE(job.attempts, 0);
    QCOMPARE(job.max_attempts, 5);
    QCOMPARE(job.crashes, 0);
    QCOMPARE(job.progress, 0.0);
    QVERIFY(!job.error);
    QVERIFY(job.metadata == given.metadata);
    QCOMPARE(job.request_id, given.request_id);
    QCOMPARE(job.traceparent, given.traceparent);
    QVERIFY(job.created_at == fixture_->clock().wall());
    QVERIFY(job.updated_at == job.created_at);
    QVERIFY(!job.started_at && !job.finished_at && !job.next_attempt_at && !job.expires_at);

    const auto record = find(given.id);
    QVERIFY(record);
    QVERIFY(record->job == job);
    QCOMPARE(record->original_key, given.original_key);
    QVERIFY(record->rendition_keys.empty());
    QVERIFY(record->claim_id.empty());
    QVERIFY(!record->deleted);
}

void JobStoreConformance::create_repeats_by_id() {
    const NewJob job = new_job([](NewJob& made) { made.idempotency_key = "key"; });
    const CreateResult first = store_->create(job);
    const CreateResult again = store_->create(job);
    QVERIFY(again.created);
    QVERIFY(again.job == first.job);
    QCOMPARE(store_->stats().queued, 1);

    // Also when it would not be accepted any more.
    NewJob late = job;
    late.max_queued = 1;
    late.deadline = fixture_->clock().boot();
    fixture_->advance(second);
    QVERIFY(store_->create(late).created);
    QCOMPARE(store_->stats().queued, 1);
    QCOMPARE(all_events().size(), std::size_t{1});
}

void JobStoreConformance::create_or_return_by_idempotency_key() {
    const auto keyed = [](NewJob& job) {
        job.idempotency_key = "upload-1";
        job.idempotency_fingerprint = "f1";
    };
    const CreateResult first = store_->create(new_job(keyed));
    fixture_->advance(second);
    const CreateResult again = store_->create(new_job(keyed));
    QVERIFY(!again.created);
    QVERIFY(again.job == first.job);
    QCOMPARE(store_->stats().queued, 1);

    // A full queue or a late repeat makes no difference to a job that is there.
    NewJob late = new_job(keyed);
    late.max_queued = 1;
    late.deadline = fixture_->clock().boot() - second;
    QVERIFY(!store_->create(late).created);

    // The key stays with its job whatever becomes of it, ...
    const ClaimedJob claimed = claim_one();
    store_->complete(claimed.lease, completion(), nullptr);
    const CreateResult finished = store_->create(new_job(keyed));
    QVERIFY(!finished.created);
    QCOMPARE(finished.job.state, JobState::succeeded);

    // ... until it is removed.
    store_->remove(first.job.id, second, {});
    const CreateResult anew = store_->create(new_job(keyed));
    QVERIFY(anew.created);
    QVERIFY(anew.job.id != first.job.id);
}

void JobStoreConformance::refuses_another_request_of_the_same_key() {
    submit([](NewJob& job) {
        job.idempotency_key = "upload-1";
        job.idempotency_fingerprint = "f1";
    });
    EXPECT_ERROR(idempotency_conflict, submit([](NewJob& job) {
                     job.idempotency_key = "upload-1";
                     job.idempotency_fingerprint = "f2";
                 }));
    QCOMPARE(store_->stats().queued, 1);
    QCOMPARE(all_events().size(), std::size_t{1});
    submit([](NewJob& job) { // another key, the same image
        job.idempotency_key = "upload-2";
        job.idempotency_fingerprint = "f1";
    });
    submit(); // none
    submit();
    QCOMPARE(store_->stats().queued, 4);
}

void JobStoreConformance::refuses_after_the_deadline() {
    NewJob job = new_job();
    job.deadline = fixture_->clock().boot() + second;
    fixture_->advance(second + Milliseconds{1});
    EXPECT_ERROR(timed_out, store_->create(job));
    QVERIFY(!find(job.id));
    QCOMPARE(store_->stats().queued, 0);
    job.deadline = fixture_->clock().boot() + second;
    QVERIFY(store_->create(job).created);
}

void JobStoreConformance::refuses_beyond_max_queued() {
    const auto bounded = [](NewJob& job) { job.max_queued = 2; };
    submit(bounded);
    submit(bounded);
    EXPECT_ERROR(queue_full, submit(bounded));
    QCOMPARE(store_->stats().queued, 2);
    QCOMPARE(all_events().size(), std::size_t{2});

    const ClaimedJob claimed = claim_one(); // makes room
    submit(bounded);
    EXPECT_ERROR(queue_full, submit(bounded));
    // A job that waits for its retry takes room, too.
    store_->cancel(store_->list({.states = {JobState::queued}}).jobs.front().id, {}, {});
    store_->fail(claimed.lease, failure(ErrorCode::storage_unavailable, true));
    EXPECT_ERROR(queue_full, submit(bounded));
    submit(); // without a bound
    QCOMPARE(store_->stats().queued, 3);
}

void JobStoreConformance::finds_in_the_order_asked_for() {
    const Job a = submit();
    const Job b = submit();
    const JobId unknown = JobId::generate(fixture_->clock().wall());
    const std::vector<JobId> ids{b.id, unknown, a.id, JobId{}, b.id};
    const auto records = store_->find(ids);
    QCOMPARE(records.size(), ids.size());
    QVERIFY(records[0] && records[0]->job == b);
    QVERIFY(!records[1]);
    QVERIFY(records[2] && records[2]->job == a);
    QVERIFY(!records[3]);
    QVERIFY(records[4] && records[4]->job == b);
    QVERIFY(store_->find({}).empty());
}

} // namespace thumbjobs::test
