#include "core/engine_fixture.h"
#include "support/errors.h"
#include "support/shared_store.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <set>
#include <thread>

using namespace thumbjobs;
using namespace thumbjobs::test;

class LifecycleTest : public QObject {
    Q_OBJECT

private slots:
    void starting_and_stopping_repeats();
    void running_jobs_finish_while_draining();
    void what_is_not_finished_is_given_back();
    void a_stubborn_resizer_still_finishes();
    void claimed_jobs_that_have_not_begun_are_given_back();
    void another_stop_shortens_the_patience();
    void a_paused_engine_takes_nothing();
    void threads_may_start_and_stop_it_at_will();
    void two_engines_share_a_store();
    void an_expired_lease_is_taken_over();
    void an_observer_that_throws_is_harmless();
    void bad_options_are_refused_by_name();
};

void LifecycleTest::starting_and_stopping_repeats() {
    const Parts parts;
    const auto engine = parts.open();
    engine->stop();
    for (int round = 0; round < 3; ++round) {
        engine->start();
        engine->start();
        const Job job = engine->submit(request()).job;
        QCOMPARE(engine->wait(job.id, patience).state, JobState::succeeded);
        engine->stop();
        engine->stop();
        QVERIFY(!engine->stats().draining);
        QCOMPARE(engine->submit(request()).job.state, JobState::queued); // still works
    }
}

void LifecycleTest::running_jobs_finish_while_draining() {
    const BusyParts parts;
    std::thread stopping([&] { parts.engine->stop(patience); });
    QTRY_VERIFY(parts.engine->stats().draining);
    const Job late = parts.engine->submit(request()).job;
    parts.barrier->open();
    stopping.join();
    QCOMPARE(parts.engine->get(parts.job.id)->state, JobState::succeeded);
    QCOMPARE(parts.engine->get(late.id)->state, JobState::queued);
    QCOMPARE(parts.engine->get(late.id)->attempts, 0);
}

void LifecycleTest::what_is_not_finished_is_given_back() {
    const Parts parts;
    const auto barrier = std::make_shared<Barrier>(); // stays closed
    parts.resizer->otherwise(FakeResizer::block(barrier));
    const auto engine = parts.open();
    engine->start();
    std::vector<JobId> ids;
    for (int i = 0; i < 6; ++i)
        ids.push_back(engine->submit(request()).job.id);
    QVERIFY(barrier->wait_arrived(2)); // two resize, two wait for their turn, two are queued
    engine->stop(Milliseconds{10});
    for (const JobId& id : ids) {
        QCOMPARE(engine->get(id)->state, JobState::queued);
        QCOMPARE(engine->get(id)->attempts, 0);
    }
    QCOMPARE(parts.keys().size(), ids.size());
}

void LifecycleTest::a_stubborn_resizer_still_finishes() {
    const BusyParts parts(FakeResizer::block_stubbornly);
    std::thread stopping([&] { parts.engine->stop(Milliseconds{0}); });
    QTRY_VERIFY(parts.engine->stats().draining);
    parts.barrier->open();
    stopping.join();
    // It came to a result all the same, and that is not thrown away.
    QCOMPARE(parts.engine->get(parts.job.id)->state, JobState::succeeded);
}

void LifecycleTest::claimed_jobs_that_have_not_begun_are_given_back() {
    const Parts parts;
    const auto claimed = std::make_shared<Barrier>();
    parts.store->faults().after([claimed](std::string_view call) {
        if (call == "store.claim")
            claimed->pass(); // the store has decided; the engine does not know yet
    });
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    engine->start();
    QVERIFY(claimed->wait_arrived(1));
    std::thread stopping([&] { engine->stop(patience); });
    QTRY_VERIFY(engine->stats().draining);
    claimed->open();
    stopping.join();
    QCOMPARE(engine->get(job.id)->state, JobState::queued);
    QCOMPARE(engine->get(job.id)->attempts, 0);
    QCOMPARE(parts.resizer->calls(), 0);
}

