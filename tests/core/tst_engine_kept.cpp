// Thumbnails that the job store keeps instead of the storage.
#include "core/engine_fixture.h"
#include "support/errors.h"

#include <QTest>

using namespace thumbjobs;
using namespace thumbjobs::test;
using namespace std::chrono_literals;

namespace {

/// As other job stores are: it keeps none.
class PlainStore final : public ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;
    std::int64_t keeps_up_to() const noexcept override { return JobStore::keeps_up_to(); }
    BlobPtr open_kept(const JobId& id, std::size_t index) override {
        return JobStore::open_kept(id, index);
    }
};

/// The fake resizer's thumbnails are their names: of up to `bytes` they are the store's to keep.
EngineOptions keeping(const Parts& parts, std::int64_t bytes = 32 << 10) {
    EngineOptions options = parts.options();
    options.inline_thumbnails = bytes;
    return options;
}

std::string text_of(const Blob& blob) {
    const Bytes bytes = blob.read_all();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A job that has succeeded.
Job succeed(Engine& engine, std::vector<RenditionSpec> specs = {RenditionSpec{}}) {
    SubmitRequest submitted = request();
    submitted.renditions = std::move(specs);
    return engine.wait(engine.submit(submitted).job.id, patience);
}

} // namespace

class KeptTest : public QObject {
    Q_OBJECT

private slots:
    void a_small_thumbnail_is_committed_with_its_job();
    void each_rendition_goes_where_it_fits();
    void a_store_that_keeps_none_is_asked_for_none();
    void what_is_kept_stays_readable_without_the_option();
    void a_lost_answer_commits_once();
    void a_job_that_was_taken_away_leaves_nothing();
    void removal_and_retention_leave_nothing();
    void an_outage_of_the_store_is_told();
    void refuses_other_sizes();
};

void KeptTest::a_small_thumbnail_is_committed_with_its_job() {
    const Parts parts;
    const auto engine = Engine::open(keeping(parts));
    engine->start();
    const Job job = succeed(*engine);
    QCOMPARE(job.state, JobState::succeeded);
    QCOMPARE(parts.keys().size(), std::size_t{1}); // the original
    QCOMPARE(parts.storage->faults().count("storage.put_rendition"), 0);

    const auto opened = engine->open_rendition(job.id);
    QCOMPARE(opened.rendition.bytes, std::int64_t{9});
    QCOMPARE(opened.rendition, job.renditions.at(0));
    QCOMPARE(opened.blob->size(), std::int64_t{9});
    QCOMPARE(text_of(*opened.blob), std::string("thumbnail"));
    std::array<std::byte, 4> part{};
    QCOMPARE(opened.blob->read(6, part), std::size_t{3});
    QCOMPARE(std::to_integer<char>(part[0]), 'a');
    EXPECT_ERROR(engine->open_rendition(job.id, "huge"), not_found);
    QCOMPARE(parts.storage->faults().count("storage.open"), 1); // by the worker
    QCOMPARE(engine->sweep_orphans(), std::optional(0));
}

void KeptTest::each_rendition_goes_where_it_fits() {
    const Parts parts;
    const auto engine = Engine::open(keeping(parts, 5));
    engine->start();
    const Job job = succeed(*engine, {{.name = "larger"}, {.name = "small"}, {.name = "medium"}});
    QCOMPARE(parts.keys().size(), std::size_t{3});
    for (const char* name : {"larger", "small", "medium"})
        QCOMPARE(text_of(*engine->open_rendition(job.id, name).blob), std::string(name));
    QCOMPARE(text_of(*engine->open_rendition(job.id).blob), std::string("larger"));
    QCOMPARE(parts.store->faults().count("store.open_kept"), 1);
    engine->remove(job.id);
    QVERIFY(parts.keys().empty());
}

void KeptTest::a_store_that_keeps_none_is_asked_for_none() {
    const Parts parts;
    EngineOptions options = keeping(parts);
    options.job_store = std::make_shared<PlainStore>(parts.store);
    const auto engine = Engine::open(options);
    engine->start();
    const Job job = succeed(*engine);
    QCOMPARE(parts.keys().size(), std::size_t{2});
    QCOMPARE(text_of(*engine->open_rendition(job.id).blob), std::string("thumbnail"));
    QCOMPARE(parts.store->faults().count("store.open_kept"), 0);
    EXPECT_ERROR(options.job_store->open_kept(job.id, 0), not_found);
}

