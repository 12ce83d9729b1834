#include "conformance/job_store_conformance.h"

namespace thumbjobs::test {
namespace {

/// Bytes that differ from those of any other seed and size, zeroes among them.
Bytes some_bytes(std::int64_t size, int seed) {
    Bytes bytes(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(i * 7 + i / 256 + static_cast<std::size_t>(seed));
    return bytes;
}

/// Of its two renditions the first lies in the storage, the second is to be kept.
Completion keeping(Bytes bytes) {
    Completion done = completion();
    done.rendition_keys.at(1).clear();
    done.kept = {{}, std::move(bytes)};
    return done;
}

} // namespace

void JobStoreConformance::keeps_renditions() {
    if (store_->keeps_up_to() == 0) {
        submit();
        const Lease lease = claim_one().lease;
        store_->complete(lease, completion(), nullptr);
        EXPECT_ERROR(not_found, store_->open_kept(lease.job, 0));
        QSKIP("keeps none");
    }
    submit();
    submit();
    const Job third = submit();
    const Lease first = claim_one().lease;
    const Lease next = claim_one().lease;
    const Bytes small = some_bytes(1, 1);
    const Bytes large = some_bytes(store_->keeps_up_to(), 2);
    const ClaimRequest more = request();
    const ClaimResult claimed = store_->complete(first, keeping(small), &more);
    QCOMPARE(claimed.jobs.size(), std::size_t{1});
    QVERIFY(claimed.jobs[0].lease.job == third.id);
    store_->complete(next, keeping(large), nullptr);
    // As many as a job may have, each of them kept.
    Completion many;
    for (int i = 0; i < 32; ++i) {
        many.renditions.push_back(completion().renditions.at(0));
        many.rendition_keys.emplace_back();
        many.kept.push_back(some_bytes(100 + i, i));
    }
    store_->complete(claimed.jobs[0].lease, many, nullptr);

    QCOMPARE(find(first.job)->rendition_keys,
             (std::vector<std::string>{"job/claim/thumbnail", ""}));
    QVERIFY(find(first.job)->job.renditions == completion().renditions);
    QVERIFY(store_->open_kept(first.job, 1)->read_all() == small);
    QVERIFY(store_->open_kept(next.job, 1)->read_all() == large);
    QCOMPARE(find(third.id)->rendition_keys, std::vector<std::string>(32));
    for (std::size_t i = 0; i < 32; ++i)
        QVERIFY(store_->open_kept(third.id, i)->read_all() == many.kept[i]);
    QVERIFY(!store_->open_kept(third.id, 0)->view().empty());

    EXPECT_ERROR(not_found, store_->open_kept(first.job, 0));
    EXPECT_ERROR(not_found, store_->open_kept(first.job, 2));
    EXPECT_ERROR(not_found, store_->open_kept(first.job, 32));
    EXPECT_ERROR(not_found, store_->open_kept(third.id, 32));
    EXPECT_ERROR(not_found, store_->open_kept(JobId::generate(fixture_->clock().wall()), 0));
    check_indices({first.job, next.job, third.id});
}

void JobStoreConformance::keeps_what_took_effect() {
    if (store_->keeps_up_to() == 0)
        QSKIP("keeps none");
    const Job job = submit();
    const Lease late = claim_one().lease;
    fixture_->advance(10 * second);
    QCOMPARE(store_->sweep({.worker = "w"}).requeued, 1);
    EXPECT_ERROR(lease_lost, store_->complete(late, keeping(some_bytes(5'000, 1)), nullptr));
    EXPECT_ERROR(not_found, store_->open_kept(job.id, 1));
    const Lease lease = claim_one().lease;
    EXPECT_ERROR(lease_lost, store_->complete(late, keeping(some_bytes(5'000, 1)), nullptr));
    EXPECT_ERROR(not_found, store_->open_kept(job.id, 1));

    const Bytes bytes = some_bytes(5'000, 2);
    store_->complete(lease, keeping(bytes), nullptr);
    EXPECT_ERROR(lease_lost, store_->complete(late, keeping(some_bytes(5'000, 1)), nullptr));
    store_->complete(lease, keeping(some_bytes(4'000, 3)), nullptr); // a repeat
    store_->complete(lease, completion(), nullptr);
    QVERIFY(store_->open_kept(job.id, 1)->read_all() == bytes);

    // Nothing of an attempt that failed or of a cancelled job is in the way of the one that counts.
    const Job again = submit();
    const Lease cancelled = claim_one().lease;
    store_->cancel(again.id, {}, {});
    EXPECT_ERROR(lease_lost, store_->complete(cancelled, keeping(bytes), nullptr));
    store_->retry(again.id, 0, {});
    store_->complete(claim_one().lease, keeping(some_bytes(7, 4)), nullptr);
    QVERIFY(store_->open_kept(again.id, 1)->read_all() == some_bytes(7, 4));
    check_indices({job.id, again.id});
}

void JobStoreConformance::what_it_keeps_goes_with_the_job() {
    if (store_->keeps_up_to() == 0)
        QSKIP("keeps none");
    const auto succeed = [this](int seed, std::optional<Milliseconds> retention) {
        submit();
        const Lease lease = claim_one().lease;
        Completion done = keeping(some_bytes(6'000, seed));
        done.retention = retention;
        store_->complete(lease, done, nullptr);
        return lease;
    };
    const Lease removed = succeed(1, {});
    const Lease expired = succeed(2, second);
    const Lease stays = succeed(3, {});
    const BlobPtr opened = store_->open_kept(removed.job, 1);
    store_->remove(removed.job, Milliseconds::zero(), {});
    EXPECT_ERROR(not_found, store_->open_kept(removed.job, 1));
    QVERIFY(opened->read_all() == some_bytes(6'000, 1));
    store_->complete(removed, keeping(some_bytes(6'000, 1)), nullptr); // a repeat
    EXPECT_ERROR(not_found, store_->open_kept(removed.job, 1));

    fixture_->advance(second);
    QCOMPARE(store_->sweep({.worker = "w"}).expired, 1);
    EXPECT_ERROR(not_found, store_->open_kept(expired.job, 1));
    QCOMPARE(find(expired.job)->rendition_keys,
             (std::vector<std::string>{"job/claim/thumbnail", ""}));
    const std::vector<JobId> gone{removed.job, expired.job};
    store_->forget(gone);
    EXPECT_ERROR(not_found, store_->open_kept(removed.job, 1));
    QVERIFY(store_->open_kept(stays.job, 1)->read_all() == some_bytes(6'000, 3));
}

void JobStoreConformance::refuses_what_it_cannot_keep() {
    if (store_->keeps_up_to() == 0)
        QSKIP("keeps none");
    submit();
    const Lease lease = claim_one().lease;
    const auto refused = [&](const Completion& done) {
        EXPECT_ERROR(invalid_argument, store_->complete(lease, done, nullptr));
        QCOMPARE(get(lease.job).state, JobState::processing);
    };
    refused(keeping({})); // neither a key nor bytes
    refused(keeping(some_bytes(store_->keeps_up_to() + 1, 1)));
    Completion both = keeping(some_bytes(10, 1));
    both.rendition_keys[1] = "job/claim/wide";
    refused(both);
    Completion beyond = keeping(some_bytes(10, 1));
    beyond.kept.push_back(some_bytes(10, 1));
    refused(beyond);
    store_->complete(lease, keeping(some_bytes(10, 1)), nullptr);
}

} // namespace thumbjobs::test
