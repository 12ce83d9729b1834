// Processes that share one database, and that are killed while they write it. This program is also
// its own children: `tst_sqlite_crash --child <role> <path>`.
#include "backends/sqlite_truth.h"
#include "conformance/job_store_conformance.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <thread>

namespace {

using namespace thumbjobs;
using test::second;

std::shared_ptr<JobStore> open(const std::string& path) {
    return Registry::builtin().open_store("sqlite:" + path, {});
}

NewJob new_job() {
    NewJob job;
    job.id = JobId::generate(Clock::system().wall());
    job.original = {.filename = "a.jpg", .media_type = "image/jpeg", .bytes = 1};
    job.original_key = job.id.to_string() + "/original";
    job.specs = {RenditionSpec{}};
    return job;
}

/// Tells the parent, in one write, that something was acknowledged.
void tell(char what, const JobId& id) {
    const std::string line = what + id.to_string() + "\n";
    static_cast<void>(std::fwrite(line.data(), 1, line.size(), stdout));
    std::fflush(stdout);
}

ClaimRequest request(const std::string& worker) {
    static std::atomic<int> nonces{0};
    return {.worker = worker,
            .nonce = worker + std::to_string(++nonces),
            .max_jobs = 1,
            .lease = 3'600 * second};
}

constexpr std::size_t kept_bytes = 6'000; // some pages of the database

/// Of its two renditions the store keeps the second.
Completion keeping() {
    Completion done = test::completion();
    done.rendition_keys.at(1).clear();
    done.renditions.at(1).bytes = kept_bytes;
    done.kept = {{}, Bytes(kept_bytes, std::byte{7})};
    return done;
}

/// Submits for ever, from several threads.
void be_submitter(const std::string& path) {
    const auto store = open(path);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&store] {
            while (true) {
                const NewJob job = new_job();
                store->create(job);
                tell('+', job.id);
            }
        });
    for (std::thread& thread : threads)
        thread.join();
}

/// Submits, completes, cancels and removes for ever.
void be_mixed(const std::string& path) {
    const auto store = open(path);
    int completed = 0;
    while (true) {
        std::vector<JobId> ids;
        for (int i = 0; i < 4; ++i) {
            const NewJob job = new_job();
            store->create(job);
            ids.push_back(job.id);
            tell('+', job.id);
        }
        store->cancel(ids[1], {}, {});
        tell('x', ids[1]);
        const ClaimRequest claim = request("mixed");
        for (const ClaimedJob& job : store->claim(claim).jobs) {
            store->mark_decoding(job.lease);
            store->complete(job.lease, keeping(), nullptr);
            tell('!', job.lease.job);
            if (++completed % 2 == 0) {
                store->remove(job.lease.job, second, {});
                tell('-', job.lease.job);
            }
        }
        store->remove(ids[3], second, {});
        tell('-', ids[3]);
    }
}

/// Completes jobs until there are none.
void be_worker(const std::string& path) {
    const auto store = open(path);
    const std::string name = "worker-" + std::to_string(QCoreApplication::applicationPid()) + "-";
    std::vector<ClaimedJob> held = store->claim(request(name)).jobs;
    while (!held.empty()) {
        const Lease lease = held.front().lease;
        const ClaimRequest next = request(name);
        held = store->complete(lease, keeping(), &next).jobs;
        tell('!', lease.job);
    }
}

int be_child(const std::string& role, const std::string& path) {
    try {
        if (role == "submitter")
            be_submitter(path);
        else if (role == "mixed")
            be_mixed(path);
        else
            be_worker(path);
        return 0;
    } catch (const Error& error) {
        std::cerr << error.what() << " " << error.detail() << std::endl;
        return 1;
    }
}

/// A child and what it has told of.
class Child {
public:
    Child(const char* role, const std::string& path, const char* fail_point = "") {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("THUMBJOBS_FAIL_POINT", fail_point);
        process_.setProcessEnvironment(environment);
        process_.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process_.start(QCoreApplication::applicationFilePath(),
                       {"--child", role, QString::fromStdString(path)});
    }

