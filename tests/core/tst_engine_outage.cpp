#include "core/engine_fixture.h"
#include "support/errors.h"

#include <QTest>

using namespace thumbjobs;
using namespace thumbjobs::test;

class OutageTest : public QObject {
    Q_OBJECT

private slots:
    void a_store_outage_costs_no_attempt();
    void a_store_outage_while_resizing_loses_no_work();
    void a_storage_outage_costs_no_attempt();
    void a_full_storage_costs_no_attempt();
    void a_lost_answer_to_complete_commits_once();
    void a_lost_answer_to_claim_is_asked_for_again();
    void a_lost_answer_to_fail_counts_once();
    void an_attempt_that_cannot_be_renewed_is_abandoned();
    void leases_are_held_before_a_sweep();
    void an_engine_stops_during_an_outage();
    void an_unfinished_commit_keeps_its_output();
};

void OutageTest::a_store_outage_costs_no_attempt() {
    const Parts parts;
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    parts.store->faults().before(unavailable(ErrorCode::store_unavailable));
    engine->start();
    QVERIFY(parts.observer->wait_for("outage"));
    EXPECT_ERROR(engine->get(job.id), store_unavailable);
    EXPECT_ERROR(engine->probe(), store_unavailable);
    parts.store->faults().clear();
    QVERIFY(parts.observer->wait_for("outage over"));
    const Job done = engine->wait(job.id, patience);
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 1);
    QVERIFY(!engine->stats().outage);
}

void OutageTest::a_store_outage_while_resizing_loses_no_work() {
    const BusyParts parts;
    parts.store->faults().before(unavailable(ErrorCode::store_unavailable));
    parts.barrier->open();
    QVERIFY(parts.observer->wait_for("outage"));
    parts.store->faults().clear();
    const Job done = parts.engine->wait(parts.job.id, patience);
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 1);
    QCOMPARE(parts.resizer->calls(), 1); // the finished work was reported late, not done again
}

void OutageTest::a_storage_outage_costs_no_attempt() {
    const Parts parts;
    const auto engine = parts.open();
    const Job first = engine->submit(request()).job;
    const Job second = engine->submit(request()).job;
    parts.storage->faults().before(unavailable(ErrorCode::storage_unavailable));
    engine->start();
    QVERIFY(parts.observer->wait_for("outage"));
    QVERIFY(parts.observer->wait_for("processing -> queued"));
    parts.storage->faults().clear();
    for (const JobId& id : {first.id, second.id}) {
        const Job done = engine->wait(id, patience);
        QCOMPARE(done.state, JobState::succeeded);
        QCOMPARE(done.attempts, 1);
    }
}

void OutageTest::a_full_storage_costs_no_attempt() {
    const Parts parts;
    const auto engine = parts.open();
    parts.storage->faults().before(unavailable(ErrorCode::storage_full, "storage.put_rendition"));
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(parts.observer->wait_count("processing -> queued", 2));
    QVERIFY(parts.resizer->calls() < 20); // pauses grow while it stays full
    parts.storage->faults().clear();
    const Job done = engine->wait(job.id, patience);
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 1);
    QCOMPARE(parts.keys().size(), std::size_t{2});
}

void OutageTest::a_lost_answer_to_complete_commits_once() {
    const Parts parts;
    std::atomic<int> lost{0}; // outlives the engine's threads
    const auto engine = parts.open();
    parts.store->faults().after([&](std::string_view call) {
        if (call == "store.complete" && lost++ == 0)
            throw Error(ErrorCode::store_unavailable, "The answer is lost.");
    });
    engine->start();
    const Job job = engine->submit(request()).job;
    QCOMPARE(engine->wait(job.id, patience).attempts, 1);
    QVERIFY(parts.observer->wait_count("processing -> succeeded", 1));
    QCOMPARE(parts.store->faults().count("store.complete"), 2);
    QCOMPARE(parts.keys().size(), std::size_t{2});
    QVERIFY(engine->open_rendition(job.id).blob);
}