void KeptTest::what_is_kept_stays_readable_without_the_option() {
    const Parts parts;
    const auto engine = Engine::open(keeping(parts));
    engine->start();
    const Job before = succeed(*engine);
    engine->stop();
    const auto next = Engine::open(keeping(parts, 0));
    next->start();
    const Job after = succeed(*next);
    QCOMPARE(parts.keys().size(), std::size_t{3});
    for (const JobId& id : {before.id, after.id})
        QCOMPARE(text_of(*next->open_rendition(id).blob), std::string("thumbnail"));
}

void KeptTest::a_lost_answer_commits_once() {
    const Parts parts;
    std::atomic<int> lost{0}; // outlives the engine's threads
    const auto engine = Engine::open(keeping(parts));
    parts.store->faults().after([&](std::string_view call) {
        if (call == "store.complete" && lost++ == 0)
            throw Error(ErrorCode::store_unavailable, "The answer is lost.");
    });
    engine->start();
    const Job job = succeed(*engine);
    QCOMPARE(job.attempts, 1);
    QVERIFY(parts.observer->wait_count("processing -> succeeded", 1));
    QCOMPARE(parts.store->faults().count("store.complete"), 2);
    QCOMPARE(text_of(*engine->open_rendition(job.id).blob), std::string("thumbnail"));
}

void KeptTest::a_job_that_was_taken_away_leaves_nothing() {
    FakeClock clock;
    const Parts parts(clock);
    const auto barrier = std::make_shared<Barrier>();
    parts.resizer->then(FakeResizer::block_stubbornly(barrier));
    const auto engine = Engine::open(keeping(parts));
    engine->start();
    const Job job = engine->submit(request()).job;
    QVERIFY(barrier->wait_arrived(1));
    // Cancelled and queued anew by another process; this worker does not know, and completes.
    parts.store->cancel(job.id, {}, {});
    EXPECT_ERROR(parts.store->open_kept(job.id, 0), not_found);
    barrier->open();
    QVERIFY(parts.observer->wait_for("lease lost"));
    EXPECT_ERROR(parts.store->open_kept(job.id, 0), not_found);
    EXPECT_ERROR(engine->open_rendition(job.id), conflict);
    engine->retry(job.id);
    QCOMPARE(engine->wait(job.id, patience).state, JobState::succeeded);
    QCOMPARE(text_of(*engine->open_rendition(job.id).blob), std::string("thumbnail"));
    QCOMPARE(parts.keys().size(), std::size_t{1});
}

void KeptTest::removal_and_retention_leave_nothing() {
    FakeClock clock;
    const Parts parts(clock);
    EngineOptions options = keeping(parts);
    options.retention = 3600s;
    const auto engine = Engine::open(options);
    engine->start();
    const Job removed = succeed(*engine);
    const Job expires = succeed(*engine);
    const BlobPtr opened = engine->open_rendition(removed.id).blob;
    engine->remove(removed.id);
    EXPECT_ERROR(engine->open_rendition(removed.id), not_found);
    EXPECT_ERROR(parts.store->open_kept(removed.id, 0), not_found);
    QCOMPARE(parts.storage->faults().count("storage.remove"), 1); // the original, nothing else
    QCOMPARE(text_of(*opened), std::string("thumbnail"));

    clock.advance(3601s);
    QTRY_VERIFY(!engine->get(expires.id));
    EXPECT_ERROR(parts.store->open_kept(expires.id, 0), not_found);
    clock.advance(61s); // one lease and the storage's time-out
    QTRY_VERIFY(!parts.store->find({&expires.id, 1}).at(0));
    QVERIFY(parts.keys().empty());
}

void KeptTest::an_outage_of_the_store_is_told() {
    const Parts parts;
    const auto engine = Engine::open(keeping(parts));
    engine->start();
    const Job job = succeed(*engine);
    parts.store->faults().before(unavailable(ErrorCode::store_unavailable, "store.open_kept"));
    EXPECT_ERROR(engine->open_rendition(job.id), store_unavailable);
    // As when the job is removed between the look at it and the look for its image.
    parts.store->faults().before(unavailable(ErrorCode::not_found, "store.open_kept"));
    EXPECT_ERROR(engine->open_rendition(job.id), not_found);
    parts.store->faults().clear();
    QVERIFY(engine->open_rendition(job.id).blob);
}

void KeptTest::refuses_other_sizes() {
    const Parts parts;
    for (const std::int64_t bytes : {std::int64_t{-1}, std::int64_t{(1 << 20) + 1}}) {
        EXPECT_ERROR(Engine::open(keeping(parts, bytes)), invalid_argument);
        QVERIFY(message_of([&] {
                    Engine::open(keeping(parts, bytes));
                }).startsWith("inline_thumbnails: " + QString::number(bytes)));
    }
    Engine::open(keeping(parts, 1 << 20));
}

QTEST_GUILESS_MAIN(KeptTest)
#include "tst_engine_kept.moc"
