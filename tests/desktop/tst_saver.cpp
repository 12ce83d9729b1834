#include "desktop/support/fake_place.h"
#include "desktop/support/rows.h"
#include "model/file_drag.h"
#include "model/file_name.h"
#include "model/job_feed.h"
#include "model/result_export.h"
#include "model/safe_write.h"
#include "model/saver.h"

#include <QBuffer>
#include <QClipboard>
#include <QDir>
#include <QFile>
#include <QGuiApplication>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::JobState;

namespace {

using Call = FakePlace::Call;

QByteArray content(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : "no such file";
}

void put(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

QStringList files_in(const QString& folder) {
    return QDir(folder).entryList(QDir::Files | QDir::Hidden | QDir::System, QDir::Name);
}

/// Submits files as the intake does, so that the list knows where they come from.
struct Fixture {
    FakePlace place;
    JobsModel model{place};
    JobFeed feed{place, model};
    Saver saver{place, model};
    QTemporaryDir folder;
    QSignalSpy finished{&saver, &Saver::finished};

    Fixture() {
        place.become(Connection::State::online);
        place.image = "a thumbnail";
    }
    QString path(const QString& name) const { return folder.filePath(name); }
    RowKey job(const QString& name, const Source& source = {}) {
        const RowKey key = model.add(RowState::uploading, name, 10, source);
        Submission submission;
        submission.file_name = name;
        std::optional<thumbjobs::Job> made;
        place.submit(submission, &model, [&](const auto& answer) { made = answer.value(); });
        if (!QTest::qWaitFor([&] { return made.has_value(); }))
            return 0;
        model.become_job(key, *made);
        place.succeed(made->id);
        if (!QTest::qWaitFor([&] { return model.row(key)->state == RowState::succeeded; }))
            return 0;
        model.flush();
        return key;
    }
    SaveSummary end() {
        if (!QTest::qWaitFor([&] { return !finished.isEmpty(); }))
            return {};
        return finished.takeFirst()[0].value<SaveSummary>();
    }
};

Source source_of(const QString& path) {
    struct stat status {};
    ::stat(QFile::encodeName(path).constData(), &status);
    return {path, status.st_dev, status.st_ino};
}

class SaverTest : public QObject {
    Q_OBJECT

private slots:
    void names_are_safe_data();
    void names_are_safe();
    void patterns_name_files();
    void wrong_patterns_say_why_data();
    void wrong_patterns_say_why();
    void collisions_are_settled_as_chosen();
    void no_file_is_lost_between_two_that_write_at_once();
    void originals_are_never_replaced();
    void an_unknown_original_is_guessed();
    void saves_all_to_a_folder();
    void images_of_one_name_do_not_replace_each_other();
    void hostile_names_stay_in_the_folder();
    void a_failure_is_counted_and_the_rest_is_saved();
    void saving_can_be_cancelled();
    void saves_one_under_a_chosen_path();
    void exports_results();
    void formulas_are_disarmed();
    void rows_are_dragged_out_as_files();
    void an_image_is_copied();
    void the_original_is_found_or_fetched();
};

void SaverTest::names_are_safe_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("safe");
    const auto row = [](const char* what, const QString& name, const QString& safe) {
        QTest::newRow(what) << name << safe;
    };
    row("plain", "cat.jpg", "cat.jpg");
    row("folders", "../../etc/passwd", "_._.._etc_passwd");
    row("two dots", "..", "_");
    row("backslash", "a\\b.png", "a_b.png");
    row("absolute", "/etc/cron.d/x", "_etc_cron.d_x");
    row("hidden", ".bashrc", "_bashrc");
    row("zero byte", QString("a") + QChar(0) + "b.png", "a_b.png");
    row("line break", "a\nb.png", "a_b.png");
    row("direction", QString("exe.") + QChar(0x202e) + "gpj", "exe._gpj");
    row("device", "con.jpg", "_con.jpg");
    row("device with blank", "NUL .png", "_NUL .png");
    row("reserved characters", "a:b*c?\"<>|.png", "a_b_c_____.png");
    row("dot at the end", "name. ", "name");
    row("empty", "", "image");
    row("blank", "   ", "image");
    row("umlaut", "u\u0308ber.png", "\u00fcber.png");
}

void SaverTest::names_are_safe() {
    QFETCH(QString, name);
    QFETCH(QString, safe);
    QCOMPARE(safe_file_name(name), safe);
    const QString longer = safe_file_name(name + QString(300, QChar(0xe9)) + ".jpeg");
    QVERIFY(longer.toUtf8().size() <= 200);
    QVERIFY(longer.endsWith(".jpeg"));
}

void SaverTest::patterns_name_files() {
    NameFields fields;
    fields.name = "holiday.2024.jpeg";
    fields.rendition = "web";
    fields.width = 1200;
    fields.height = 800;
    fields.index = 7;
    fields.id = "0190";
    fields.date = QDate(2026, 1, 31);
    fields.media_type = "image/webp";
    const auto expand = [&](const char* text) {
        const auto pattern = NamePattern::parse(text);
        return pattern ? pattern->expand(fields) : QString("no pattern");
    };
    QCOMPARE(NamePattern::standard().expand(fields), "holiday.2024-web.webp");
    QCOMPARE(expand("{index:4} {name} {width}x{height}"), "0007 holiday.2024 1200x800.webp");
    QCOMPARE(expand("{date}_{id}.{ext}"), "2026-01-31_0190.webp");
    QCOMPARE(expand("{{{name}}}"), "{holiday.2024}.webp");
    fields.media_type = "text/html";
    QCOMPARE(expand("{index}"), "7.bin");
}

void SaverTest::wrong_patterns_say_why_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("part");
    QTest::newRow("empty") << " "
                           << "empty";
    QTest::newRow("unknown") << "{nmae}"
                             << "{nmae}";
    QTest::newRow("open") << "a{name"
                          << "not closed";
    QTest::newRow("closed") << "a}b"
                            << "before it";
    QTest::newRow("folder") << "a/{name}"
                            << "\"/\"";
    QTest::newRow("digits") << "{index:99}"
                            << "{index:99}";
    QTest::newRow("digits of a name") << "{name:3}"
                                      << "{name:3}";
    QTest::newRow("long") << QString(201, 'x') << "201";
}

