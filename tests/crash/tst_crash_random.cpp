/// thumbd is killed at random moments under load, over and over, and nothing is lost.
///
/// THUMBJOBS_CRASH_KILLS (default 6) says how often; THUMBJOBS_CRASH_SEED repeats a run.
#include "crash/client.h"
#include "crash/invariants.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::test;
using namespace std::chrono_literals;

namespace {

int number_from_environment(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text ? std::atoi(text) : otherwise;
}

/// Clients that submit all the time, each image under a key of its own, and repeat what was not
/// acknowledged.
class Load {
public:
    Load(ByteView image, int clients) : image_(image) {
        for (int i = 0; i < clients; ++i)
            threads_.emplace_back([this, i] { run(i); });
    }
    ~Load() { finish(); }

    /// The server that is to be asked from now on; 0 while there is none.
    void use(std::uint16_t port) {
        const std::lock_guard lock(mutex_);
        port_ = port;
        changed_.notify_all();
    }

    /// Ends the load and returns the ids of all acknowledged jobs.
    std::set<std::string> finish() {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
            changed_.notify_all();
        }
        for (std::thread& thread : threads_)
            thread.join();
        threads_.clear();
        return acknowledged_;
    }

    int count() {
        const std::lock_guard lock(mutex_);
        return static_cast<int>(acknowledged_.size());
    }

    std::string failure() {
        const std::lock_guard lock(mutex_);
        return failure_;
    }

private:
    /// Waits until there is a server; nothing once the load ends.
    std::optional<std::uint16_t> server() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || port_ != 0; });
        return stop_ ? std::nullopt : std::optional(port_);
    }

    void run(int client) {
        int number = 0;
        while (const auto port = server()) {
            const std::string key = std::to_string(client) + "-" + std::to_string(number);
            try {
                const auto id = Client(*port).submit(image_, key);
                if (!id)
                    continue; // not acknowledged: the same key again
                const std::lock_guard lock(mutex_);
                acknowledged_.insert(*id);
                ++number;
            } catch (const std::exception& error) {
                const std::lock_guard lock(mutex_);
                failure_ = error.what();
            }
        }
    }

    ByteView image_;
    std::mutex mutex_; ///< Guards what follows but the threads.
    std::condition_variable changed_;
    std::uint16_t port_ = 0;
    bool stop_ = false;
    std::set<std::string> acknowledged_;
    std::string failure_;
    std::vector<std::thread> threads_;
};

} // namespace

class CrashRandom : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { image_ = make_test_image({.width = 400, .height = 300}); }

    void killed_at_random_under_load() {
        const int kills = number_from_environment("THUMBJOBS_CRASH_KILLS", 6);
        const auto seed = static_cast<unsigned>(number_from_environment(
            "THUMBJOBS_CRASH_SEED", static_cast<int>(std::random_device{}() & 0xFFFF)));
        qInfo("seed %u, %d kills", seed, kills);
        std::mt19937 random(seed);
        const QTemporaryDir folder;
        const std::string data_dir = folder.filePath("data").toStdString();
        const ThumbdProcess::Options options{
            .data_dir = data_dir,
            .arguments = {"--lease", "1s", "--workers", "2", "--max-crashes", "100"}};

        Load load(image_, 3);
        for (int i = 0; i < kills; ++i) {
            ThumbdProcess::Options next = options;
            if (i % 2 == 1) // each reads the thumbnails that the others kept elsewhere
                next.arguments.insert(next.arguments.end(), {"--inline-thumbnails", "0"});
            ThumbdProcess thumbd(next);
            load.use(thumbd.port());
            // A moment that depends on the work done, not on the clock of a busy machine.
            const int enough = load.count() + std::uniform_int_distribution(1, 40)(random);
            eventually(20s, [&] { return load.count() >= enough; });
            thumbd.kill();
            load.use(0);
        }
        ThumbdProcess last(options);
        const auto acknowledged = load.finish();
        QVERIFY2(load.failure().empty(), load.failure().c_str());
        QVERIFY(acknowledged.size() >= static_cast<std::size_t>(kills));

        const Client client(last.port());
        std::string wrong = check_succeeded(client, acknowledged);
        QVERIFY2(wrong.empty(), wrong.c_str());
        // Jobs of submits that were cut off before their answer may exist beside these.
        QVERIFY(eventually(60s, [&] {
            const auto counts = client.counts();
            return counts.at("queued") == 0 && counts.at("processing") == 0;
        }));
        for (const SeenJob& job : client.list()) {
            QCOMPARE(job.status, std::string("succeeded"));
            QVERIFY2(job.attempts - job.crashes <= 2, "a kill cost attempts");
        }
        wrong = check_indices(client);
        QVERIFY2(wrong.empty(), wrong.c_str());
        qInfo("%zu jobs acknowledged, %d kills, 0 lost, 0 committed twice", acknowledged.size(),
              kills);
        QCOMPARE(last.terminate().code, 0);
        wrong = check_nothing_left(data_dir);
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

    /// Promise 3: while one process lives, a dead one's jobs are ready again within a lease and 5
    /// s.
    void another_process_takes_over() {
        const QTemporaryDir folder;
        const std::string data_dir = folder.filePath("data").toStdString();
        ThumbdProcess doomed({.data_dir = data_dir,
                              .arguments = {"--lease", "2s", "--workers", "1"},
                              .environment = {"THUMBJOBS_FAIL_POINT=work.fetched"}});
        Client(doomed.port()).submit(image_, "only"); // its answer may be cut off
        const auto end = doomed.wait(30s);
        QVERIFY(end && end->signal == SIGKILL);

        const ThumbdProcess other({.data_dir = data_dir, .arguments = {"--lease", "2s"}});
        const Client client(other.port());
        const auto jobs = client.list();
        QCOMPARE(jobs.size(), std::size_t{1});
        const std::string id = jobs.front().id;
        QVERIFY(eventually(2s + 5s, [&] { return client.job(id)->status == "succeeded"; }));
        QCOMPARE(client.job(id)->crashes, 0);
    }

    /// Promise 10: SIGTERM gives running jobs back without costing an attempt.
    void drains_on_sigterm() {
        const QTemporaryDir folder;
        const std::string data_dir = folder.filePath("data").toStdString();
        const Bytes large = make_test_image({.width = 6000, .height = 4000});
        std::set<std::string> ids;
        {
            ThumbdProcess draining({.data_dir = data_dir, .arguments = {"--workers", "1"}});
            const Client client(draining.port());
            for (int i = 0; i < 8; ++i)
                ids.insert(client.submit(large, "drain-" + std::to_string(i)).value());
            QCOMPARE(draining.terminate().code, 0);
        }
        ThumbdProcess next({.data_dir = data_dir});
        const Client client(next.port());
        const std::string wrong = check_succeeded(client, ids);
        QVERIFY2(wrong.empty(), wrong.c_str());
        for (const std::string& id : ids)
            QCOMPARE(client.job(id)->attempts, 1);
    }

private:
    Bytes image_;
};

QTEST_GUILESS_MAIN(CrashRandom)
#include "tst_crash_random.moc"