    /// Waits until it has told of `count` things, then kills it.
    bool kill_after(int count) {
        while (lines() < count)
            if (!process_.waitForReadyRead(30'000))
                return false;
        process_.kill();
        return process_.waitForFinished(30'000);
    }
    bool ends() {
        return process_.state() == QProcess::NotRunning || process_.waitForFinished(60'000);
    }
    bool crashed() const { return process_.exitStatus() == QProcess::CrashExit; }
    int exit_code() const { return process_.exitCode(); }

    /// The last thing that was told of each job; of a line that was cut off, nothing.
    std::map<JobId, char> told() {
        read();
        std::map<JobId, char> last;
        for (const QByteArray& line : output_.split('\n'))
            if (line.size() == 37)
                if (const auto id = JobId::parse(line.mid(1).toStdString()))
                    last[*id] = line[0];
        return last;
    }

private:
    void read() { output_ += process_.readAllStandardOutput(); }
    int lines() {
        read();
        return static_cast<int>(output_.count('\n'));
    }

    QProcess process_;
    QByteArray output_;
};

class TestSqliteCrash : public QObject {
    Q_OBJECT

private slots:
    void acknowledged_jobs_survive_a_kill_data();
    void acknowledged_jobs_survive_a_kill();
    void kills_around_the_commit_data();
    void kills_around_the_commit();
    void processes_share_the_work();

private:
    static void check(const std::string& path, const std::map<JobId, char>& told);
};

void TestSqliteCrash::check(const std::string& path, const std::map<JobId, char>& told) {
    const auto store = open(path);
    for (const auto& [id, what] : told) {
        const auto record = store->find(std::span(&id, 1)).at(0);
        QVERIFY2(record, ("lost: " + id.to_string()).c_str());
        if (what == '!' && !record->deleted) { // a removal may not have been told of
            QCOMPARE(record->job.state, JobState::succeeded);
            QVERIFY(store->open_kept(id, 1)->read_all() == Bytes(kept_bytes, std::byte{7}));
        }
        if (what == 'x')
            QVERIFY(record->job.state == JobState::cancelled);
        if (what == '-')
            QVERIFY(record->deleted);
    }
    store->create(new_job()); // it can still be written
    QCOMPARE(test::find_sqlite_faults(path), std::string());
}

void TestSqliteCrash::acknowledged_jobs_survive_a_kill_data() {
    QTest::addColumn<QByteArray>("role");
    QTest::addColumn<int>("count");
    for (const int count : {1, 40, 300})
        for (const char* role : {"submitter", "mixed"})
            QTest::addRow("%s %d", role, count) << QByteArray(role) << count;
}

void TestSqliteCrash::acknowledged_jobs_survive_a_kill() {
    QFETCH(const QByteArray, role);
    QFETCH(const int, count);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("jobs.db").toStdString();
    std::map<JobId, char> told;
    for (int round = 0; round < 2; ++round) { // the second begins with what a crash left
        Child child(role.constData(), path);
        QVERIFY(child.kill_after(count));
        QVERIFY(child.crashed());
        told.merge(child.told());
        check(path, told);
    }
    QVERIFY(told.size() >= static_cast<std::size_t>(count) / 3);
}

void TestSqliteCrash::kills_around_the_commit_data() {
    QTest::addColumn<QByteArray>("point");
    for (const char* operation :
         {"create", "claim", "mark_decoding", "complete", "cancel", "remove"})
        for (const char* side : {"before", "after"})
            QTest::addRow("%s %s", operation, side)
                << QByteArray("store.") + operation + "." + side + "_commit:3";
}

void TestSqliteCrash::kills_around_the_commit() {
#ifndef THUMBJOBS_FAIL_POINTS
    QSKIP("this build has no fail points");
#endif
    QFETCH(const QByteArray, point);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("jobs.db").toStdString();
    Child child("mixed", path, point.constData());
    QVERIFY(child.ends());
    QVERIFY(child.crashed());
    check(path, child.told());
}

void TestSqliteCrash::processes_share_the_work() {
    constexpr int jobs = 300;
    const QTemporaryDir folder;
    const std::string path = folder.filePath("jobs.db").toStdString();
    const auto store = open(path);
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&store] {
            for (int j = 0; j < jobs / 6; ++j)
                store->create(new_job());
        });
    for (std::thread& thread : threads)
        thread.join();

    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 3; ++i)
        children.push_back(std::make_unique<Child>("worker", path));
    // One that comes and dies at once must not hold up the others.
    Child victim("submitter", path);
    QVERIFY(victim.kill_after(1));
    std::size_t completed = 0;
    std::set<JobId> distinct;
    int busy = 0;
    for (const auto& child : children) {
        QVERIFY(child->ends());
        QCOMPARE(child->exit_code(), 0);
        const auto told = child->told();
        completed += told.size();
        busy += told.size() > 10 ? 1 : 0;
        for (const auto& [id, what] : told)
            distinct.insert(id);
    }
    QCOMPARE(distinct.size(), completed); // none twice
    QVERIFY(completed >= jobs);
    QVERIFY2(busy >= 2, "one process starved the others");
    QCOMPARE(store->stats().queued, 0);
    QCOMPARE(store->stats().succeeded, static_cast<std::int64_t>(completed));
    QCOMPARE(test::find_sqlite_faults(path), std::string());
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication app(argc, argv);
    if (argc == 4 && std::string(argv[1]) == "--child")
        return be_child(argv[2], argv[3]);
    TestSqliteCrash test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_sqlite_crash.moc"
