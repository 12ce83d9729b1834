// What every place has to do, done by each kind of place.

#include "desktop/support/fake_place.h"
#include "desktop/support/place_watch.h"
#include "place/local_place.h"
#include "support/test_images.h"
#ifdef TEST_WITH_SERVER
#include "place/remote_place.h"
#include "support/thumbd_process.h"
#endif

#include <QBuffer>
#include <QFile>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::Job;
using thumbjobs::JobState;

namespace {

QByteArray jpeg(int width = 320, int height = 240) {
    const auto bytes = thumbjobs::test::make_test_image({.width = width, .height = height});
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

/// A place, with what stands behind it. `folder` outlives it.
struct Behind {
#ifdef TEST_WITH_SERVER
    std::unique_ptr<thumbjobs::test::ThumbdProcess> server;
#endif
    std::unique_ptr<Place> place; // goes first
};

class TestPlaces : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void takes_a_job_from_submit_to_thumbnail_data() { all_places(); }
    void takes_a_job_from_submit_to_thumbnail();
    void reads_files_and_says_what_is_wrong_with_them_data() { real_places(); }
    void reads_files_and_says_what_is_wrong_with_them();
    void makes_several_renditions_and_keeps_metadata_data() { real_places(); }
    void makes_several_renditions_and_keeps_metadata();
    void a_known_key_gives_the_same_job_data() { all_places(); }
    void a_known_key_gives_the_same_job();
    void removes_once_and_for_all_data() { all_places(); }
    void removes_once_and_for_all();
    void an_ended_job_cannot_be_cancelled_data() { all_places(); }
    void an_ended_job_cannot_be_cancelled();
    void pages_hold_every_job_once_data() { all_places(); }
    void pages_hold_every_job_once();
    void many_jobs_end_and_tell_it_data() { all_places(); }
    void many_jobs_end_and_tell_it();
    void calls_made_while_opening_are_answered_data() { all_places(); }
    void calls_made_while_opening_are_answered();
    void answers_to_the_dead_are_dropped_data() { all_places(); }
    void answers_to_the_dead_are_dropped();
    void closes_and_says_so_data() { real_places(); }
    void closes_and_says_so();

private:
    static void all_places();
    static void real_places();
    Behind make() const;
    bool open(Place& place) const;

    std::unique_ptr<QTemporaryDir> folder_;
};

void TestPlaces::init() {
    folder_ = std::make_unique<QTemporaryDir>();
    QVERIFY(folder_->isValid());
}

void TestPlaces::cleanup() {
    folder_.reset();
}

void TestPlaces::all_places() {
    QTest::addColumn<QString>("kind");
    QTest::newRow("fake") << "fake";
    QTest::newRow("local") << "local";
#ifdef TEST_WITH_SERVER
    QTest::newRow("remote") << "remote";
#endif
}

void TestPlaces::real_places() {
    QTest::addColumn<QString>("kind");
    QTest::newRow("local") << "local";
#ifdef TEST_WITH_SERVER
    QTest::newRow("remote") << "remote";
#endif
}

Behind TestPlaces::make() const {
    const QString kind = *static_cast<QString*>(QTest::qData("kind", QMetaType::QString));
    Behind behind;
    if (kind == "fake") {
        auto fake = std::make_unique<FakePlace>();
        fake->works_by_itself = true;
        QImage thumbnail(100, 75, QImage::Format_RGB32);
        thumbnail.fill(Qt::red);
        QBuffer buffer(&fake->image);
        thumbnail.save(&buffer, "PNG");
        behind.place = std::move(fake);
    } else if (kind == "local") {
        LocalPlace::Options options;
        options.folder = folder_->filePath("jobs");
        options.workers = 2;
        behind.place = std::make_unique<LocalPlace>(std::move(options));
    } else {
#ifdef TEST_WITH_SERVER
        behind.server = std::make_unique<thumbjobs::test::ThumbdProcess>(
            thumbjobs::test::ThumbdProcess::Options{.data_dir =
                                                        folder_->filePath("thumbd").toStdString(),
                                                    .arguments = {"--workers", "2"}});
        RemotePlace::Options options;
        options.access.address = QUrl(QString::fromStdString(behind.server->url()) + '/');
        behind.place = std::make_unique<RemotePlace>(std::move(options));
#endif
    }
    return behind;
}

bool TestPlaces::open(Place& place) const {
    place.open();
    return becomes(place, Connection::State::online);
}

void TestPlaces::takes_a_job_from_submit_to_thumbnail() {
    const Behind behind = make();
    Place& place = *behind.place;
    const PlaceWatch watch(place);
    QVERIFY(open(place));
    QTRY_COMPARE(watch.resets, 1);

    const QByteArray image = jpeg();
    const auto job = submit(place, {.bytes = image, .file_name = "holiday.jpg"});
    QVERIFY2(job, job ? "" : qPrintable(job.failure().message));
    QCOMPARE(job.value().original.filename, std::string("holiday.jpg"));
    const auto id = job.value().id;
    QVERIFY(watch.sees(id, JobState::succeeded));

    const auto done = get(place, id);
    QVERIFY(done);
    QVERIFY(done.value().state == JobState::succeeded);
    QCOMPARE(done.value().renditions.size(), std::size_t{1});
    const auto file = ask<QByteArray>([&](auto... to) { place.rendition(id, "thumbnail", to...); });
    QVERIFY(file);
    QCOMPARE(QImage::fromData(file.value()).size(), QSize(100, 75));
    QVERIFY(ask<QByteArray>([&](auto... to) { place.rendition(id, {}, to...); }).value() ==
            file.value());
    QCOMPARE(
        ask<QByteArray>([&](auto... to) { place.rendition(id, "other", to...); }).failure().code,
        std::string("not_found"));
    if (dynamic_cast<FakePlace*>(&place) == nullptr)
        QCOMPARE(ask<QByteArray>([&](auto... to) { place.original(id, to...); }).value(), image);

    const auto lines =
        ask<std::vector<thumbjobs::LogLine>>([&](auto... to) { place.logs(id, to...); });
    QVERIFY(!lines.value().empty());
    QVERIFY(lines.value().front().job == id);
    const auto stats = ask<thumbjobs::EngineStats>([&](auto... to) { place.stats(to...); });
    QCOMPARE(stats.value().store.succeeded, std::int64_t{1});
    QCOMPARE(stats.value().workers, 2);
    QVERIFY(watch.resets == 1);
}

void TestPlaces::reads_files_and_says_what_is_wrong_with_them() {
    const Behind behind = make();
    Place& place = *behind.place;
    QVERIFY(open(place));
    const auto path = [this](const char* name, const QByteArray& content) {
        const QString result = folder_->filePath(name);
        QFile file(result);
        if (file.open(QIODevice::WriteOnly))
            file.write(content);
        return result;
    };
    const auto code = [&place](const QString& file) {
        const auto job = submit(place, {.path = file});
        return job ? std::string("taken") : job.failure().code;
    };
    const auto good = submit(place, {.path = path("katze \"ä\".jpg", jpeg())});
    QVERIFY2(good, good ? "" : qPrintable(good.failure().message));
    QCOMPARE(QString::fromStdString(good.value().original.filename), QString("katze \"ä\".jpg"));
    QCOMPARE(code(path("notes.txt", "Not an image at all, whatever you say.")),
             std::string("not_an_image"));
    QCOMPARE(code(path("empty.jpg", "")), std::string("empty_input"));
    QCOMPARE(code(folder_->filePath("missing.jpg")), std::string(code_unreadable));
    QCOMPARE(code(folder_->path()), std::string(code_unreadable));
}

void TestPlaces::makes_several_renditions_and_keeps_metadata() {
    const Behind behind = make();
    Place& place = *behind.place;
    const PlaceWatch watch(place);
    QVERIFY(open(place));
    thumbjobs::RenditionSpec small{.name = "small", .width = 32, .height = 32};
    thumbjobs::RenditionSpec square{.name = "square", .width = 64, .height = 64};
    square.fit = thumbjobs::Fit::cover;
    square.format = thumbjobs::OutputFormat::png;
    square.background = 0xff8800ff;
    const auto job = submit(place, {.bytes = jpeg(),
                                    .file_name = "many.jpg",
                                    .renditions = {small, square},
                                    .priority = 5,
                                    .metadata = {{"album", "Sommer \"24\"\n"}}});
    QVERIFY2(job, job ? "" : qPrintable(job.failure().message));
    const auto id = job.value().id;
    QVERIFY(watch.sees(id, JobState::succeeded));
    const Job& done = watch.jobs.at(id);
    QCOMPARE(done.renditions.size(), std::size_t{2});
    QCOMPARE(done.priority, 5);
    QCOMPARE(done.metadata.at("album"), std::string("Sommer \"24\"\n"));
    const auto file = ask<QByteArray>([&](auto... to) { place.rendition(id, "square", to...); });
    QCOMPARE(QImage::fromData(file.value(), "PNG").size(), QSize(64, 64));
}

void TestPlaces::a_known_key_gives_the_same_job() {
    const Behind behind = make();
    QVERIFY(open(*behind.place));
    const Submission submission{
        .bytes = jpeg(), .file_name = "twice.jpg", .idempotency_key = "the-key"};
    const auto first = submit(*behind.place, submission);
    const auto second = submit(*behind.place, submission);
    QVERIFY(first && second);
    QVERIFY(first.value().id == second.value().id);
    QCOMPARE(list(*behind.place).value().jobs.size(), std::size_t{1});
}

void TestPlaces::removes_once_and_for_all() {
    const Behind behind = make();
    Place& place = *behind.place;
    const PlaceWatch watch(place);
    QVERIFY(open(place));
    const auto id = submit(place, {.bytes = jpeg(), .file_name = "gone.jpg"}).value().id;
    QVERIFY(watch.sees(id, JobState::succeeded));
    for (int i = 0; i < 2; ++i)
        QVERIFY(ask<Done>([&](auto... to) { place.remove(id, to...); }));
    QTRY_COMPARE(watch.deletions.count(id), std::size_t{1});
    QCOMPARE(get(place, id).failure().code, std::string("not_found"));
    QVERIFY(list(place).value().jobs.empty());
}

void TestPlaces::an_ended_job_cannot_be_cancelled() {
    const Behind behind = make();
    Place& place = *behind.place;
    const PlaceWatch watch(place);
    QVERIFY(open(place));
    const auto id = submit(place, {.bytes = jpeg(), .file_name = "done.jpg"}).value().id;
    QVERIFY(watch.sees(id, JobState::succeeded));
    const auto cancelled = ask<Job>([&](auto... to) { place.cancel(id, to...); });
    QCOMPARE(cancelled.failure().code, std::string("conflict"));
    QVERIFY(!cancelled.failure().message.isEmpty());
    const auto retried = ask<Job>([&](auto... to) { place.retry(id, to...); });
    QCOMPARE(retried.failure().code, std::string("conflict"));
}

void TestPlaces::pages_hold_every_job_once() {
    const Behind behind = make();
    Place& place = *behind.place;
    QVERIFY(open(place));
    const QByteArray image = jpeg(64, 48);
    for (int i = 0; i < 7; ++i)
        QVERIFY(submit(place, {.bytes = image, .file_name = QString::number(i) + ".jpg"}));
    std::vector<std::string> names;
    thumbjobs::ListQuery query{.limit = 3, .ascending = true};
    for (int page = 0; page == 0 || !query.cursor.empty(); ++page) {
        QVERIFY(page < 4);
        const auto answer = list(place, query);
        QVERIFY(answer);
        for (const Job& job : answer.value().jobs)
            names.push_back(job.original.filename);
        query.cursor = answer.value().next_cursor;
    }
    QCOMPARE(names.size(), std::size_t{7});
    QVERIFY(std::ranges::is_sorted(names));
    QVERIFY(list(place, {.states = {JobState::failed, JobState::cancelled}}).value().jobs.empty());
}

void TestPlaces::many_jobs_end_and_tell_it() {
    const Behind behind = make();
    Place& place = *behind.place;
    const PlaceWatch watch(place);
    QVERIFY(open(place));
    constexpr int count = 40;
    const QByteArray image = jpeg(64, 48);
    std::set<thumbjobs::JobId> ids;
    for (int i = 0; i < count; ++i)
        place.submit({.bytes = image, .file_name = "one of many.jpg"}, this,
                     [&ids](const Result<Job>& job) { ids.insert(job.value().id); });
    QTRY_COMPARE_WITH_TIMEOUT(ids.size(), std::size_t{count}, patience_ms);
    for (const auto& id : ids)
        QVERIFY(watch.sees(id, JobState::succeeded));
    QCOMPARE(watch.jobs.size(), std::size_t{count});
    QVERIFY(watch.batches < watch.events);
}

void TestPlaces::calls_made_while_opening_are_answered() {
    const Behind behind = make();
    Place& place = *behind.place;
    place.open();
    QCOMPARE(place.connection().state, Connection::State::connecting);
    const auto stats = ask<thumbjobs::EngineStats>([&](auto... to) { place.stats(to...); });
    QVERIFY2(stats, stats ? "" : qPrintable(stats.failure().message));
    const auto job = submit(place, {.bytes = jpeg(), .file_name = "early.jpg"});
    QVERIFY(job);
}

void TestPlaces::answers_to_the_dead_are_dropped() {
    const Behind behind = make();
    QVERIFY(open(*behind.place));
    bool called = false;
    {
        QObject context;
        behind.place->list({}, &context, [&called](const auto&) { called = true; });
    }
    QVERIFY(list(*behind.place));
    QVERIFY(ask<thumbjobs::EngineStats>([&](auto... to) { behind.place->stats(to...); }));
    QVERIFY(!called);
}

void TestPlaces::closes_and_says_so() {
    const Behind behind = make();
    Place& place = *behind.place;
    QVERIFY(open(place));
    int answered = 0;
    const QByteArray image = jpeg(64, 48);
    for (int i = 0; i < 20; ++i)
        place.submit({.bytes = image, .file_name = "late.jpg"}, this,
                     [&answered](const Result<Job>& job) {
                         ++answered;
                         QVERIFY(job || job.failure().code == code_closed);
                     });
    place.close();
    QVERIFY(becomes(place, Connection::State::closed));
    QTRY_COMPARE(answered, 20);
    QCOMPARE(list(place).failure().code, std::string(code_closed));
    // And opens again.
    QVERIFY(open(place));
    QVERIFY(list(place));
}

} // namespace

QTEST_MAIN(TestPlaces)
#include "tst_places.moc"
