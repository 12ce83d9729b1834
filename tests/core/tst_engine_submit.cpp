#include "core/engine_fixture.h"
#include "src/submit_check.h"
#include "support/errors.h"

#include <QTest>

#include <thread>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

/// Bytes that are not in memory, as of a spooled upload.
class PlainBlob final : public Blob {
public:
    explicit PlainBlob(BlobPtr inner) : inner_(std::move(inner)) {}
    std::int64_t size() const noexcept override { return inner_->size(); }
    std::size_t read(std::int64_t offset, std::span<std::byte> target) const override {
        return inner_->read(offset, target);
    }

private:
    BlobPtr inner_;
};

BlobPtr text_blob(std::string_view text) {
    return copy_blob(as_bytes(text));
}

} // namespace

class SubmitTest : public QObject {
    Q_OBJECT

private slots:
    void a_submitted_image_becomes_a_thumbnail();
    void the_original_is_stored_before_its_job();
    void an_image_that_is_not_in_memory_is_read();
    void several_renditions_are_made();
    void the_original_is_dropped_on_request();
    void images_are_refused_by_their_bytes();
    void options_are_refused_by_name();
    void file_names_are_cleaned();
    void a_request_id_is_made();
    void a_full_queue_refuses_and_leaves_nothing();
    void a_full_storage_refuses_and_leaves_nothing();
    void a_put_that_took_too_long_is_refused();
    void a_lost_answer_is_asked_for_again();
    void an_unknown_outcome_leaves_the_blob();
    void the_same_key_gives_the_same_job();
    void the_same_key_with_other_options_conflicts();
    void a_race_for_one_key_makes_one_job();
    void a_producer_has_no_workers();
};

void SubmitTest::a_submitted_image_becomes_a_thumbnail() {
    const Parts parts;
    const auto engine = parts.open();
    engine->start();
    SubmitRequest submitted = request();
    submitted.filename = "photo.png";
    const SubmitResult result = engine->submit(submitted);
    QVERIFY(result.created);
    QCOMPARE(result.job.state, JobState::queued);
    QCOMPARE(result.job.original.media_type, std::string("image/png"));

    const Job job = engine->wait(result.job.id, patience);
    QCOMPARE(job.state, JobState::succeeded);
    QCOMPARE(job.attempts, 1);
    QCOMPARE(job.original.width, 64);
    QCOMPARE(job.original.filename, std::string("photo.png"));
    QCOMPARE(job.renditions.size(), std::size_t{1});
    QCOMPARE(job.renditions[0].checksum.substr(0, 7), std::string("sha256:"));
    QCOMPARE(job.renditions[0].checksum.size(), std::size_t{71});

    const auto opened = engine->open_rendition(job.id);
    QCOMPARE(opened.blob->size(), std::int64_t{9});
    QCOMPARE(opened.rendition.name, std::string("thumbnail"));
    QCOMPARE(engine->open_original(job.id)->size(), submitted.image->size());
    QCOMPARE(engine->get(job.id), job);
    QVERIFY(parts.observer->wait_count("processing -> succeeded", 1));
    for (const char* stage : {"store", "enqueue", "wait", "fetch", "resize", "put", "commit"})
        QCOMPARE(parts.observer->count("stage " + std::string(stage)), 1);
    QCOMPARE(parts.observer->count("submitted"), 1);
    QVERIFY(parts.observer->wait_for("log info: succeeded in "));
    QVERIFY(parts.observer->has("bytes "));
}

void SubmitTest::the_original_is_stored_before_its_job() {
    const Parts parts;
    const auto engine = parts.open();
    bool stored_first = false;
    parts.store->faults().before([&](std::string_view call) {
        if (call == "store.create")
            stored_first = parts.keys().size() == 1;
    });
    const Job job = engine->submit(request()).job;
    QVERIFY(stored_first);
    parts.store->faults().clear();

    bool put_first = false;
    parts.store->faults().before([&](std::string_view call) {
        if (call == "store.complete")
            put_first = parts.keys().size() == 2;
    });
    engine->start();
    QCOMPARE(engine->wait(job.id, patience).state, JobState::succeeded);
    engine->stop();
    QVERIFY(put_first);
}

void SubmitTest::an_image_that_is_not_in_memory_is_read() {
    const Parts parts;
    const auto engine = parts.open();
    engine->start();
    const auto image = std::make_shared<PlainBlob>(fake_image());
    const Job job = engine->submit({.image = image}).job;
    QCOMPARE(engine->wait(job.id, patience).state, JobState::succeeded);
}

void SubmitTest::several_renditions_are_made() {
    const Parts parts;
    const auto engine = parts.open();
    engine->start();
    SubmitRequest submitted = request();
    submitted.renditions = {{.name = "small"}, {.name = "large", .width = 800, .height = 600}};
    const Job job = engine->wait(engine->submit(submitted).job.id, patience);
    QCOMPARE(job.renditions.size(), std::size_t{2});
    QCOMPARE(engine->open_rendition(job.id, "large").rendition.width, 800);
    QCOMPARE(engine->open_rendition(job.id).rendition.name, std::string("small"));
    EXPECT_ERROR(engine->open_rendition(job.id, "huge"), not_found);
}

