#include "core/engine_fixture.h"
#include "src/backoff.h"
#include "src/keys.h"
#include "support/errors.h"

#include <QTest>

#include <algorithm>
#include <limits>

using namespace thumbjobs;
using namespace thumbjobs::test;
using namespace std::chrono_literals;

namespace {

bool has_key(const Parts& parts, const std::string& key) {
    const std::vector<std::string> keys = parts.keys();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// How many records the store keeps of the job, tombstones included.
bool has_record(const Parts& parts, const JobId& id) {
    return parts.store->find({&id, 1}).at(0).has_value();
}

void put(const Parts& parts, const std::string& key) {
    parts.storage->put(key, *fake_image(), BlobKind::original);
}

} // namespace

class CleanupTest : public QObject {
    Q_OBJECT

private slots:
    void retention_leaves_nothing();
    void removal_leaves_nothing();
    void a_removal_survives_a_storage_outage();
    void one_bad_blob_does_not_hold_up_the_others();
    void a_tombstone_waits_for_slow_writers();
    void orphans_are_deleted_after_the_grace_period();
    void outputs_of_former_attempts_are_orphans();
    void outputs_under_way_are_no_orphans();
    void keys_of_others_are_left_alone();
    void a_foreign_storage_is_left_alone();
    void one_process_sweeps_at_a_time();
    void orphans_are_searched_for_by_itself();
    void delays_grow_and_stay_bounded();
    void keys_are_taken_apart();
};

void CleanupTest::retention_leaves_nothing() {
    FakeClock clock;
    const Parts parts(clock);
    EngineOptions options = parts.options();
    options.retention = 60s;
    const auto engine = Engine::open(options);
    engine->start();
    SubmitRequest keyed = request();
    keyed.idempotency_key = "once";
    const Job job = engine->wait(engine->submit(keyed).job.id, patience);
    QVERIFY(job.expires_at);
    QCOMPARE(parts.keys().size(), std::size_t{2});

    clock.advance(61s);
    QTRY_VERIFY(!engine->get(job.id));
    clock.advance(61s); // one lease and the storage's time-out
    QTRY_VERIFY(!has_record(parts, job.id));
    QVERIFY(parts.keys().empty());
    QCOMPARE(engine->stats().store.succeeded, std::int64_t{0});
    QVERIFY(engine->submit(keyed).created); // the key is free
}

void CleanupTest::removal_leaves_nothing() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    engine->remove(job.id);
    QVERIFY(parts.keys().empty()); // at once
    QVERIFY(has_record(parts, job.id));
    clock.advance(61s);
    QTRY_VERIFY(!has_record(parts, job.id));
    QCOMPARE(parts.observer->count("removed"), 1);
}

void CleanupTest::a_removal_survives_a_storage_outage() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    parts.storage->faults().before(unavailable(ErrorCode::storage_unavailable));
    engine->remove(job.id);
    clock.advance(61s);
    QVERIFY(parts.observer->wait_for("log warning: housekeeping waits"));
    QVERIFY(has_record(parts, job.id)); // it remembers what is left to do
    parts.storage->faults().clear();
    QTRY_VERIFY(!has_record(parts, job.id));
    QVERIFY(parts.keys().empty());
}

void CleanupTest::one_bad_blob_does_not_hold_up_the_others() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    const Job bad = engine->submit(request()).job;
    const Job good = engine->submit(request()).job;
    std::atomic<bool> stuck{true};
    std::atomic<int> removals{0};
    parts.storage->faults().before([&](std::string_view call) {
        // Each round removes the bad one's blob first.
        if (call == "storage.remove" && stuck && removals++ % 2 == 0)
            throw Error(ErrorCode::storage_unavailable, "This one cannot be removed.");
    });
    parts.store->remove(bad.id, 0ms, {});
    parts.store->remove(good.id, 0ms, {});
    engine->start();
    QTRY_VERIFY(!has_record(parts, good.id));
    stuck = false;
    QTRY_VERIFY(!has_record(parts, bad.id));
    QVERIFY(parts.keys().empty());
    engine->stop();
}

void CleanupTest::a_tombstone_waits_for_slow_writers() {
    FakeClock clock;
    const Parts parts(clock);
    const auto barrier = std::make_shared<Barrier>();
    parts.resizer->otherwise(FakeResizer::block_stubbornly(barrier));
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(barrier->wait_arrived(1));
    // Removed by another process; this worker does not know, and writes its output.
    parts.store->remove(job.id, 60s, {});
    barrier->open();
    QVERIFY(parts.observer->wait_for("lease lost"));
    clock.advance(61s);
    QTRY_VERIFY(!has_record(parts, job.id));
    QVERIFY(parts.keys().empty());
}

