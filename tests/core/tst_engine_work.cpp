#include "core/engine_fixture.h"
#include "support/errors.h"

#include <QDir>
#include <QTest>

using namespace thumbjobs;
using namespace thumbjobs::test;

class WorkTest : public QObject {
    Q_OBJECT

private slots:
    void a_transient_fault_is_retried();
    void attempts_come_to_an_end();
    void an_image_fault_fails_at_once();
    void a_foreign_exception_is_retried_as_internal();
    void crashes_are_counted_apart();
    void a_missing_original_fails_with_its_reason();
    void a_failed_attempt_leaves_no_output();
    void a_resizer_that_makes_too_little_is_a_defect();
    void only_so_many_resize_at_a_time();
    void a_slow_storage_uses_all_slots();
    void slots_are_made_as_they_are_needed();
    void large_originals_use_few_slots();
    void waiting_for_memory_leaves_slots_to_others();
    void decoding_is_marked_without_isolation();
    void a_queued_job_is_cancelled();
    void a_running_job_is_cancelled_at_once();
    void a_job_cancelled_elsewhere_stops_within_a_renewal();
    void a_resize_longer_than_its_lease_keeps_it();
    void a_lost_lease_leaves_no_output();
    void a_failed_job_is_run_again();
    void a_running_job_is_removed();
    void a_long_queue_is_worked_off();
    void the_log_tells_a_job_from_end_to_end();
};

void WorkTest::a_transient_fault_is_retried() {
    const Parts parts;
    parts.resizer->then(FakeResizer::fail(ErrorCode::timed_out));
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.state, JobState::succeeded);
    QCOMPARE(job.attempts, 2);
    QVERIFY(parts.observer->wait_count("retry timed_out", 1));
}

void WorkTest::attempts_come_to_an_end() {
    const Parts parts;
    parts.resizer->otherwise(FakeResizer::fail(ErrorCode::timed_out));
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.state, JobState::failed);
    QCOMPARE(job.attempts, 3);
    QVERIFY(job.error);
    QCOMPARE(job.error->code, ErrorCode::timed_out);
    QCOMPARE(job.original.width, 64); // the header was read
    QCOMPARE(parts.resizer->calls(), 3);
    QVERIFY(parts.observer->wait_count("retry timed_out", 2));
}

void WorkTest::an_image_fault_fails_at_once() {
    for (const ErrorCode code :
         {ErrorCode::not_an_image, ErrorCode::unsupported_format, ErrorCode::image_too_large,
          ErrorCode::image_truncated, ErrorCode::image_corrupt}) {
        const Parts parts;
        parts.resizer->otherwise(FakeResizer::fail(code));
        const auto engine = parts.open();
        engine->start();
        const Job job = engine->wait(engine->submit(request()).job.id, patience);
        QCOMPARE(job.state, JobState::failed);
        QCOMPARE(job.error->code, code);
        QCOMPARE(parts.resizer->calls(), 1);
        EXPECT_ERROR(engine->open_rendition(job.id), conflict);
    }
}

void WorkTest::a_foreign_exception_is_retried_as_internal() {
    const Parts parts;
    parts.resizer->otherwise(FakeResizer::throw_foreign);
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.state, JobState::failed);
    QCOMPARE(job.error->code, ErrorCode::internal);
    QVERIFY(!QString::fromStdString(job.error->message).contains("no error of ours"));
    QCOMPARE(job.attempts, 3);
}

void WorkTest::crashes_are_counted_apart() {
    const Parts parts;
    // Two crashes and two transient faults: neither alone reaches its limit of three.
    parts.resizer->then(FakeResizer::fail(ErrorCode::decoder_crashed))
        .then(FakeResizer::fail(ErrorCode::timed_out))
        .then(FakeResizer::fail(ErrorCode::decoder_timeout))
        .then(FakeResizer::fail(ErrorCode::timed_out));
    const auto engine = parts.open();
    engine->start();
    Job job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.state, JobState::succeeded);
    QCOMPARE(job.crashes, 2);
    QCOMPARE(job.attempts, 5);

    parts.resizer->otherwise(FakeResizer::fail(ErrorCode::decoder_out_of_memory));
    job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.state, JobState::failed);
    QCOMPARE(job.crashes, 3);
    QCOMPARE(job.error->code, ErrorCode::decoder_out_of_memory);
    QVERIFY(parts.observer->wait_count("crash decoder_out_of_memory", 3));
}