void SaverTest::wrong_patterns_say_why() {
    QFETCH(QString, pattern);
    QFETCH(QString, part);
    QString fault;
    QVERIFY(!NamePattern::parse(pattern, &fault));
    QVERIFY2(fault.contains(part), qPrintable(fault));
}

void SaverTest::collisions_are_settled_as_chosen() {
    QTemporaryDir folder;
    const auto write = [&](Collision collision, const QByteArray& bytes) {
        return write_file(folder.path(), "a.png", bytes, collision, {});
    };
    QCOMPARE(write(Collision::skip, "1").outcome, Written::Outcome::written);
    QCOMPARE(write(Collision::skip, "2").outcome, Written::Outcome::skipped);
    QCOMPARE(write(Collision::rename, "3").path, folder.filePath("a (2).png"));
    QCOMPARE(write(Collision::rename, "4").path, folder.filePath("a (3).png"));
    QCOMPARE(content(folder.filePath("a.png")), "1");
    QCOMPARE(write(Collision::overwrite, "5").path, folder.filePath("a.png"));
    QCOMPARE(content(folder.filePath("a.png")), "5");
    QCOMPARE(files_in(folder.path()), (QStringList{"a (2).png", "a (3).png", "a.png"}));
    // A folder in the way, and one that is not there.
    QVERIFY(QDir(folder.path()).mkdir("b.png"));
    QCOMPARE(write_file(folder.path(), "b.png", "x", Collision::overwrite, {}).outcome,
             Written::Outcome::failed);
    const auto gone = write_file(folder.filePath("gone"), "a", "x", Collision::rename, {});
    QCOMPARE(gone.outcome, Written::Outcome::failed);
    QVERIFY(!gone.message.isEmpty());
    // A link is replaced, not followed.
    put(folder.filePath("target"), "untouched");
    QVERIFY(QFile::link(folder.filePath("target"), folder.filePath("link.png")));
    write_file(folder.path(), "link.png", "x", Collision::overwrite, {});
    QCOMPARE(content(folder.filePath("target")), "untouched");
    QCOMPARE(content(folder.filePath("link.png")), "x");
}