void SubmitTest::the_original_is_dropped_on_request() {
    const Parts parts;
    EngineOptions options = parts.options();
    options.originals = Originals::drop;
    const auto engine = Engine::open(options);
    engine->start();
    const Job job = engine->wait(engine->submit(request()).job.id, patience);
    QCOMPARE(job.state, JobState::succeeded);
    QVERIFY(!job.original.available);
    QTRY_COMPARE(parts.keys().size(), std::size_t{1});
    EXPECT_ERROR(engine->open_original(job.id), not_found);
}

void SubmitTest::images_are_refused_by_their_bytes() {
    const Parts parts;
    EngineOptions options = parts.options();
    options.limits.max_bytes = 100;
    const auto engine = Engine::open(options);
    EXPECT_ERROR(engine->submit({}), invalid_argument);
    EXPECT_ERROR(engine->submit({.image = text_blob("")}), empty_input);
    EXPECT_ERROR(engine->submit({.image = text_blob("hello")}), not_an_image);
    EXPECT_ERROR(engine->submit({.image = text_blob("GIF89a\1\0\1\0")}), unsupported_format);
    QVERIFY(message_of([&] {
                engine->submit({.image = text_blob("GIF89a\1\0\1\0")});
            }).contains("GIF images are not accepted here; accepted: image/png, image/jpeg"));
    EXPECT_ERROR(engine->submit(request(std::string(100, 'x'))), input_too_large);
    QVERIFY(parts.keys().empty());
}

void SubmitTest::options_are_refused_by_name() {
    const Parts parts;
    const auto engine = parts.open();
    const auto refused = [&](auto change, const char* field) {
        SubmitRequest bad = request();
        change(bad);
        QVERIFY2(message_of([&] { engine->submit(bad); }).contains(field), field);
    };
    refused([](SubmitRequest& bad) { bad.renditions[0].width = 0; }, "width");
    refused([](SubmitRequest& bad) { bad.priority = 101; }, "priority is 101");
    refused([](SubmitRequest& bad) { bad.idempotency_key = "caf\xC3\xA9"; }, "idempotency_key");
    refused([](SubmitRequest& bad) { bad.idempotency_key.assign(256, 'k'); }, "idempotency_key");
    refused([](SubmitRequest& bad) { bad.metadata["k"].assign(1025, 'v'); }, "metadata");
    refused([](SubmitRequest& bad) { bad.request_id = "a\nb"; }, "request_id");
    refused([](SubmitRequest& bad) { bad.traceparent.assign(200, '0'); }, "traceparent");
    QVERIFY(parts.keys().empty());
}

void SubmitTest::file_names_are_cleaned() {
    QCOMPARE(clean_filename("photo.jpg"), std::string("photo.jpg"));
    QCOMPARE(clean_filename("/etc/../photo.jpg"), std::string("photo.jpg"));
    QCOMPARE(clean_filename("C:\\Users\\me\\photo.jpg"), std::string("photo.jpg"));
    QCOMPARE(clean_filename("a\r\n\x7F\xC2\x85z"), std::string("az"));
    QCOMPARE(clean_filename("fdp\xE2\x80\xAEgnp.exe"), std::string("fdpgnp.exe"));
    QCOMPARE(clean_filename("\xC3\xA4\xFF.png"), std::string("\xC3\xA4\xEF\xBF\xBD.png"));
    QCOMPARE(clean_filename(std::string(254, 'x') + "\xC3\xA4"), std::string(254, 'x'));
    QCOMPARE(clean_filename(".."), std::string());
    QCOMPARE(clean_filename("folder/"), std::string());
    QCOMPARE(clean_filename("\xE5\x86\x99\xE7\x9C\x9F.jpg"),
             std::string("\xE5\x86\x99\xE7\x9C\x9F.jpg"));
}

void SubmitTest::a_request_id_is_made() {
    const Parts parts;
    const auto engine = parts.open();
    const Job made = engine->submit(request()).job;
    QVERIFY(!made.request_id.empty());
    SubmitRequest given = request();
    given.request_id = "req-7";
    QCOMPARE(engine->submit(given).job.request_id, std::string("req-7"));
    QVERIFY(!engine->logs({.job = made.id}).empty());
    QCOMPARE(engine->logs({.job = made.id}).front().request_id, made.request_id);
}

void SubmitTest::a_full_queue_refuses_and_leaves_nothing() {
    const Parts parts;
    EngineOptions options = parts.options();
    options.max_queued = 1;
    const auto engine = Engine::open(options);
    const Job job = engine->submit(request()).job;
    EXPECT_ERROR(engine->submit(request()), queue_full);
    QCOMPARE(parts.keys().size(), std::size_t{1});
    // While it stays full, nothing is even written.
    QCOMPARE(parts.storage->faults().count("storage.put"), 2);
    EXPECT_ERROR(engine->submit(request()), queue_full);
    QCOMPARE(parts.storage->faults().count("storage.put"), 2);
    engine->cancel(job.id);
    QVERIFY(engine->submit(request()).created);
}