void WorkTest::a_missing_original_fails_with_its_reason() {
    const Parts parts;
    const auto engine = parts.open();
    const Job submitted = engine->submit(request()).job;
    QVERIFY(parts.storage->remove(parts.keys().at(0)));
    engine->start();
    const Job job = engine->wait(submitted.id, patience);
    QCOMPARE(job.state, JobState::failed);
    QCOMPARE(job.attempts, 1);
    QCOMPARE(job.error->message, std::string("The submitted image is missing from the storage."));
}

void WorkTest::a_failed_attempt_leaves_no_output() {
    const Parts parts;
    int puts = 0;
    parts.storage->faults().before([&](std::string_view call) {
        if (call == "storage.put_rendition" && ++puts == 2)
            throw Error(ErrorCode::storage_unavailable, "This one blob fails.");
    });
    const auto engine = parts.open();
    engine->start();
    SubmitRequest two = request();
    two.renditions = {{.name = "a"}, {.name = "b"}};
    const Job job = engine->wait(engine->submit(two).job.id, patience);
    QCOMPARE(job.state, JobState::succeeded);
    QCOMPARE(job.attempts, 2);
    QCOMPARE(parts.keys().size(), std::size_t{3});
    QVERIFY(!parts.observer->has("outage"));
}

void WorkTest::a_resizer_that_makes_too_little_is_a_defect() {
    const Parts parts;
    parts.resizer->otherwise([](const ResizeRequest&) { return ResizeResult{}; });
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.error->code, ErrorCode::internal);
}

void WorkTest::only_so_many_resize_at_a_time() {
    const Parts parts;
    const auto barrier = std::make_shared<Barrier>();
    parts.resizer->otherwise(FakeResizer::block(barrier));
    EngineOptions options = parts.options();
    options.workers = 2;
    options.io_slots = 6;
    const auto engine = Engine::open(options);
    engine->start();
    std::vector<JobId> ids;
    for (int i = 0; i < 8; ++i)
        ids.push_back(engine->submit(request()).job.id);
    QVERIFY(barrier->wait_arrived(2));
    // Two more are fetched ahead, and as many as there are slots if they were claimed while the
    // earlier ones were still on their way to a CPU.
    QTRY_VERIFY(parts.storage->faults().count("storage.open") >= 4);
    QCOMPARE(engine->stats().workers_busy, 2);
    QVERIFY(parts.storage->faults().count("storage.open") <= 6);
    barrier->open();
    for (const JobId& id : ids)
        QCOMPARE(engine->wait(id, patience).state, JobState::succeeded);
    QCOMPARE(parts.resizer->most_at_a_time(), 2);
}

void WorkTest::a_slow_storage_uses_all_slots() {
    const Parts parts;
    const auto barrier = std::make_shared<Barrier>();
    parts.storage->faults().before([barrier](std::string_view call) {
        if (call == "storage.open")
            barrier->pass();
    });
    EngineOptions options = parts.options();
    options.workers = 1;
    options.io_slots = 6;
    const auto engine = Engine::open(options);
    engine->start();
    std::vector<JobId> ids;
    for (int i = 0; i < 12; ++i)
        ids.push_back(engine->submit(request()).job.id);
    QVERIFY(barrier->wait_arrived(6));
    QCOMPARE(engine->stats().store.processing, 6);
    barrier->open();
    for (const JobId& id : ids)
        QCOMPARE(engine->wait(id, patience).state, JobState::succeeded);
}

void WorkTest::slots_are_made_as_they_are_needed() {
    const auto threads = [] {
        return QDir("/proc/self/task").entryList(QDir::Dirs | QDir::NoDotAndDotDot).size();
    };
    const Parts parts;
    EngineOptions options = parts.options();
    options.workers = 1;
    options.io_slots = 100;
    const auto engine = Engine::open(options);
    engine->start();
    const auto before = threads();
    for (int i = 0; i < 20; ++i) // one after the other
        QCOMPARE(engine->wait(engine->submit(request()).job.id, patience).state,
                 JobState::succeeded);
    QVERIFY2(threads() < before + 10, qPrintable(QString::number(threads() - before)));
    // What was stopped begins anew.
    engine->stop();
    const auto stopped = threads();
    engine->start();
    QCOMPARE(engine->wait(engine->submit(request()).job.id, patience).state, JobState::succeeded);
    QVERIFY(threads() > stopped);
    QVERIFY(threads() < before + 10);
}