void SaverTest::no_file_is_lost_between_two_that_write_at_once() {
    QTemporaryDir folder;
    std::atomic<int> written = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int k = 0; k < 10; ++k)
                if (write_file(folder.path(), "a.png", "x", Collision::rename, {}).outcome ==
                    Written::Outcome::written)
                    ++written;
        });
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(written.load(), 40);
    QCOMPARE(files_in(folder.path()).size(), 40);
}

void SaverTest::originals_are_never_replaced() {
    QTemporaryDir folder;
    const QString original = folder.filePath("cat.png");
    put(original, "the original");
    QCOMPARE(::link(QFile::encodeName(original).constData(),
                    QFile::encodeName(folder.filePath("hard.png")).constData()),
             0);
    QVERIFY(QFile::link(original, folder.filePath("soft.png")));
    const std::vector<Original> originals{{source_of(original), 0, {}}};
    for (const char* name : {"cat.png", "hard.png", "soft.png"}) {
        const auto result =
            write_file(folder.path(), name, "thumbnail", Collision::overwrite, originals);
        QCOMPARE(result.outcome, Written::Outcome::failed);
        QVERIFY(result.message.contains("original"));
    }
    QCOMPARE(content(original), "the original");
    // The same path, written anew since it was submitted.
    put(folder.filePath("new"), "edited");
    QFile::remove(original);
    QVERIFY(QFile::rename(folder.filePath("new"), original));
    QCOMPARE(write_file(folder.path(), "cat.png", "t", Collision::overwrite, originals).outcome,
             Written::Outcome::failed);
    QCOMPARE(content(original), "edited");
}

void SaverTest::an_unknown_original_is_guessed() {
    QTemporaryDir folder;
    put(folder.filePath("cat.png"), "0123456789");
    const std::vector<Original> originals{{{}, 10, "Cat.png"}};
    QCOMPARE(write_file(folder.path(), "cat.png", "t", Collision::overwrite, originals).outcome,
             Written::Outcome::failed);
    put(folder.filePath("cat.png"), "another size");
    QCOMPARE(write_file(folder.path(), "cat.png", "t", Collision::overwrite, originals).outcome,
             Written::Outcome::written);
}

void SaverTest::saves_all_to_a_folder() {
    Fixture f;
    const std::vector<RowKey> keys{f.job("a.png"), f.job("b.png"),
                                   f.model.add(RowState::refused, "no.txt", 0, {})};
    QSignalSpy progress(&f.saver, &Saver::progress);
    f.saver.save_all(keys, {f.folder.path(), *NamePattern::parse("{index:2} {name}"), {}});
    const SaveSummary summary = f.end();
    QCOMPARE(summary.written, 2);
    QCOMPARE(summary.failed, 0);
    QCOMPARE(files_in(f.folder.path()), (QStringList{"01 a.jpg", "02 b.jpg"}));
    QCOMPARE(content(f.path("02 b.jpg")), "a thumbnail");
    QCOMPARE(progress.last()[0].toInt(), 2);
    QCOMPARE(progress.last()[1].toInt(), 2);
    QVERIFY(!f.saver.running());
    // Nothing to do is an end as well.
    f.saver.save_all({}, {f.folder.path(), NamePattern::standard(), {}});
    QCOMPARE(f.end().written, 0);
}

