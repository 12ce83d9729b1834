// The engine in the app: what is its own, beside what every place does.

#include "desktop/support/place_watch.h"
#include "place/local_place.h"
#include "support/test_images.h"

#include <thumbjobs/error.h>

#include <QDir>
#include <QFile>
#include <QSemaphore>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace desktop;
using namespace desktop::test;
using namespace std::chrono_literals;
using thumbjobs::Engine;
using thumbjobs::Job;
using thumbjobs::JobState;
using State = Connection::State;

namespace {

QByteArray jpeg(int width = 64) {
    const auto bytes = thumbjobs::test::make_test_image({.width = width, .height = width * 3 / 4});
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

class TestLocalPlace : public QObject {
    Q_OBJECT

private slots:
    // Starts libvips, which two threads must not do at once: here, and where a place opens.
    void initTestCase() { jpeg(); }
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void goes_on_after_an_end_in_mid_batch();
    void pauses_and_resumes();
    void says_why_it_cannot_open_data();
    void says_why_it_cannot_open();
    void opening_blocks_nobody();
    void closes_while_it_opens();
    void can_be_left_without_waiting();
    void two_share_a_folder();

private:
    LocalPlace::Options options() const {
        LocalPlace::Options result;
        result.folder = folder_->filePath("deep/down/jobs");
        result.workers = 1;
        result.sandbox = false; // that of the suite for all places is on
        return result;
    }

    std::unique_ptr<QTemporaryDir> folder_;
};

void TestLocalPlace::goes_on_after_an_end_in_mid_batch() {
    constexpr int count = 30;
    std::set<thumbjobs::JobId> ids;
    {
        auto impatient = options();
        impatient.patience = 0ms;
        LocalPlace place(impatient);
        const PlaceWatch watch(place);
        place.open();
        const QByteArray image = jpeg(1'500);
        for (int i = 0; i < count; ++i)
            place.submit({.bytes = image, .file_name = "one.jpg"}, this,
                         [&ids](const Result<Job>& job) { ids.insert(job.value().id); });
        QTRY_COMPARE_WITH_TIMEOUT(ids.size(), std::size_t{count}, patience_ms);
        place.close();
        QVERIFY(becomes(place, State::closed));
    }
    LocalPlace place(options());
    const PlaceWatch watch(place);
    place.open();
    QVERIFY(becomes(place, State::online));
    QTRY_COMPARE(watch.resets, 1);
    for (const auto& id : ids)
        QTRY_VERIFY_WITH_TIMEOUT(get(place, id).value().state == JobState::succeeded, patience_ms);
    const auto page = list(place, {.limit = 100});
    QCOMPARE(page.value().jobs.size(), std::size_t{count});
    for (const Job& job : page.value().jobs)
        QCOMPARE(job.crashes, 0);
}

void TestLocalPlace::pauses_and_resumes() {
    LocalPlace place(options());
    const PlaceWatch watch(place);
    int changes = 0;
    connect(&place, &Place::paused_changed, this, [&changes] { ++changes; });
    QVERIFY(place.description().can_pause);
    place.pause(); // before there is an engine
    place.pause();
    QVERIFY(place.paused());
    QCOMPARE(changes, 1);
    place.open();
    QVERIFY(becomes(place, State::online));
    QCOMPARE(QFileInfo(options().folder).permissions() & (QFile::ReadGroup | QFile::ReadOther),
             QFile::Permissions());
    const auto first = submit(place, {.bytes = jpeg(), .file_name = "a.jpg"}).value().id;
    const auto second = submit(place, {.bytes = jpeg(), .file_name = "b.jpg"}).value().id;
    QVERIFY(get(place, first).value().state == JobState::queued);
    QVERIFY(ask<Job>([&](auto... to) { place.cancel(first, to...); }).value().state ==
            JobState::cancelled);
    QVERIFY(ask<Job>([&](auto... to) { place.retry(first, to...); }).value().state ==
            JobState::queued);
    place.resume();
    QVERIFY(watch.sees(first, JobState::succeeded));
    QVERIFY(watch.sees(second, JobState::succeeded));
    QVERIFY(!place.paused());
}

void TestLocalPlace::says_why_it_cannot_open_data() {
    QTest::addColumn<QString>("how");
    QTest::newRow("a file where the folder should be") << "file";
    QTest::newRow("a database that is none") << "garbage";
    QTest::newRow("a database of a newer version") << "newer";
    QTest::newRow("a full disk") << "full";
}

void TestLocalPlace::says_why_it_cannot_open() {
    QFETCH(QString, how);
    auto wanted = options();
    if (how == "file") {
        wanted.folder = folder_->filePath("file");
        QFile file(wanted.folder);
        QVERIFY(file.open(QIODevice::WriteOnly));
    } else if (how == "garbage") {
        QVERIFY(QDir().mkpath(wanted.folder));
        QFile file(wanted.folder + "/jobs.db");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8'192, 'x'));
    } else if (how == "newer") {
        {
            LocalPlace place(wanted);
            place.open();
            QVERIFY(becomes(place, State::online));
        }
        QFile file(wanted.folder + "/jobs.db");
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(60)); // SQLite's user_version
        file.write("\x7F\xFF\xFF\xFF", 4);
    } else {
        wanted.open_engine = [](thumbjobs::EngineOptions) -> std::unique_ptr<Engine> {
            throw thumbjobs::Error(thumbjobs::ErrorCode::storage_full, "The disk is full.");
        };
    }
    LocalPlace place(wanted);
    place.open();
    bool answered = false;
    place.list({}, this, [&answered](const auto& page) { answered = !page; });
    QVERIFY(becomes(place, State::failed));
    QVERIFY(!place.connection().message.isEmpty());
    QTRY_VERIFY(answered);
    QVERIFY(!submit(place, {.bytes = jpeg(), .file_name = "a.jpg"}));
}

void TestLocalPlace::opening_blocks_nobody() {
    QSemaphore slow_disk;
    auto wanted = options();
    wanted.open_engine = [&slow_disk](thumbjobs::EngineOptions given) {
        slow_disk.acquire();
        return Engine::open(std::move(given));
    };
    LocalPlace place(wanted);
    const LoopProbe probe;
    place.open();
    bool answered = false;
    place.list({}, this, [&answered](const auto& page) { answered = page.ok(); });
    QTRY_VERIFY(probe.turns() > 20);
    QVERIFY(!answered);
    QCOMPARE(place.connection().state, State::connecting);
    slow_disk.release();
    QVERIFY(becomes(place, State::online));
    QTRY_VERIFY(answered);
    QVERIFY2(probe.longest_ms() < 2'000, qPrintable(QString::number(probe.longest_ms())));
}

void TestLocalPlace::closes_while_it_opens() {
    QSemaphore slow_disk;
    auto wanted = options();
    wanted.open_engine = [&slow_disk](thumbjobs::EngineOptions given) {
        slow_disk.acquire();
        return Engine::open(std::move(given));
    };
    LocalPlace place(wanted);
    place.open();
    std::string code;
    place.list({}, this, [&code](const auto& page) { code = page.failure().code; });
    place.close();
    QTRY_COMPARE(code, std::string(code_closed));
    slow_disk.release();
    QVERIFY(becomes(place, State::closed));
    slow_disk.release();
    place.open();
    QVERIFY(becomes(place, State::online));
}

void TestLocalPlace::can_be_left_without_waiting() {
    auto* place = new LocalPlace(options());
    const QPointer<Place> watched(place);
    place->open();
    QVERIFY(becomes(*place, State::online));
    place->retire();
    QVERIFY(watched); // not yet
    QTRY_VERIFY(!watched);
}

void TestLocalPlace::two_share_a_folder() {
    LocalPlace first(options());
    LocalPlace second(options());
    const PlaceWatch watch(second);
    first.open();
    QVERIFY(becomes(first, State::online));
    second.open();
    QVERIFY(becomes(second, State::online));
    const auto job = submit(first, {.bytes = jpeg(), .file_name = "a.jpg"});
    QVERIFY(watch.sees(job.value().id, JobState::succeeded));
    QVERIFY(get(second, job.value().id).value().state == JobState::succeeded);
}

} // namespace

QTEST_MAIN(TestLocalPlace)
#include "tst_local_place.moc"
