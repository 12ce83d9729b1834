#include "desktop/support/fake_place.h"
#include "desktop/support/rows.h"
#include "model/presets.h"
#include "model/statistics.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace desktop;
using namespace desktop::test;
using namespace std::chrono_literals;
using thumbjobs::JobState;

namespace {

/// Statistics under a clock of the test's.
struct Fixture {
    FakePlace place;
    JobsModel model{place};
    qint64 now = 1'000'000;
    Statistics statistics{model, nullptr, [this] { return now; }};
    QSignalSpy done{&statistics, &Statistics::batch_done};

    void pass(std::chrono::milliseconds time) {
        for (auto left = time; left > 0ms; left -= 1s) {
            now += std::min<std::chrono::milliseconds>(left, 1s).count();
            statistics.tick();
        }
    }
    void add(int number) {
        model.apply(make_job(number, JobState::queued, "x"));
        model.flush();
    }
    void end(int number, JobState state, std::chrono::milliseconds after = 250ms) {
        auto job = make_job(number, state, "x");
        job.finished_at = job.created_at + after;
        job.updated_at = *job.finished_at;
        model.apply(job);
        model.flush();
    }
};

class StatisticsTest : public QObject {
    Q_OBJECT

private slots:
    void counts_what_ends_and_how_long_it_took();
    void old_jobs_are_no_news();
    void a_batch_ends_once();
    void what_was_under_way_before_is_a_batch();
    void removed_and_refused_images_belong_to_the_batch();
    void the_remaining_time_withstands_a_burst();
    void a_scan_keeps_the_batch_open();
    void memory_is_bounded();
    void presets_are_kept();
    void presets_are_validated();
    void broken_settings_are_passed_over();
};

void StatisticsTest::counts_what_ends_and_how_long_it_took() {
    Fixture f;
    for (int i = 0; i < 20; ++i)
        f.add(i);
    for (int i = 0; i < 19; ++i)
        f.end(i, JobState::succeeded, i < 18 ? 1s : 10s);
    f.end(19, JobState::failed);
    const History history = f.statistics.history();
    QCOMPARE(history.per_minute.size(), std::size_t{Statistics::steps});
    QCOMPARE(history.per_minute.back(), 20 * 12.0);
    QCOMPARE(history.p50.back(), 1.0);
    QCOMPARE(history.p95.back(), 10.0);
    QVERIFY(std::isnan(history.p50.front()));
    QCOMPARE(f.statistics.last_minute(), 20);
    f.pass(5s);
    f.add(100);
    QCOMPARE(f.statistics.history().per_minute.back(), 0.0);
    QCOMPARE(f.statistics.history().per_minute[Statistics::steps - 2], 240.0);
    QCOMPARE(f.statistics.history().depth.back(), 1.0);
    QCOMPARE(f.statistics.history().depth[Statistics::steps - 2], 0.0);
    f.pass(60s);
    QCOMPARE(f.statistics.last_minute(), 0);
    f.now += 3'600'000; // the machine slept
    f.statistics.tick();
    for (const double rate : f.statistics.history().per_minute)
        QCOMPARE(rate, 0.0);
}

void StatisticsTest::old_jobs_are_no_news() {
    Fixture f;
    f.model.begin_listing();
    for (int i = 0; i < 50; ++i)
        f.model.apply(make_job(i, JobState::succeeded, "x"), true);
    f.model.end_listing();
    QCOMPARE(f.statistics.last_minute(), 0);
    QVERIFY(!f.statistics.batch().active);
}

void StatisticsTest::a_batch_ends_once() {
    Fixture f;
    f.add(1);
    f.add(2);
    QVERIFY(f.statistics.batch().active);
    QCOMPARE(f.statistics.batch().total, 2);
    f.end(1, JobState::succeeded);
    QCOMPARE(f.statistics.batch().progress(), 0.5);
    f.pass(10s);
    QCOMPARE(f.done.size(), 0);
    f.end(2, JobState::failed);
    f.add(3); // comes right behind it
    f.pass(10s);
    QCOMPARE(f.done.size(), 0);
    f.end(3, JobState::cancelled);
    f.pass(10s);
    QCOMPARE(f.done.size(), 1);
    const auto batch = f.done[0][0].value<Batch>();
    QCOMPARE(batch.total, 3);
    QCOMPARE(batch.succeeded, 1);
    QCOMPARE(batch.failed, 1);
    QCOMPARE(batch.cancelled, 1);
    f.add(4);
    QCOMPARE(f.statistics.batch().total, 1);
    f.end(4, JobState::succeeded);
    f.pass(10s);
    QCOMPARE(f.done.size(), 2);
    // Tried again: a batch of its own.
    auto job = make_job(2, JobState::queued, "x");
    job.updated_at += 1h;
    f.model.apply(job);
    f.model.flush();
    QVERIFY(f.statistics.batch().active);
}

void StatisticsTest::what_was_under_way_before_is_a_batch() {
    Fixture f;
    f.model.begin_listing();
    f.model.apply(make_job(1, JobState::succeeded, "x"), true);
    f.model.apply(make_job(2, JobState::queued, "x"), true);
    f.model.apply(make_job(3, JobState::processing, "x"), true);
    f.model.end_listing();
    QCOMPARE(f.statistics.batch().total, 2);
    f.end(2, JobState::succeeded);
    f.end(3, JobState::succeeded);
    f.pass(5s);
    QCOMPARE(f.done.size(), 1);
    QCOMPARE(f.done[0][0].value<Batch>().succeeded, 2);
}

void StatisticsTest::removed_and_refused_images_belong_to_the_batch() {
    Fixture f;
    const RowKey refused = f.model.add(RowState::waiting, "a", 0, {});
    f.model.refuse(refused, RowState::refused, thumbjobs::ErrorCode::not_an_image, "No image.");
    const RowKey waiting = f.model.add(RowState::waiting, "b", 0, {});
    f.model.flush();
    QCOMPARE(f.statistics.batch().total, 2);
    QCOMPARE(f.statistics.batch().failed, 1);
    f.model.remove(waiting);
    f.model.flush();
    QCOMPARE(f.statistics.batch().total, 1);
    f.pass(5s);
    QCOMPARE(f.done.size(), 1);
}

void StatisticsTest::the_remaining_time_withstands_a_burst() {
    Fixture f;
    for (int i = 0; i < 1'000; ++i)
        f.model.apply(make_job(i, JobState::queued, "x"));
    f.model.flush();
    f.statistics.tick();
    QVERIFY(!f.statistics.batch().remaining);
    int next = 0;
    for (int second = 0; second < 40; ++second) { // two a second
        f.end(next++, JobState::succeeded);
        f.end(next++, JobState::succeeded);
        f.pass(1s);
    }
    QVERIFY(f.statistics.batch().remaining);
    const auto steady = f.statistics.batch().remaining->count();
    QVERIFY2(steady > 350 && steady < 600, qPrintable(QString::number(steady)));
    for (int i = 0; i < 200; ++i) // a burst of what costs nothing
        f.end(next++, JobState::failed);
    f.pass(5s);
    const auto after = f.statistics.batch().remaining->count();
    QVERIFY2(after > 250 && after < 600, qPrintable(QString::number(after)));
    f.pass(60s); // a stall
    QVERIFY(!f.statistics.batch().remaining || f.statistics.batch().remaining->count() > after);
}

void StatisticsTest::a_scan_keeps_the_batch_open() {
    Fixture f;
    bool scanning = true;
    f.statistics.set_busy([&] { return scanning; });
    f.add(1);
    f.end(1, JobState::succeeded);
    f.pass(10s);
    QCOMPARE(f.done.size(), 0);
    scanning = false;
    f.pass(5s);
    QCOMPARE(f.done.size(), 1);
}

void StatisticsTest::memory_is_bounded() {
    Fixture f;
    for (int i = 0; i < 20'000; ++i)
        f.model.apply(make_job(i, JobState::queued, "x"));
    f.model.flush();
    for (int i = 0; i < 20'000; ++i) {
        auto job = make_job(i, JobState::succeeded, "x");
        job.finished_at = job.created_at + std::chrono::milliseconds(i);
        job.updated_at += 1s;
        f.model.apply(job);
    }
    f.model.flush();
    // A sample of them is as good as all: a fair one.
    QVERIFY(std::abs(f.statistics.history().p50.back() - 10.0) < 2.5);
    QVERIFY(f.statistics.history().p95.back() > 17.0);
}

struct Settings {
    QTemporaryDir folder;
    QString path = folder.filePath("settings.ini");
    std::unique_ptr<QSettings> open() const {
        return std::make_unique<QSettings>(path, QSettings::IniFormat);
    }
};

void StatisticsTest::presets_are_kept() {
    Settings settings;
    {
        Presets presets(settings.open());
        QAbstractItemModelTester tester(&presets,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(presets.at(0).id, "thumbnail");
        QCOMPARE(presets.current_renditions().front(), thumbjobs::RenditionSpec());
        QVERIFY(presets.add({{}, " Mine ", {{"a", 10, 20}, {"b", 30, 40}}}));
        presets.set_current(presets.count() - 1);
        QVERIFY(presets.remove(1));
        QCOMPARE(presets.at(presets.current()).name, "Mine");
        presets.move(presets.current(), 0);
        QCOMPARE(presets.current(), 0);
        auto changed = presets.at(0);
        changed.renditions[0].quality = 55;
        QVERIFY(presets.replace(0, changed));
    }
    Presets presets(settings.open());
    QCOMPARE(presets.at(0).name, "Mine");
    QCOMPARE(presets.current(), 0);
    QCOMPARE(presets.current_renditions().size(), std::size_t{2});
    QCOMPARE(presets.current_renditions()[0].quality, 55);
    QCOMPARE(presets.count(), static_cast<int>(Presets::built_in().size()));
    presets.reset();
    QCOMPARE(presets.at(0).id, "thumbnail");
    for (int row = presets.count() - 1; row > 0; --row)
        QVERIFY(presets.remove(row));
    QVERIFY(!presets.remove(0));
}

void StatisticsTest::presets_are_validated() {
    Settings settings;
    Presets presets(settings.open());
    for (const Preset& preset : Presets::built_in()) {
        Preset renamed = preset;
        renamed.name += "!";
        QCOMPARE(presets.fault(renamed), QString());
    }
    QVERIFY(!presets.fault({{}, "", {{"a", 1, 1}}}).isEmpty());
    QVERIFY(!presets.fault({{}, presets.at(0).name.toUpper(), {{"a", 1, 1}}}).isEmpty());
    QVERIFY(presets.fault({{}, "x", {{"a", 0, 1}}}).contains("width"));
    QVERIFY(!presets.fault({{}, "x", {}}).isEmpty());
    QVERIFY(!presets.fault({{}, "x", {{"a", 1, 1}, {"a", 2, 2}}}).isEmpty());
    QVERIFY(!presets.add({{}, "x", {}}));
    QVERIFY(!presets.replace(0, {{}, "x", {}}));
    QCOMPARE(presets.count(), static_cast<int>(Presets::built_in().size()));
}

void StatisticsTest::broken_settings_are_passed_over() {
    Settings settings;
    {
        QSettings raw(settings.path, QSettings::IniFormat);
        raw.beginWriteArray("presets", 3);
        raw.setArrayIndex(0);
        raw.setValue("id", "a");
        raw.setValue("name", "A");
        raw.setValue("renditions", "nonsense");
        raw.setArrayIndex(1);
        raw.setValue("id", "b");
        raw.setValue("name", "B");
        raw.setValue("renditions", R"([{"name":"b","width":5,"height":5}])");
        raw.endArray();
        raw.setValue("preset", "a");
    }
    Presets presets(settings.open());
    QCOMPARE(presets.count(), 1);
    QCOMPARE(presets.at(0).name, "B");
    QCOMPARE(presets.current(), 0);
}

} // namespace

QTEST_MAIN(StatisticsTest)
#include "tst_statistics.moc"