void LifecycleTest::another_stop_shortens_the_patience() {
    const BusyParts parts; // its barrier stays closed
    std::thread patient([&] { parts.engine->stop(std::chrono::hours{1}); });
    QTRY_VERIFY(parts.engine->stats().draining);
    parts.engine->stop(Milliseconds{0});
    patient.join();
    QCOMPARE(parts.engine->get(parts.job.id)->state, JobState::queued);
}

void LifecycleTest::a_paused_engine_takes_nothing() {
    const Parts parts;
    const auto engine = parts.open();
    engine->pause();
    engine->pause();
    engine->start();
    const Job job = engine->submit(request()).job;
    QCOMPARE(engine->wait(job.id, Milliseconds{50}).state, JobState::queued);
    engine->resume();
    engine->resume();
    QCOMPARE(engine->wait(job.id, patience).state, JobState::succeeded);
}

void LifecycleTest::threads_may_start_and_stop_it_at_will() {
    const Parts parts;
    const auto engine = parts.open();
    std::vector<JobId> ids;
    for (int i = 0; i < 50; ++i)
        ids.push_back(engine->submit(request()).job.id);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            for (int round = 0; round < 25; ++round)
                switch ((round + i) % 5) {
                case 0:
                    engine->start();
                    break;
                case 1:
                    engine->stop(Milliseconds{round % 3});
                    break;
                case 2:
                    engine->pause();
                    break;
                case 3:
                    engine->resume();
                    break;
                default:
                    engine->stats();
                    break;
                }
        });
    for (std::thread& thread : threads)
        thread.join();
    engine->resume();
    engine->start();
    for (const JobId& id : ids) {
        const Job job = engine->wait(id, patience);
        QCOMPARE(job.state, JobState::succeeded);
        QCOMPARE(job.attempts, 1); // every interruption was free of charge
    }
}

void LifecycleTest::two_engines_share_a_store() {
    const Parts first;
    const Parts second;
    const auto hub = std::make_shared<ListenerHub>(first.store);
    EngineOptions one = first.options();
    one.job_store = std::make_shared<SharedStore>(hub);
    EngineOptions two = second.options();
    two.job_store = std::make_shared<SharedStore>(hub);
    two.image_storage = first.storage;
    two.worker_name = "worker-2";
    const auto engine_one = Engine::open(one);
    const auto engine_two = Engine::open(two);
    engine_one->start();
    engine_two->start();

    std::vector<JobId> ids;
    for (int i = 0; i < 100; ++i)
        ids.push_back((i % 2 ? engine_one : engine_two)->submit(request()).job.id);
    for (std::size_t i = 0; i < ids.size(); ++i) { // each waits for what the other took in
        const Job job = (i % 2 ? engine_two : engine_one)->wait(ids[i], patience);
        QCOMPARE(job.state, JobState::succeeded);
        QCOMPARE(job.attempts, 1);
    }
    engine_one->stop();
    engine_two->stop();
    QCOMPARE(first.resizer->calls() + second.resizer->calls(), 100);
    QCOMPARE(first.keys().size(), std::size_t{200});
}

void LifecycleTest::an_expired_lease_is_taken_over() {
    FakeClock clock;
    const Parts parts(clock);
    // Another process claims the job, and is heard of no more.
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    QCOMPARE(parts.store->claim({.worker = "gone", .nonce = "n", .lease = std::chrono::seconds{30}})
                 .jobs.size(),
             std::size_t{1});
    engine->start();
    QCOMPARE(engine->wait(job.id, Milliseconds{20}).state, JobState::processing);
    clock.advance(std::chrono::seconds{31});
    const Job done = engine->wait(job.id, patience);
    QCOMPARE(done.state, JobState::succeeded);
    QCOMPARE(done.attempts, 1); // it had not begun to decode: free of charge
    QVERIFY(parts.observer->wait_for("sweep 1 0 0"));
}

