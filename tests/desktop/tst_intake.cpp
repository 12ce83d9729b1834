#include "desktop/support/fake_place.h"
#include "desktop/support/rows.h"
#include "model/intake.h"
#include "model/job_feed.h"
#include "model/workspace.h"

#include <QAbstractItemModelTester>
#include <QBuffer>
#include <QDir>
#include <QFile>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include <sys/stat.h>
#include <unistd.h>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::ErrorCode;

namespace {

using Call = FakePlace::Call;

const QByteArray gif = "GIF89a and so on";

void write(const QString& path, const QByteArray& bytes = gif) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

/// A place that is online, with the models that bring images in.
struct Fixture {
    FakePlace place;
    JobsModel model{place};
    JobFeed feed{place, model};
    Intake intake{place, model};
    QTemporaryDir folder;

    Fixture() { place.become(Connection::State::online); }

    QString path(const QString& name) const { return folder.filePath(name); }
    QString make(const QString& name, const QByteArray& bytes = gif) {
        QDir().mkpath(QFileInfo(path(name)).absolutePath());
        write(path(name), bytes);
        return path(name);
    }
    /// Waits until everything that was given is in the list.
    bool scanned() {
        return QTest::qWaitFor([this] {
            model.flush();
            return !intake.scanning();
        });
    }
    QString reason(const QString& name) {
        model.flush();
        for (int row = 0; row < model.rowCount(); ++row)
            if (model.index(row, 0).data(JobsModel::name_role).toString() == name)
                return model.index(row, 0).data(JobsModel::error_code_role).toString();
        return "no such row";
    }
};

Failure failure(ErrorCode code, const QString& message, bool retryable) {
    return {std::string(to_string(code)), message, retryable, {}};
}

class IntakeTest : public QObject {
    Q_OBJECT

private slots:
    void images_become_jobs_and_the_rest_says_why_not();
    void folders_are_walked_once_each_without_what_is_hidden();
    void a_scan_can_be_stopped_and_is_bounded();
    void ten_thousand_refused_files_are_rows_and_nothing_else();
    void few_are_submitted_at_a_time_and_a_stall_stops_nothing_else();
    void a_full_queue_is_waited_for();
    void a_lost_connection_makes_no_second_job();
    void a_refused_token_waits_for_another();
    void an_image_that_is_refused_says_why_and_can_be_tried_again();
    void images_can_be_taken_back();
    void holding_lets_those_under_way_finish();
    void takes_what_is_dropped_and_pasted();
    void what_waits_outlives_the_app();
    void pasted_images_outlive_the_app();
    void a_pasted_image_that_became_a_job_leaves_no_file();
    void a_folder_is_looked_through_to_its_end_after_a_restart();
    void a_folder_keeps_the_preset_it_came_with();
    void a_closing_workspace_carries_out_removals();
    void a_closing_workspace_does_not_wait_for_ever();
};

void IntakeTest::images_become_jobs_and_the_rest_says_why_not() {
    Fixture f;
    f.place.described.max_bytes = 1'000;
    f.place.described.media_types = {"image/gif", "image/png"};
    QAbstractItemModelTester tester(&f.model,
                                    QAbstractItemModelTester::FailureReportingMode::QtTest);
    f.intake.set_renditions({{"small", 10, 10}, {"large", 20, 20}});
    QVERIFY(::mkfifo(QFile::encodeName(f.path("pipe")).constData(), 0600) == 0);
    f.intake.add_paths({f.make("good.gif"), f.make("text.gif", "hello"), f.make("empty.png", {}),
                        f.make("large.gif", gif + QByteArray(1'000, 'x')),
                        f.make("photo.jpg", QByteArray::fromHex("ffd8ffe000104a464946")),
                        f.path("gone.png"), f.path("pipe")});
    QVERIFY(f.scanned());
    QCOMPARE(f.model.rowCount(), 7);
    QCOMPARE(f.reason("text.gif"), "not_an_image");
    QCOMPARE(f.reason("empty.png"), "empty_input");
    QCOMPARE(f.reason("large.gif"), "input_too_large");
    QCOMPARE(f.reason("photo.jpg"), "unsupported_format");
    QCOMPARE(f.reason("gone.png"), "not_found");
    QCOMPARE(f.reason("pipe"), "not_an_image");
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
    QCOMPARE(count(f.model, RowState::refused), 6);
    QCOMPARE(f.place.submissions().size(), std::size_t{1});
    const Submission& submission = f.place.submissions().front();
    QCOMPARE(submission.path, f.path("good.gif"));
    QCOMPARE(submission.renditions.size(), std::size_t{2});
    QVERIFY(!submission.idempotency_key.empty());
    QCOMPARE(f.intake.pending(), 0);
}

void IntakeTest::folders_are_walked_once_each_without_what_is_hidden() {
    Fixture f;
    f.make("a/2.gif");
    f.make("a/10.gif");
    f.make("a/b/3.gif");
    f.make("a/.hidden.gif");
    f.make("a/.git/4.gif");
    QVERIFY(QFile::link(f.path("a"), f.path("a/b/loop")));
    QVERIFY(QFile::link(f.path("a/2.gif"), f.path("a/dangling")));
    QFile::remove(f.path("a/2.gif"));
    QSignalSpy finished(&f.intake, &Intake::scan_finished);
    f.intake.add_paths({f.path("a"), f.make(".asked-for.gif")});
    QVERIFY(f.scanned());
    const auto summary = finished[0][0].value<ScanSummary>();
    QCOMPARE(summary.folders, 2);
    QCOMPARE(summary.hidden, 2);
    f.model.sort(JobsModel::name_column, Qt::AscendingOrder);
    QCOMPARE(names(f.model), (QStringList{".asked-for.gif", "3.gif", "10.gif", "dangling"}));
    QTRY_COMPARE(count(f.model, RowState::queued), 3);
    QCOMPARE(f.reason("dangling"), "not_found");
}

void IntakeTest::a_scan_can_be_stopped_and_is_bounded() {
    Fixture f;
    for (int i = 0; i < 1'200; ++i)
        f.make(QString("many/%1.gif").arg(i), "x");
    FileScanner scanner;
    QSignalSpy finished(&scanner, &FileScanner::finished);
    int found = 0;
    connect(&scanner, &FileScanner::found, &scanner, [&](const auto& files) {
        found += static_cast<int>(files.size());
        scanner.stop();
    });
    scanner.start({f.path("many")}, {});
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(finished[0][0].value<ScanSummary>().stopped);
    QVERIFY(found < 3'000);
    ScanLimits limits;
    limits.max_files = 10;
    FileScanner bounded;
    QSignalSpy ended(&bounded, &FileScanner::finished);
    bounded.start({f.path("many")}, limits);
    QTRY_COMPARE(ended.size(), 1);
    QVERIFY(ended[0][0].value<ScanSummary>().cut_off);
    QCOMPARE(ended[0][0].value<ScanSummary>().files, 10);
}

void IntakeTest::ten_thousand_refused_files_are_rows_and_nothing_else() {
    Fixture f;
    const QByteArray one = QFile::encodeName(f.make("many/0.txt", "x"));
    for (int i = 1; i < 10'000; ++i) // names of one file: quicker to make
        QCOMPARE(::link(one.constData(),
                        QFile::encodeName(f.path(QString("many/%1.txt").arg(i))).constData()),
                 0);
    QSignalSpy inserted(&f.model, &JobsModel::rowsInserted);
    QSignalSpy obstacles(&f.intake, &Intake::obstacle_changed);
    f.intake.add_paths({f.path("many")});
    QVERIFY(f.scanned());
    QCOMPARE(count(f.model, RowState::refused), 10'000);
    QVERIFY(inserted.size() < 500); // gathered
    QCOMPARE(obstacles.size(), 0);
    QCOMPARE(f.place.submissions().size(), std::size_t{0});
}

void IntakeTest::few_are_submitted_at_a_time_and_a_stall_stops_nothing_else() {
    Fixture f;
    f.place.described.submits_at_a_time = 3;
    f.place.stall(Call::submit);
    for (int i = 0; i < 1'000; ++i)
        f.make(QString("many/%1.gif").arg(i));
    f.intake.add_paths({f.path("many")});
    QVERIFY(f.scanned());
    QCOMPARE(f.place.submissions().size(), std::size_t{3});
    f.model.flush();
    QCOMPARE(count(f.model, RowState::uploading), 3);
    QCOMPARE(count(f.model, RowState::waiting), 997);
    QCOMPARE(f.intake.pending(), 1'000);
    f.place.release(Call::submit);
    QTRY_COMPARE(count(f.model, RowState::queued), 1'000);
    QCOMPARE(f.place.size(), std::size_t{1'000});
    QTRY_COMPARE(f.model.rowCount(), 1'000);
}

void IntakeTest::a_full_queue_is_waited_for() {
    Fixture f;
    Failure full = failure(ErrorCode::queue_full, "The queue is full.", true);
    full.retry_after = std::chrono::milliseconds(1);
    f.place.fail(Call::submit, full);
    f.intake.add_paths({f.make("a.gif"), f.make("b.gif")});
    QTRY_COMPARE(f.intake.obstacle(), "The queue is full.");
    QTRY_VERIFY(f.place.submissions().size() > 3);
    QCOMPARE(count(f.model, RowState::refused), 0);
    f.place.fail(Call::submit, std::nullopt);
    QTRY_COMPARE(count(f.model, RowState::queued), 2);
    QCOMPARE(f.intake.obstacle(), QString());
    QCOMPARE(f.place.size(), std::size_t{2});
}

void IntakeTest::a_lost_connection_makes_no_second_job() {
    Fixture f;
    f.place.described.submits_at_a_time = 1;
    f.place.fail(Call::submit, Failure{code_unreachable, "The server does not answer.", true, {}});
    f.intake.add_paths({f.make("a.gif")});
    QTRY_COMPARE(f.intake.obstacle(), "The server does not answer.");
    f.place.become(Connection::State::reconnecting);
    f.place.fail(Call::submit, std::nullopt);
    f.place.become(Connection::State::online);
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
    QVERIFY(f.place.submissions().size() >= 2);
    for (const Submission& submission : f.place.submissions())
        QCOMPARE(submission.idempotency_key, f.place.submissions().front().idempotency_key);
}

void IntakeTest::a_refused_token_waits_for_another() {
    Fixture f;
    f.place.fail(Call::submit, Failure{code_refused, "The token is not accepted.", false, {}});
    f.intake.add_paths({f.make("a.gif")});
    QTRY_COMPARE(f.intake.obstacle(), "The token is not accepted.");
    f.place.become(Connection::State::refused);
    f.model.flush();
    QCOMPARE(count(f.model, RowState::waiting), 1);
    f.place.fail(Call::submit, std::nullopt);
    f.place.become(Connection::State::online);
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
}

void IntakeTest::an_image_that_is_refused_says_why_and_can_be_tried_again() {
    Fixture f;
    f.place.fail(Call::submit, failure(ErrorCode::input_too_large, "It is too large.", false));
    f.intake.add_paths({f.make("a.gif")});
    QTRY_COMPARE(count(f.model, RowState::refused), 1);
    const RowKey key = f.model.keys_in(in_set(RowState::refused)).front();
    QCOMPARE(f.model.message(key), "It is too large.");
    f.place.fail(Call::submit, std::nullopt);
    QVERIFY(f.intake.can_retry(key));
    f.intake.retry({key});
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
    QCOMPARE(f.model.message(key), QString());
    QTRY_COMPARE(f.model.rowCount(), 1);
}

void IntakeTest::images_can_be_taken_back() {
    Fixture f;
    f.place.described.submits_at_a_time = 1;
    f.place.stall(Call::submit);
    f.intake.add_paths({f.make("a.gif"), f.make("b.gif"), f.make("c.gif")});
    QVERIFY(f.scanned());
    QCOMPARE(f.place.submissions().size(), std::size_t{1});
    f.model.sort(JobsModel::name_column, Qt::AscendingOrder);
    const RowKey under_way = f.model.key_at(0);
    const RowKey waiting = f.model.key_at(1);
    const RowKey discarded = f.model.key_at(2);
    f.intake.cancel({under_way, waiting});
    f.intake.discard({discarded});
    f.model.flush();
    QCOMPARE(count(f.model, RowState::cancelled), 2);
    QCOMPARE(f.model.rowCount(), 2);
    f.place.release(Call::submit);
    QTRY_COMPARE(f.place.calls(Call::cancel), 1); // it had become a job meanwhile
    QTRY_COMPARE(count(f.model, RowState::cancelled), 2);
    QCOMPARE(f.place.submissions().size(), std::size_t{1});
    f.intake.retry({waiting});
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
}

void IntakeTest::holding_lets_those_under_way_finish() {
    Fixture f;
    f.place.described.submits_at_a_time = 1;
    f.place.stall(Call::submit);
    f.intake.add_paths({f.make("a.gif"), f.make("b.gif")});
    QVERIFY(f.scanned());
    f.intake.hold(true);
    f.place.release(Call::submit);
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
    QCOMPARE(count(f.model, RowState::waiting), 1);
    QCOMPARE(f.place.submissions().size(), std::size_t{1});
    f.intake.hold(false);
    QTRY_COMPARE(count(f.model, RowState::queued), 2);
}

void IntakeTest::takes_what_is_dropped_and_pasted() {
    Fixture f;
    QMimeData text;
    text.setText("hello");
    QVERIFY(!Intake::can_take(text));
    QMimeData files;
    files.setUrls(
        {QUrl::fromLocalFile(f.make("a.gif")), QUrl::fromLocalFile(f.make("b.txt", "x"))});
    QVERIFY(Intake::can_take(files));
    QVERIFY(f.intake.add_mime(files));
    QVERIFY(f.scanned());
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
    // An image out of a browser: its address, and the image itself.
    QMimeData browser;
    browser.setUrls({QUrl("https://example.org/pictures/cat.png")});
    QImage image(20, 10, QImage::Format_RGB32);
    image.fill(Qt::blue);
    browser.setImageData(image);
    QVERIFY(f.intake.add_mime(browser));
    QTRY_COMPARE(count(f.model, RowState::queued), 2);
    QCOMPARE(f.place.submissions().back().file_name, "cat.png");
    QCOMPARE(QImage::fromData(f.place.submissions().back().bytes, "png").size(), QSize(20, 10));
    // The file itself goes before what the toolkit has decoded.
    QMimeData pasted;
    pasted.setImageData(image);
    pasted.setData("image/gif", gif);
    QVERIFY(f.intake.add_mime(pasted));
    QTRY_COMPARE(count(f.model, RowState::queued), 3);
    QCOMPARE(f.place.submissions().back().bytes, gif);
    QVERIFY(!f.place.submissions().back().file_name.isEmpty());
    // An address alone.
    QMimeData address;
    address.setUrls({QUrl("https://example.org/dog.png")});
    QVERIFY(f.intake.add_mime(address));
    f.model.flush();
    QCOMPARE(count(f.model, RowState::refused), 2);
    QVERIFY(!f.intake.can_retry(f.model.keys_in(in_set(RowState::refused)).back()));
    f.intake.add_bytes("nonsense", "nonsense.png");
    QCOMPARE(f.reason("nonsense.png"), "not_an_image");
}

void IntakeTest::what_waits_outlives_the_app() {
    QTemporaryDir folder;
    const QString kept = folder.filePath("state/pending.json");
    FakePlace place;
    place.described.submits_at_a_time = 1;
    place.become(Connection::State::online);
    place.stall(Call::submit);
    write(folder.filePath("a.gif"));
    write(folder.filePath("b.gif"));
    std::string first_key;
    {
        Workspace workspace(place, kept);
        workspace.intake().set_renditions({{"large", 300, 300}});
        workspace.intake().add_paths({folder.filePath("a.gif"), folder.filePath("b.gif")});
        QTRY_COMPARE(workspace.intake().pending(), 2);
        QTRY_COMPARE(place.submissions().size(), std::size_t{1});
        first_key = place.submissions()[0].idempotency_key;
        bool done = false;
        workspace.shut_down([&] { done = true; });
        QTRY_VERIFY(done);
    }
    // The one under way became a job after all.
    place.release(Call::submit);
    QTRY_COMPARE(place.size(), std::size_t{1});
    Workspace workspace(place, kept);
    QTRY_COMPARE(place.size(), std::size_t{2});
    QTRY_COMPARE(count(workspace.jobs(), RowState::queued), 2);
    QTRY_COMPARE(workspace.jobs().rowCount(), 2);
    QCOMPARE(place.submissions()[1].idempotency_key, first_key);
    QCOMPARE(place.submissions()[2].renditions.front().width, 300);
    bool done = false;
    workspace.shut_down([&] { done = true; });
    QTRY_VERIFY(done);
    QVERIFY(!QFile::exists(kept));
}

/// As the app does before it ends.
bool shut_down(Workspace& workspace) {
    bool done = false;
    workspace.shut_down([&] { done = true; });
    return QTest::qWaitFor([&] { return done; }, 30'000);
}

void IntakeTest::pasted_images_outlive_the_app() {
    QTemporaryDir folder;
    const QString kept = folder.filePath("state/pending.json");
    const QDir pasted(kept + "-pasted");
    FakePlace place; // not online: nothing is submitted
    QImage image(30, 20, QImage::Format_RGB32);
    image.fill(Qt::red);
    {
        Workspace workspace(place, kept);
        workspace.intake().set_renditions({{"large", 300, 300}});
        workspace.intake().add_bytes(gif, "Cat from the web");
        // This one is still being encoded when the app ends.
        workspace.intake().add_image(image, "Pasted 1");
        QVERIFY(shut_down(workspace));
        QCOMPARE(pasted.entryList(QDir::Files).size(), 2);
        QCOMPARE(QFileInfo(pasted.path()).permissions() & QFile::ReadOther, QFile::Permissions());
    }
    // A file that nobody knows of any more, as after a crash between two writes.
    write(pasted.filePath("orphan"));
    {
        Workspace workspace(place, kept);
        QTRY_COMPARE(workspace.intake().pending(), 2);
        QVERIFY(!pasted.exists("orphan"));
        QVERIFY(shut_down(workspace)); // and a second time
    }
    place.become(Connection::State::online);
    Workspace workspace(place, kept);
    QTRY_COMPARE(count(workspace.jobs(), RowState::queued), 2);
    QCOMPARE(place.submissions()[0].file_name, "Cat from the web");
    QCOMPARE(place.submissions()[1].file_name, "Pasted 1.png");
    for (const Submission& submission : place.submissions()) {
        QCOMPARE(submission.renditions.front().width, 300);
        QCOMPARE(QFileInfo(submission.path).path(), pasted.path());
    }
    QTRY_VERIFY(pasted.isEmpty());
    QVERIFY(shut_down(workspace));
    QVERIFY(!QFile::exists(kept));
}

void IntakeTest::a_pasted_image_that_became_a_job_leaves_no_file() {
    QTemporaryDir folder;
    const QString kept = folder.filePath("pending.json");
    const QDir pasted(kept + "-pasted");
    FakePlace place;
    place.become(Connection::State::online);
    Workspace workspace(place, kept);
    place.stall(Call::submit);
    workspace.intake().add_bytes(gif, "a.gif");
    QTRY_COMPARE(pasted.entryList(QDir::Files).size(), 1);
    // Known before the app could crash, not at its end only.
    QTRY_VERIFY(QFile(kept).size() > 0);
    place.release(Call::submit);
    QTRY_COMPARE(count(workspace.jobs(), RowState::queued), 1);
    QCOMPARE(place.submissions().front().bytes, gif);
    QTRY_VERIFY(pasted.isEmpty());
    // Taken back before it was submitted.
    workspace.intake().hold(true);
    workspace.intake().add_bytes(gif, "b.gif");
    QTRY_COMPARE(pasted.entryList(QDir::Files).size(), 1);
    workspace.queue().remove(workspace.jobs().keys_in(in_set(RowState::waiting)));
    workspace.queue().carry_out_removal();
    QTRY_VERIFY(pasted.isEmpty());
}

void IntakeTest::a_folder_is_looked_through_to_its_end_after_a_restart() {
    QTemporaryDir folder;
    const QString kept = folder.filePath("pending.json");
    const QDir images(folder.filePath("images"));
    QStringList wanted;
    // More than a scan tells at a time, in folders between files.
    for (int i = 0; i < 1'200; ++i) {
        const QString name = QStringLiteral("%1/%2.gif").arg(i / 7 % 40).arg(i);
        QVERIFY(images.mkpath(QFileInfo(name).path()));
        write(images.filePath(name));
        wanted.append(images.filePath(name));
    }
    const QString second = folder.filePath("second.gif");
    write(second);
    wanted.append(second);
    FakePlace place; // not online: nothing is submitted
    {
        Workspace workspace(place, kept);
        connect(&workspace.intake(), &Intake::scan_progress, &workspace, [&](int files) {
            if (files > 0) // at its first batch, so that most is not looked at yet
                workspace.intake().suspend();
        });
        workspace.intake().add_paths({images.path()});
        workspace.intake().add_paths({second});
        QTRY_VERIFY(workspace.intake().held());
        QVERIFY(shut_down(workspace));
        QVERIFY(workspace.intake().pending() < 1'200);
        QCOMPARE(workspace.intake().snapshot().scans.size(), std::size_t{2});
    }
    place.become(Connection::State::online);
    Workspace workspace(place, kept);
    QTRY_COMPARE_WITH_TIMEOUT(place.submissions().size(), std::size_t(wanted.size()), 60'000);
    QStringList submitted;
    for (const Submission& submission : place.submissions())
        submitted.append(submission.path);
    submitted.sort();
    wanted.sort();
    QCOMPARE(submitted, wanted); // each of them, and none of them twice
}

void IntakeTest::a_folder_keeps_the_preset_it_came_with() {
    Fixture f;
    f.make("a/1.gif");
    f.intake.set_renditions({{"small", 10, 10}});
    f.intake.add_paths({f.path("a")});
    f.intake.set_renditions({{"large", 300, 300}});
    f.intake.add_paths({f.make("2.gif")});
    QVERIFY(f.scanned());
    QTRY_COMPARE(f.place.submissions().size(), std::size_t{2});
    QCOMPARE(f.place.submissions()[0].renditions.front().width, 10);
    QCOMPARE(f.place.submissions()[1].renditions.front().width, 300);
}

void IntakeTest::a_closing_workspace_carries_out_removals() {
    FakePlace place;
    place.add_silently(3, thumbjobs::JobState::succeeded);
    place.become(Connection::State::online);
    Workspace workspace(place);
    QTRY_COMPARE(workspace.jobs().rowCount(), 3);
    workspace.queue().remove({workspace.jobs().key_at(0)});
    QCOMPARE(place.size(), std::size_t{3});
    bool done = false;
    workspace.shut_down([&] { done = true; });
    QTRY_VERIFY(done);
    QCOMPARE(place.size(), std::size_t{2});
}

void IntakeTest::a_closing_workspace_does_not_wait_for_ever() {
    FakePlace place;
    place.add_silently(1, thumbjobs::JobState::succeeded);
    place.become(Connection::State::online);
    Workspace workspace(place);
    QTRY_COMPARE(workspace.jobs().rowCount(), 1);
    place.stall(Call::remove);
    workspace.queue().remove({workspace.jobs().key_at(0)});
    bool done = false;
    workspace.shut_down([&] { done = true; });
    QTRY_VERIFY_WITH_TIMEOUT(done, 30'000);
}

} // namespace

QTEST_MAIN(IntakeTest)
#include "tst_intake.moc"