void SaverTest::images_of_one_name_do_not_replace_each_other() {
    Fixture f;
    const std::vector<RowKey> keys{f.job("cat.png"), f.job("cat.png"), f.job("CAT.png")};
    put(f.path("cat.jpg"), "of an earlier saving");
    f.saver.save_all(keys, {f.folder.path(), *NamePattern::parse("{name}"), Collision::overwrite});
    QCOMPARE(f.end().written, 3);
    QCOMPARE(files_in(f.folder.path()).size(), 3);
    QCOMPARE(content(f.path("cat.jpg")), "a thumbnail");
}

void SaverTest::hostile_names_stay_in_the_folder() {
    Fixture f;
    QVERIFY(QDir(f.folder.path()).mkpath("in/side"));
    const std::vector<RowKey> keys{f.job("../../escape.png"), f.job("/abs.png"), f.job(".."),
                                   f.job("..\\..\\x")};
    f.saver.save_all(keys, {f.path("in/side"), NamePattern::standard(), Collision::overwrite});
    QCOMPARE(f.end().written, 4);
    QCOMPARE(files_in(f.path("in/side")).size(), 4);
    QCOMPARE(files_in(f.path("in")), QStringList());
    QCOMPARE(files_in(f.folder.path()), QStringList());
}

void SaverTest::a_failure_is_counted_and_the_rest_is_saved() {
    Fixture f;
    const RowKey gone = f.job("gone.png");
    const RowKey kept = f.job("kept.png");
    f.place.expire(f.model.row(gone)->id);
    f.saver.save_all({gone, kept}, {f.folder.path(), *NamePattern::parse("{name}"), {}});
    const SaveSummary summary = f.end();
    QCOMPARE(summary.written, 1);
    QCOMPARE(summary.failed, 1);
    QVERIFY(!summary.message.isEmpty());
    QCOMPARE(files_in(f.folder.path()), QStringList{"kept.jpg"});
}

void SaverTest::saving_can_be_cancelled() {
    Fixture f;
    const RowKey key = f.job("a.png");
    f.place.stall(Call::rendition);
    f.saver.save_all({key}, {f.folder.path(), NamePattern::standard(), {}});
    QTRY_COMPARE(f.place.calls(Call::rendition), 1);
    f.saver.cancel();
    const SaveSummary summary = f.end();
    QVERIFY(summary.cancelled);
    QCOMPARE(summary.written, 0);
    f.place.release(Call::rendition);
    f.saver.save_all({key}, {f.folder.path(), *NamePattern::parse("{name}"), {}});
    QCOMPARE(f.end().written, 1);
    QCOMPARE(files_in(f.folder.path()), QStringList{"a.jpg"});
}

void SaverTest::saves_one_under_a_chosen_path() {
    Fixture f;
    const QString original = f.path("cat.png");
    put(original, "the original");
    const RowKey key = f.job("cat.png", source_of(original));
    QVERIFY(f.saver.suggested_name(key).startsWith("cat-thumbnail."));
    put(f.path("old.jpg"), "old");
    f.saver.save_as(key, "thumbnail", f.path("old.jpg"));
    QCOMPARE(f.end().path, f.path("old.jpg"));
    QCOMPARE(content(f.path("old.jpg")), "a thumbnail");
    f.saver.save_as(key, {}, original);
    QCOMPARE(f.end().failed, 1);
    QCOMPARE(content(original), "the original");
    f.saver.save_as(key, "no such rendition", f.path("x.jpg"));
    QCOMPARE(f.end().failed, 1);
}