void LifecycleTest::an_observer_that_throws_is_harmless() {
    class Thrower final : public Observer {
    public:
        void on_log(const LogRecord&) override { throw std::runtime_error("log"); }
        void on_transition(const Job&, JobState) override { throw std::runtime_error("state"); }
        void on_submitted(const Job&, bool) override { throw 7; }
        void on_stage(Stage, std::chrono::nanoseconds) override { throw std::runtime_error("s"); }
        void on_bytes(std::int64_t, std::int64_t) override { throw std::runtime_error("bytes"); }
        void on_workers_busy(int) override { throw std::runtime_error("busy"); }
    };
    const Parts parts;
    EngineOptions options = parts.options();
    options.observer = std::make_shared<Thrower>();
    const auto engine = Engine::open(options);
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.state, JobState::succeeded);
    QCOMPARE(parts.keys().size(), std::size_t{2});
}

void LifecycleTest::bad_options_are_refused_by_name() {
    const Parts parts;
    const auto refused = [&](auto change, const char* text) {
        EngineOptions bad = parts.options();
        change(bad);
        const QString message = message_of([&] { Engine::open(bad); });
        QVERIFY2(message.contains(text), qPrintable(message + " / " + text));
    };
    refused([](EngineOptions& bad) { bad.workers = 257; }, "workers: 257");
    refused([](EngineOptions& bad) { bad.io_slots = -1; }, "0 to 1024");
    refused([](EngineOptions& bad) { bad.lease = Milliseconds{999}; }, "lease: 999ms");
    refused([](EngineOptions& bad) { bad.lease = Milliseconds{999}; }, "1s to 1h");
    refused([](EngineOptions& bad) { bad.retry.max_attempts = 0; }, "retry.max_attempts: 0");
    refused([](EngineOptions& bad) { bad.retry.base_delay = Milliseconds{0}; }, "base_delay");
    refused([](EngineOptions& bad) { bad.retry.max_delay = Milliseconds{0}; }, "max_delay");
    refused([](EngineOptions& bad) { bad.retention = Milliseconds{10}; }, "retention: 10ms");
    refused([](EngineOptions& bad) { bad.max_queued = -1; }, "max_queued: -1");
    refused([](EngineOptions& bad) { bad.event_history = 99; }, "event_history: 99");
    refused([](EngineOptions& bad) { bad.limits.max_bytes = 0; }, "limits.max_bytes: 0");
    refused([](EngineOptions& bad) { bad.worker_name = "a\nb"; }, "worker_name");
    refused([](EngineOptions& bad) { bad.clock = nullptr; }, "clock");
    refused([](EngineOptions& bad) { bad.housekeeping_interval = Milliseconds{0}; },
            "housekeeping_interval: 0ms");
    refused(
        [](EngineOptions& bad) {
            bad.job_store = nullptr;
            bad.store = "nosuch:x";
        },
        "nosuch");

    // Before a backend makes a file.
    const QTemporaryDir folder;
    EngineOptions bad = EngineOptions::in_directory(folder.filePath("new").toStdString());
    bad.lease = Milliseconds{999};
    QVERIFY(message_of([&] { Engine::open(bad); }).contains("lease"));
    bad.lease = Milliseconds{30'000};
    bad.resizer = "nosuch:";
    QVERIFY(message_of([&] { Engine::open(bad); }).contains("nosuch"));
    QVERIFY(!QFileInfo::exists(folder.filePath("new")));

    EngineOptions unnamed = parts.options();
    unnamed.worker_name.clear();
    const auto engine = Engine::open(unnamed);
    QVERIFY(!engine->options().worker_name.empty());
    QCOMPARE(engine->options().io_slots, 128);
    QCOMPARE(EngineOptions::in_directory("/srv/a?b").store,
             std::string("sqlite:/srv/a%3Fb/jobs.db"));
}

QTEST_GUILESS_MAIN(LifecycleTest)
#include "tst_engine_lifecycle.moc"