void SubmitTest::a_full_storage_refuses_and_leaves_nothing() {
    const Parts parts;
    const auto engine = parts.open();
    parts.storage->faults().before(unavailable(ErrorCode::storage_full, "storage.put"));
    EXPECT_ERROR(engine->submit(request()), storage_full);
    QVERIFY(parts.keys().empty());
    QCOMPARE(engine->stats().store.queued, std::int64_t{0});
}

void SubmitTest::a_put_that_took_too_long_is_refused() {
    FakeClock clock;
    const Parts parts(clock);
    const auto engine = parts.open();
    parts.storage->faults().after([&](std::string_view call) {
        if (call == "storage.put")
            clock.advance(std::chrono::minutes{31});
    });
    EXPECT_ERROR(engine->submit(request()), timed_out);
    QVERIFY(parts.keys().empty());
}

void SubmitTest::a_lost_answer_is_asked_for_again() {
    const Parts parts;
    const auto engine = parts.open();
    int lost = 0;
    parts.store->faults().after([&](std::string_view call) {
        if (call == "store.create" && lost++ == 0)
            throw Error(ErrorCode::store_unavailable, "The answer is lost.");
    });
    const SubmitResult result = engine->submit(request());
    QVERIFY(result.created);
    QCOMPARE(engine->stats().store.queued, std::int64_t{1});
    QCOMPARE(parts.keys().size(), std::size_t{1});
}

void SubmitTest::an_unknown_outcome_leaves_the_blob() {
    const Parts parts;
    const auto engine = parts.open();
    parts.store->faults().after(unavailable(ErrorCode::store_unavailable, "store.create"));
    EXPECT_ERROR(engine->submit(request()), store_unavailable);
    parts.store->faults().clear();
    // The job was made after all, and it can run.
    QCOMPARE(parts.keys().size(), std::size_t{1});
    const JobPage page = engine->list({});
    QCOMPARE(page.jobs.size(), std::size_t{1});
    engine->start();
    QCOMPARE(engine->wait(page.jobs[0].id, patience).state, JobState::succeeded);
}

void SubmitTest::the_same_key_gives_the_same_job() {
    const Parts parts;
    const auto engine = parts.open();
    SubmitRequest keyed = request();
    keyed.idempotency_key = "once";
    const SubmitResult first = engine->submit(keyed);
    const SubmitResult second = engine->submit(keyed);
    QVERIFY(first.created);
    QVERIFY(!second.created);
    QCOMPARE(second.job, first.job);
    QCOMPARE(parts.keys().size(), std::size_t{1});
    QCOMPARE(parts.observer->count("submitted again"), 1);
}

void SubmitTest::the_same_key_with_other_options_conflicts() {
    const Parts parts;
    const auto engine = parts.open();
    SubmitRequest keyed = request();
    keyed.idempotency_key = "once";
    engine->submit(keyed);
    SubmitRequest other_image = keyed;
    other_image.image = fake_image("other");
    EXPECT_ERROR(engine->submit(other_image), idempotency_conflict);
    SubmitRequest other_options = keyed;
    other_options.renditions[0].width = 50;
    EXPECT_ERROR(engine->submit(other_options), idempotency_conflict);
    QCOMPARE(parts.keys().size(), std::size_t{1});
}

void SubmitTest::a_race_for_one_key_makes_one_job() {
    const Parts parts;
    const auto engine = parts.open();
    SubmitRequest keyed = request();
    keyed.idempotency_key = "once";
    constexpr int racers = 4;
    std::vector<JobId> ids(racers);
    std::atomic<int> created{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < racers; ++i)
        threads.emplace_back([&, i] {
            const SubmitResult result = engine->submit(keyed);
            ids[static_cast<std::size_t>(i)] = result.job.id;
            created += result.created ? 1 : 0;
        });
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(created.load(), 1);
    for (const JobId& id : ids)
        QCOMPARE(id, ids[0]);
    QCOMPARE(parts.keys().size(), std::size_t{1});
}

void SubmitTest::a_producer_has_no_workers() {
    const Parts parts;
    EngineOptions options = parts.options();
    options.workers = 0;
    options.image_resizer = nullptr;
    const auto engine = Engine::open(options);
    engine->start();
    const Job job = engine->submit({.image = text_blob("GIF89a\1\0\1\0\0\0\0")}).job;
    EXPECT_ERROR(
        engine->submit({.image = text_blob("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")}),
        unsupported_format);
    QCOMPARE(engine->wait(job.id, Milliseconds{1}).state, JobState::queued);
    QCOMPARE(parts.store->faults().count("store.claim"), 0);
}

QTEST_GUILESS_MAIN(SubmitTest)
#include "tst_engine_submit.moc"