void SaverTest::exports_results() {
    Fixture f;
    const RowKey good = f.job("a, \"b\".png");
    const RowKey bad = f.model.add(RowState::waiting, "b.txt", 5, {});
    f.model.refuse(bad, RowState::refused, thumbjobs::ErrorCode::not_an_image, "Not an\nimage.");
    f.saver.export_results({good, bad}, f.path("list.csv"), ExportFormat::csv);
    QCOMPARE(f.end().written, 1);
    const QByteArray csv = content(f.path("list.csv"));
    QVERIFY(csv.startsWith("id,name,state,"));
    QVERIFY(csv.contains(",\"a, \"\"b\"\".png\",succeeded,,,"));
    QVERIFY(csv.contains(",b.txt,refused,not_an_image,\"Not an\nimage.\",5,,,,,"));
    QCOMPARE(csv.count("\r\n"), 3);
    f.saver.export_results({good, bad}, f.path("list.json"), ExportFormat::json);
    QCOMPARE(f.end().written, 1);
    const auto rows = QJsonDocument::fromJson(content(f.path("list.json"))).array();
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows[0].toObject()["state"].toString(), "succeeded");
    QVERIFY(rows[1].toObject()["bytes_after"].isNull());
}

void SaverTest::formulas_are_disarmed() {
    for (const char* name : {"=1+2", "+1", "-1", "@SUM(A1)", "\t=1"}) {
        ExportedRow row;
        row.name = name;
        const QByteArray csv = export_rows({row}, ExportFormat::csv);
        QVERIFY2(csv.contains(QByteArray(",'") + name), name);
    }
}

void SaverTest::rows_are_dragged_out_as_files() {
    Fixture f;
    QImage image(30, 20, QImage::Format_RGB32);
    image.fill(Qt::green);
    QBuffer buffer(&f.place.image);
    image.save(&buffer, "png");
    const RowKey first = f.job("../a.jpg");
    const RowKey second = f.job("b.jpg");
    FileDrag drag(f.place, f.model);
    QVERIFY(!drag.make_mime({f.model.add(RowState::refused, "x", 0, {})}));
    const std::unique_ptr<QMimeData> mime(drag.make_mime({first, second}));
    QVERIFY(mime);
    QVERIFY(mime->hasUrls());
    const auto urls = mime->urls(); // waits for them
    QCOMPARE(urls.size(), 2);
    QVERIFY(urls[0].fileName().endsWith("a.png")); // what it is, not what it was called
    QCOMPARE(content(urls[1].toLocalFile()), f.place.image);
    QCOMPARE(qvariant_cast<QImage>(mime->imageData()).size(), QSize(30, 20));
    QVERIFY(mime->data("text/uri-list").startsWith("file:///"));
}

void SaverTest::an_image_is_copied() {
    Fixture f;
    QImage image(30, 20, QImage::Format_RGB32);
    image.fill(Qt::green);
    QBuffer buffer(&f.place.image);
    image.save(&buffer, "png");
    const RowKey key = f.job("a.jpg");
    FileDrag drag(f.place, f.model);
    QImage copied;
    drag.copy_image(key, this, [&](const QImage& result, const QString&) { copied = result; });
    QTRY_COMPARE(copied.size(), QSize(30, 20));
    QCOMPARE(QGuiApplication::clipboard()->image().size(), QSize(30, 20));
    f.place.image = "no image";
    QString message;
    drag.copy_image(key, this, [&](const QImage&, const QString& text) { message = text; });
    QTRY_VERIFY(!message.isEmpty());
}

void SaverTest::the_original_is_found_or_fetched() {
    Fixture f;
    const QString original = f.path("cat.gif");
    put(original, "GIF89a");
    const RowKey key = f.job("cat.gif", source_of(original));
    FileDrag drag(f.place, f.model);
    QString found;
    const auto find = [&] {
        found.clear();
        drag.find_original(key, this, [&](const QString& path, const QString& message) {
            found = path.isEmpty() ? message : path;
        });
    };
    find();
    QTRY_COMPARE(found, original);
    QVERIFY(QFile::remove(original));
    f.place.image = "GIF89a of the place";
    find();
    QTRY_VERIFY(found.endsWith("/cat.gif"));
    QCOMPARE(content(found), f.place.image);
    f.place.image = "#!/bin/sh";
    find();
    QTRY_VERIFY(found.contains("not an image"));
}

} // namespace

QTEST_MAIN(SaverTest)
#include "tst_saver.moc"