void CleanupTest::orphans_are_deleted_after_the_grace_period() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    const std::string orphan = original_key(JobId::generate(clock.wall()));
    put(parts, orphan);
    QCOMPARE(engine->sweep_orphans(), std::optional(0));
    QVERIFY(has_key(parts, orphan));
    clock.advance(61min);
    QCOMPARE(engine->sweep_orphans(), std::optional(1));
    QVERIFY(!has_key(parts, orphan));
    QCOMPARE(parts.keys().size(), std::size_t{2});
    QVERIFY(engine->open_rendition(job.id).blob);
    QCOMPARE(parts.observer->count("sweep 0 0 1"), 1);
}

void CleanupTest::outputs_of_former_attempts_are_orphans() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    put(parts, rendition_key(job.id, "9-0123456789abcdef", "thumbnail"));
    clock.advance(61min);
    QCOMPARE(engine->sweep_orphans(), std::optional(1));
    QCOMPARE(parts.keys().size(), std::size_t{2});
}

void CleanupTest::outputs_under_way_are_no_orphans() {
    FakeClock clock;
    const Parts parts(clock);
    EngineOptions options = parts.options();
    options.lease = 1h;
    const auto engine = Engine::open(options);
    const Job job = engine->submit(request()).job;
    const ClaimResult claimed = parts.store->claim({.worker = "other", .nonce = "n", .lease = 3h});
    const std::string key = rendition_key(job.id, claimed.jobs.at(0).lease.claim_id, "thumbnail");
    put(parts, key);
    clock.advance(2h);
    QCOMPARE(engine->sweep_orphans(), std::optional(0));
    QVERIFY(has_key(parts, key));
}

void CleanupTest::keys_of_others_are_left_alone() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    for (const char* key : {"holiday", "backup/original", "a/b/c"})
        put(parts, key);
    clock.advance(2h);
    QCOMPARE(engine->sweep_orphans(), std::optional(0));
    QCOMPARE(parts.keys().size(), std::size_t{3});
}

void CleanupTest::a_foreign_storage_is_left_alone() {
    FakeClock clock;
    const Parts ours(clock);
    const Parts theirs(clock);
    const auto owner = theirs.open(); // marks the storage
    const Job job = owner->submit(request()).job;
    EngineOptions mistaken = ours.options();
    mistaken.image_storage = theirs.storage;
    const auto engine = Engine::open(mistaken);
    clock.advance(2h);
    QCOMPARE(engine->sweep_orphans(), std::optional<int>());
    QVERIFY(owner->open_original(job.id));
    QVERIFY(ours.observer->has("log warning: the image storage belongs to another job store"));
}

void CleanupTest::one_process_sweeps_at_a_time() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    QVERIFY(parts.store->acquire("orphan-sweeper", "another", 60s));
    QCOMPARE(engine->sweep_orphans(), std::optional<int>());
    clock.advance(61s);
    QCOMPARE(engine->sweep_orphans(), std::optional(0));
}

void CleanupTest::orphans_are_searched_for_by_itself() {
    FakeClock clock;
    const Parts parts(clock);
    EngineOptions options = parts.options();
    options.orphan_interval = 10ms;
    const auto engine = Engine::open(options);
    put(parts, original_key(JobId::generate(clock.wall())));
    clock.advance(61min);
    engine->start();
    QTRY_VERIFY(parts.keys().empty());
}

void CleanupTest::delays_grow_and_stay_bounded() {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const RetryPolicy policy{.base_delay = 100ms, .max_delay = 1s};
    const auto bound = [&](int attempt) { // the greatest delay there is
        Milliseconds greatest{0};
        for (std::uint64_t random = 0; random < 2000; ++random)
            greatest = std::max(greatest, retry_delay(policy, attempt, random));
        return greatest;
    };
    QCOMPARE(bound(1), 100ms);
    QCOMPARE(bound(2), 200ms);
    QCOMPARE(bound(4), 800ms);
    QCOMPARE(bound(5), 1000ms);
    QCOMPARE(bound(100), 1000ms);
    QCOMPARE(retry_delay(policy, 1, 0), 0ms);
    QVERIFY(retry_delay(policy, std::numeric_limits<int>::max(), most) <= 1s);
    const RetryPolicy vast{.max_delay = Milliseconds::max() - 1ms};
    QVERIFY(retry_delay(vast, 100, most) >= 0ms);
}

void CleanupTest::keys_are_taken_apart() {
    const JobId id = JobId::generate(WallTime{});
    const std::string claim = "12-0123456789abcdef";
    QVERIFY(parse_key(original_key(id)));
    QVERIFY(parse_key(original_key(id))->claim_id.empty());
    const std::string rendition = rendition_key(id, claim, "thumbnail");
    QCOMPARE(parse_key(rendition)->job, id);
    QCOMPARE(std::string(parse_key(rendition)->claim_id), claim);
    const std::string job = id.to_string();
    for (const std::string& bad : std::vector<std::string>{
             job, job + "/", job + "/other", "x/original", job + "/12/thumbnail",
             job + "/-0123456789abcdef/a", job + "/1-0123456789abcde/a", job + "/" + claim + "/a/b",
             "original"})
        QVERIFY2(!parse_key(bad), bad.c_str());
}

QTEST_GUILESS_MAIN(CleanupTest)
#include "tst_engine_cleanup.moc"