void WorkTest::large_originals_use_few_slots() {
    const Parts parts;
    const auto barrier = std::make_shared<Barrier>();
    parts.storage->faults().before([barrier](std::string_view call) {
        if (call == "storage.open")
            barrier->pass();
    });
    EngineOptions options = parts.options();
    options.workers = 1;
    options.io_slots = 12;
    options.limits.max_bytes = static_cast<std::int64_t>(request().image->size());
    const auto engine = Engine::open(options);
    std::vector<JobId> ids;
    for (int i = 0; i < 12; ++i)
        ids.push_back(engine->submit(request()).job.id);
    engine->start();
    QVERIFY(barrier->wait_arrived(2));
    // Two of the largest size are all that is held, and a second batch that was asked for before.
    QVERIFY(engine->stats().store.processing <= 4);
    barrier->open();
    for (const JobId& id : ids)
        QCOMPARE(engine->wait(id, patience).state, JobState::succeeded);
}

void WorkTest::waiting_for_memory_leaves_slots_to_others() {
    const Parts parts;
    const auto room = std::make_shared<Barrier>();
    parts.resizer->otherwise([room](const ResizeRequest& resize) {
        const std::string text(reinterpret_cast<const char*>(resize.input.data()),
                               resize.input.size());
        if (text.ends_with("expensive")) {
            resize.waiting(true);
            const bool admitted = room->pass(resize.cancel);
            resize.waiting(false);
            if (!admitted)
                throw Error(ErrorCode::cancelled, "Cancelled.");
        }
        return FakeResizer::succeed(resize);
    });
    const auto engine = parts.open();
    std::vector<JobId> expensive;
    std::vector<JobId> cheap;
    for (int i = 0; i < 20; ++i)
        expensive.push_back(engine->submit(request("expensive")).job.id);
    for (int i = 0; i < 10; ++i)
        cheap.push_back(engine->submit(request("cheap")).job.id);
    engine->start();
    for (const JobId& id : cheap)
        QCOMPARE(engine->wait(id, patience).state, JobState::succeeded);
    QCOMPARE(engine->stats().store.succeeded, std::int64_t{10});
    room->open();
    for (const JobId& id : expensive) {
        const Job job = engine->wait(id, patience);
        QCOMPARE(job.state, JobState::succeeded);
        QCOMPARE(job.attempts, 1); // being put off costs none
    }
}

void WorkTest::decoding_is_marked_without_isolation() {
    Parts parts;
    {
        const auto engine = parts.open();
        engine->start();
        engine->wait(engine->submit(request()).job.id, patience);
        QCOMPARE(parts.store->faults().count("store.mark_decoding"), 0);
    }
    parts.resizer = std::make_shared<FakeResizer>(false);
    bool marked_first = false;
    parts.resizer->then([&](const ResizeRequest& resize) {
        marked_first = parts.store->faults().count("store.mark_decoding") == 1;
        return FakeResizer::succeed(resize);
    });
    const auto engine = parts.open();
    engine->start();
    engine->wait(engine->submit(request()).job.id, patience);
    QVERIFY(marked_first);
}

void WorkTest::a_queued_job_is_cancelled() {
    const Parts parts;
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    QCOMPARE(engine->cancel(job.id).state, JobState::cancelled);
    QCOMPARE(engine->cancel(job.id).state, JobState::cancelled);
    engine->start();
    const Job other = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(other.state, JobState::succeeded);
    QCOMPARE(engine->get(job.id)->state, JobState::cancelled);
    QCOMPARE(parts.resizer->calls(), 1);
    EXPECT_ERROR(engine->cancel(other.id), conflict);
    EXPECT_ERROR(engine->cancel(JobId::generate(WallTime{})), not_found);
    QCOMPARE(parts.observer->count("queued -> cancelled"), 1);
}

void WorkTest::a_running_job_is_cancelled_at_once() {
    const BusyParts parts; // its barrier stays closed
    QCOMPARE(parts.engine->cancel(parts.job.id).state, JobState::cancelled);
    QVERIFY(parts.observer->wait_for("log info: the worker stopped"));
    QCOMPARE(parts.observer->count("lease lost"), 0);
    QCOMPARE(parts.keys().size(), std::size_t{1});
    QCOMPARE(parts.store->faults().count("store.renew"), 0); // it did not wait for a renewal
}