void OutageTest::a_lost_answer_to_claim_is_asked_for_again() {
    const Parts parts;
    std::atomic<int> lost{0}; // outlives the engine's threads
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    parts.store->faults().after([&](std::string_view call) {
        if (call == "store.claim" && lost++ == 0)
            throw Error(ErrorCode::store_unavailable, "The answer is lost.");
    });
    engine->start();
    const Job done = engine->wait(job.id, patience); // far sooner than the lease of 30 s ends
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 1);
}

void OutageTest::a_lost_answer_to_fail_counts_once() {
    const Parts parts;
    parts.resizer->then(FakeResizer::fail(ErrorCode::timed_out));
    std::atomic<int> lost{0}; // outlives the engine's threads
    const auto engine = parts.open();
    parts.store->faults().after([&](std::string_view call) {
        if (call == "store.fail" && lost++ == 0)
            throw Error(ErrorCode::store_unavailable, "The answer is lost.");
    });
    engine->start();
    const Job done = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 2);
}

void OutageTest::an_attempt_that_cannot_be_renewed_is_abandoned() {
    FakeClock clock;
    const Parts parts(clock);
    const auto barrier = std::make_shared<Barrier>(); // stays closed
    parts.resizer->then(FakeResizer::block(barrier));
    EngineOptions options = parts.options();
    options.lease = std::chrono::seconds{1};
    const auto engine = Engine::open(options);
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(barrier->wait_arrived(1));
    parts.store->faults().before(unavailable(ErrorCode::store_unavailable));
    clock.advance(std::chrono::seconds{2});
    QVERIFY(parts.observer->wait_for("outage"));
    QVERIFY(parts.observer->wait_for("busy 0")); // the resize was told to stop
    parts.store->faults().clear();
    const Job done = engine->wait(job.id, patience);
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 1);
    QCOMPARE(parts.resizer->calls(), 2);
}

void OutageTest::leases_are_held_before_a_sweep() {
    FakeClock clock;
    Parts parts(clock);
    parts.resizer = std::make_shared<FakeResizer>(false); // its lease's end would be a crash
    const auto barrier = std::make_shared<Barrier>();
    parts.resizer->otherwise(FakeResizer::block_stubbornly(barrier));
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(barrier->wait_arrived(1));
    parts.store->faults().before(unavailable(ErrorCode::store_unavailable));
    barrier->open();
    QVERIFY(parts.observer->wait_for("outage"));
    clock.advance(std::chrono::minutes{5}); // far beyond the lease
    parts.store->faults().clear();
    const Job done = engine->wait(job.id, patience);
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.crashes, 0);
    QCOMPARE(parts.resizer->calls(), 1);
}

void OutageTest::an_engine_stops_during_an_outage() {
    const Parts parts;
    const auto barrier = std::make_shared<Barrier>();
    parts.resizer->otherwise(FakeResizer::block(barrier));
    const auto engine = parts.open();
    engine->start();
    engine->submit(request());
    QVERIFY(barrier->wait_arrived(1));
    parts.store->faults().before(unavailable(ErrorCode::store_unavailable));
    barrier->open();
    QVERIFY(parts.observer->wait_for("outage"));
    engine->stop(Milliseconds{20});
    QVERIFY(parts.observer->has("log error: an attempt is left to its lease's end"));
}

void OutageTest::an_unfinished_commit_keeps_its_output() {
    const Parts parts;
    const auto engine = parts.open();
    parts.store->faults().after(unavailable(ErrorCode::store_unavailable, "store.complete"));
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(parts.observer->wait_for("outage"));
    engine->stop(Milliseconds{0});
    parts.store->faults().clear();
    // complete() took effect although no answer came: its output is the job's.
    QCOMPARE(engine->get(job.id)->state, JobState::succeeded);
    QVERIFY(engine->open_rendition(job.id).blob);
}

QTEST_GUILESS_MAIN(OutageTest)
#include "tst_engine_outage.moc"
