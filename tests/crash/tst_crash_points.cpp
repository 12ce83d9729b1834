/// thumbd is killed between each pair of durable steps; a second one goes on where it stood.
#include "crash/client.h"
#include "crash/invariants.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <memory>
#include <set>

using namespace thumbjobs;
using namespace thumbjobs::test;
using namespace std::chrono_literals;

namespace {

/// What the clients of a thumbd that dies were told.
struct Acknowledged {
    std::set<std::string> jobs{};    ///< Submitted and not removed.
    std::set<std::string> removed{}; ///< Their removal was acknowledged.
    std::set<std::string> keys{};    ///< Of all submits, answered or not, but of removed jobs.
};

/// Submits, and removes every third job once it has succeeded, until thumbd is dead or the work is
/// done.
Acknowledged work_until_dead(const Client& client, ByteView image) {
    Acknowledged acknowledged;
    for (int i = 0; i < 6; ++i) {
        const std::string key = "key-" + std::to_string(i);
        acknowledged.keys.insert(key);
        const auto id = client.submit(image, key);
        if (!id)
            return acknowledged;
        acknowledged.jobs.insert(*id);
        if (i % 3 != 2)
            continue;
        const bool alive = eventually(30s, [&] {
            const auto job = client.job(*id);
            return !job || job->status == "succeeded";
        });
        if (!alive || !client.job(*id))
            return acknowledged;
        // An unanswered removal may or may not have happened: nothing is promised of that job.
        acknowledged.jobs.erase(*id);
        acknowledged.keys.erase(key);
        if (!client.remove(*id))
            return acknowledged;
        acknowledged.removed.insert(*id);
    }
    return acknowledged;
}

} // namespace

class CrashPoints : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { image_ = make_test_image({.width = 400, .height = 300}); }

    void killed_between_durable_steps_data() {
        QTest::addColumn<QString>("point");
        QTest::addColumn<bool>("as_files"); // thumbnails, instead of in the database
        for (const char* point : {
                 "submit.begin",
                 "storage.before_rename:2",
                 "storage.after_rename:2",
                 "submit.stored",
                 "store.create.before_commit",
                 "store.create.after_commit",
                 "submit.created",
                 "work.claimed",
                 "work.fetched",
                 "work.resized",
                 "work.put",
                 "store.complete.before_commit",
                 "store.complete.after_commit",
                 "work.completed:2",
                 "remove.marked",
                 "remove.blobs_gone",
             })
            QTest::newRow(point) << QString(point) << false;
        for (const char* point :
             {"storage.before_rename:2", "storage.after_rename:2", "work.put",
              "store.complete.before_commit", "store.complete.after_commit", "remove.marked"})
            QTest::addRow("%s, thumbnails as files", point) << QString(point) << true;
    }

    void killed_between_durable_steps() {
        QFETCH(QString, point);
        QFETCH(bool, as_files);
        const QTemporaryDir folder;
        const std::string data_dir = folder.filePath("data").toStdString();

        Acknowledged acknowledged;
        {
            ThumbdProcess doomed({.data_dir = data_dir,
                                  .arguments = {"--lease", "1s", "--workers", "1",
                                                "--inline-thumbnails", as_files ? "0" : "32KiB"},
                                  .environment = {"THUMBJOBS_FAIL_POINT=" + point.toStdString()}});
            acknowledged = work_until_dead(Client(doomed.port()), image_);
            const auto end = doomed.wait(30s);
            QVERIFY2(end && end->signal == SIGKILL, "the fail point was never passed");
        }

        {
            ThumbdProcess next({.data_dir = data_dir, .arguments = {"--lease", "1s"}});
            const Client client(next.port());
            const auto fail = [](const std::string& wrong) { return QByteArray(wrong.c_str()); };

            // The caller of an unanswered submit repeats it: there is one job, not two.
            for (const std::string& key : acknowledged.keys)
                acknowledged.jobs.insert(client.submit(image_, key).value());
            QCOMPARE(acknowledged.jobs.size(), acknowledged.keys.size());
            QByteArray wrong = fail(check_succeeded(client, acknowledged.jobs));
            QVERIFY2(wrong.isEmpty(), wrong);
            for (const std::string& id : acknowledged.removed)
                QVERIFY2(!client.job(id), "a removed job came back");
            wrong = fail(check_indices(client));
            QVERIFY2(wrong.isEmpty(), wrong);
            QCOMPARE(next.terminate().code, 0);
        }
        const std::string wrong = check_nothing_left(data_dir);
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

private:
    Bytes image_;
};

QTEST_GUILESS_MAIN(CrashPoints)
#include "tst_crash_points.moc"