void WorkTest::a_job_cancelled_elsewhere_stops_within_a_renewal() {
    const Parts parts;
    const auto barrier = std::make_shared<Barrier>(); // stays closed
    parts.resizer->otherwise(FakeResizer::block(barrier));
    EngineOptions options = parts.options();
    options.lease = Milliseconds{1'000};
    const auto engine = Engine::open(options);
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(barrier->wait_arrived(1));
    parts.store->cancel(job.id, std::nullopt, {}); // as another process does
    QVERIFY(parts.observer->wait_for("lease lost"));
    QCOMPARE(engine->get(job.id)->state, JobState::cancelled);
    QCOMPARE(parts.keys().size(), std::size_t{1});
}

// The clock goes on by less than a lease at a time, and only once renewals were made since it last
// did.
void WorkTest::a_resize_longer_than_its_lease_keeps_it() {
    FakeClock clock;
    const Parts parts(clock);
    const auto barrier = std::make_shared<Barrier>();
    parts.resizer->otherwise(FakeResizer::block(barrier));
    EngineOptions options = parts.options();
    options.lease = Milliseconds{1'000};
    const auto engine = Engine::open(options);
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(barrier->wait_arrived(1));
    for (int round = 0; round < 3; ++round) {
        const int renewals = parts.store->faults().count("store.renew");
        QTRY_VERIFY(parts.store->faults().count("store.renew") >= renewals + 2);
        clock.advance(Milliseconds{700});
        QCOMPARE(parts.store->sweep({.worker = "another process"}).requeued, 0);
    }
    barrier->open();
    QCOMPARE(engine->wait(job.id, patience).state, JobState::succeeded);
    QCOMPARE(engine->get(job.id)->attempts, 1);
    QCOMPARE(parts.resizer->calls(), 1);
}

void WorkTest::a_lost_lease_leaves_no_output() {
    const BusyParts parts(FakeResizer::block_stubbornly);
    parts.store->cancel(parts.job.id, std::nullopt, {});
    parts.barrier->open(); // it puts its output, and learns of the loss by complete()
    QVERIFY(parts.observer->wait_for("lease lost"));
    QCOMPARE(parts.storage->faults().count("storage.put_rendition"), 1);
    QTRY_COMPARE(parts.keys().size(), std::size_t{1});
    QCOMPARE(parts.engine->get(parts.job.id)->state, JobState::cancelled);
}

void WorkTest::a_failed_job_is_run_again() {
    const Parts parts;
    parts.resizer->then(FakeResizer::fail(ErrorCode::image_corrupt));
    const auto engine = parts.open();
    engine->start();
    const Job failed = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(failed.state, JobState::failed);
    QCOMPARE(engine->retry(failed.id).state, JobState::queued);
    QCOMPARE(engine->wait(failed.id, patience).state, JobState::succeeded);
    QCOMPARE(parts.observer->count("failed -> queued"), 1);
    EXPECT_ERROR(engine->retry(failed.id), conflict);
}

void WorkTest::a_running_job_is_removed() {
    const BusyParts parts; // its barrier stays closed
    parts.engine->remove(parts.job.id);
    QVERIFY(!parts.engine->get(parts.job.id));
    QVERIFY(parts.observer->wait_for("log info: the worker stopped"));
    QVERIFY(parts.keys().empty());
    EXPECT_ERROR(parts.engine->remove(parts.job.id), not_found);
    EXPECT_ERROR(parts.engine->open_original(parts.job.id), not_found);
}

void WorkTest::a_long_queue_is_worked_off() {
    const Parts parts;
    const auto engine = parts.open();
    std::vector<JobId> ids;
    for (int i = 0; i < 200; ++i)
        ids.push_back(engine->submit(request(std::to_string(i))).job.id);
    engine->start();
    for (const JobId& id : ids)
        QCOMPARE(engine->wait(id, patience).state, JobState::succeeded);
    engine->stop();
    QCOMPARE(engine->stats().store.succeeded, std::int64_t{200});
    QCOMPARE(parts.resizer->calls(), 200);
    // A completion claims the next job: there are far fewer claims than jobs.
    QVERIFY(parts.store->faults().count("store.claim") < 50);
}

void WorkTest::the_log_tells_a_job_from_end_to_end() {
    const Parts parts;
    parts.resizer->then(FakeResizer::fail(ErrorCode::timed_out));
    const auto engine = parts.open();
    engine->start();
    SubmitRequest given = request();
    given.request_id = "req-1";
    const Job job = engine->wait(engine->submit(given).job.id, patience);
    const std::vector<LogLine> lines = engine->logs({.job = job.id});
    QVERIFY(lines.size() >= 3);
    QVERIFY(QString::fromStdString(lines.front().message).startsWith("submitted: image/png"));
    QVERIFY(QString::fromStdString(lines.back().message).startsWith("succeeded in "));
    bool failure = false;
    for (const LogLine& line : lines) {
        QCOMPARE(line.request_id, std::string("req-1"));
        failure |= line.message.starts_with("attempt 1 failed, next in ");
    }
    QVERIFY(failure);
}

QTEST_GUILESS_MAIN(WorkTest)
#include "tst_engine_work.moc"
