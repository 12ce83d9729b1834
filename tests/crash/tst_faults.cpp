/// Several thumbd processes on one Redis and one S3 or folder; processes are killed and stopped,
/// Redis is killed, replaced and filled, the network between them is slow, cut and silent. Nothing
/// that was acknowledged is lost, nothing is committed twice, and nothing is left over.
///
/// THUMBJOBS_FAULT_ROUNDS (default 1) says how often each kind of fault comes; THUMBJOBS_FAULT_SEED
/// repeats a run's choices.
#include "crash/client.h"
#include "crash/fleet.h"
#include "crash/invariants.h"
#include "support/http_client.h"
#include "support/redis_groups.h"
#include "support/redis_server.h"
#include "support/s3_server.h"
#include "support/tcp_proxy.h"
#include "support/test_images.h"

#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>

using namespace thumbjobs;
using namespace thumbjobs::test;
using namespace std::chrono_literals;

namespace {

int number_from_environment(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text ? std::atoi(text) : otherwise;
}

/// What redis-cli prints.
std::string redis(const RedisServer& server, std::vector<std::string> words) {
    words.insert(words.begin(), {"redis-cli", "-p", std::to_string(server.port())});
    return run_program(words).output;
}

/// How many keys of jobs there are in Redis; tombstones count.
int keys_of_jobs(const RedisServer& server) {
    const std::string keys = redis(server, {"--raw", "KEYS", "*job:*"});
    int count = 0;
    for (std::size_t at = 0; (at = keys.find("job:", at)) != std::string::npos; ++at)
        ++count;
    return count;
}

/// The first number behind `mark` in what Redis says of its replication.
std::int64_t replicated(const RedisServer& server, const std::string& mark) {
    const std::string info = redis(server, {"INFO", "replication"});
    const std::size_t at = info.find(mark);
    return at == std::string::npos ? 0 : std::stoll(info.substr(at + mark.size()));
}

constexpr const char* lease = "2s";

} // namespace

class FaultSuite : public QObject {
    Q_OBJECT

    const int rounds_ = number_from_environment("THUMBJOBS_FAULT_ROUNDS", 1);
    const unsigned seed_ = static_cast<unsigned>(number_from_environment(
        "THUMBJOBS_FAULT_SEED", static_cast<int>(std::random_device{}() & 0xFFFF)));
    std::mt19937 random_{seed_};
    Bytes image_;
    int jobs_ = 0;
    int kills_ = 0;
    int faults_ = 0;

    int choose(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }

    /// Ends the load, then holds the fleet to the promises.
    std::string settle(const Fleet& fleet, FleetLoad& load) {
        const std::set<std::string> acknowledged = load.finish();
        jobs_ += static_cast<int>(acknowledged.size());
        if (!load.failure().empty())
            return load.failure();
        const Client client = fleet.client();
        if (std::string wrong = check_succeeded(client, acknowledged); !wrong.empty())
            return wrong;
        // Jobs of submits that were not answered may exist beside these.
        const bool done = eventually(60s, [&] {
            const auto counts = client.counts();
            return counts.at("queued") == 0 && counts.at("processing") == 0;
        });
        return done ? check_indices(client) : "jobs are left unfinished";
    }

    static QByteArray text(const std::string& wrong) { return QByteArray::fromStdString(wrong); }

private slots:
    void initTestCase() {
        image_ = make_test_image({.width = 400, .height = 300});
        for (const std::string& entry : S3Server::environment()) {
            const std::size_t equals = entry.find('=');
            setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
        }
        qInfo("seed %u, %d rounds", seed_, rounds_);
    }

    void cleanupTestCase() {
        qInfo("%d jobs acknowledged, %d kills, %d other faults, 0 lost, 0 committed twice", jobs_,
              kills_, faults_);
    }

    /// On Redis that syncs each write, and S3; each fault after the other, on the same processes.
    void a_fleet_on_redis_and_s3() {
        const QTemporaryDir folder;
        RedisServer redis_server({.append_fsync = "always"});
        const S3Server s3;
        TcpProxy to_redis(redis_server.port());
        TcpProxy to_s3(s3.port());
        const std::string store = "redis://127.0.0.1:" + std::to_string(to_redis.port());
        Fleet fleet({.folder = folder.path().toStdString(),
                     .store = store,
                     .storage = s3.url("fleet", to_s3.port()) + "&timeout=10s",
                     .environment = S3Server::environment(),
                     .arguments = {"--lease", lease, "--originals", "keep"}});

        kill_processes(fleet);
        if (QTest::currentTestFailed())
            return;
        kill_redis(fleet, redis_server);
        if (QTest::currentTestFailed())
            return;
        disturb_network(fleet, to_redis, "redis");
        if (QTest::currentTestFailed())
            return;
        disturb_network(fleet, to_s3, "s3");
        if (QTest::currentTestFailed())
            return;
        stop_a_worker(fleet);
        if (QTest::currentTestFailed())
            return;

        std::string wrong = fleet.terminate();
        QVERIFY2(wrong.empty(), text(wrong));
        wrong = check_nothing_left(redis_server.url(), s3.url("fleet"));
        QVERIFY2(wrong.empty(), text(wrong));
        QCOMPARE(keys_of_jobs(redis_server), 0);
        QCOMPARE(s3.objects("fleet"), 0);
    }

    /// The Sentinels make the replica the master. What had reached it is kept.
    void sentinel_fails_over() {
        const QTemporaryDir folder;
        RedisSentinels sentinels({"appendonly yes", "appendfsync always"});
        const std::string storage = "file:" + folder.filePath("images").toStdString();
        Fleet fleet({.folder = folder.path().toStdString(),
                     .store = sentinels.url(),
                     .storage = storage,
                     .arguments = {"--lease", lease},
                     .workers = 1});
        FleetLoad before(fleet, image_, 2, "before");
        QVERIFY(before.wait_for(20 * rounds_, 120s));
        std::string wrong = settle(fleet, before);
        QVERIFY2(wrong.empty(), text(wrong));
        // Replication is asynchronous: a job is safe once the replica has it.
        const std::int64_t written = replicated(sentinels.master(), "master_repl_offset:");
        QVERIFY(
            eventually(30s, [&] { return replicated(sentinels.master(), ",offset=") >= written; }));
        const std::set<std::string> kept = ids_of(fleet.client());
        sentinels.fail_over();
        ++kills_;

        FleetLoad after(fleet, image_, 2, "after");
        QVERIFY(after.wait_for(20 * rounds_, 120s));
        wrong = settle(fleet, after);
        QVERIFY2(wrong.empty(), text(wrong));
        const std::set<std::string> listed = ids_of(fleet.client());
        for (const std::string& id : kept)
            QVERIFY2(listed.contains(id), text("lost in the failover: " + id));
        wrong = fleet.terminate();
        QVERIFY2(wrong.empty(), text(wrong));
        wrong = check_nothing_left(sentinels.url(), storage);
        QVERIFY2(wrong.empty(), text(wrong));
        QCOMPARE(keys_of_jobs(sentinels.master()), 0);
    }

    /// Submits are refused before Redis is full; what was accepted is done all the same.
    void a_full_redis_refuses_submits_and_drains() {
        const QTemporaryDir folder;
        RedisServer redis_server({.append_fsync = "always", .max_memory = "6mb"});
        const std::string storage = "file:" + folder.filePath("images").toStdString();
        const std::string store = redis_server.url();
        std::set<std::string> acknowledged;
        HttpAnswer refusal;
        {
            Fleet apis({.folder = folder.filePath("apis").toStdString(),
                        .store = store,
                        .storage = storage,
                        .arguments = {"--lease", lease},
                        .apis = 1,
                        .workers = 0});
            HttpClient http(apis.api_ports().front());
            // Large metadata fill it soon.
            const std::string headers = "Content-Type: application/octet-stream\r\n";
            const std::string filler(900, 'x');
            for (int i = 0; i < 20'000; ++i) {
                refusal = http.request("POST", "/v1/jobs?filename=" + filler.substr(0, 200),
                                       headers, image_);
                if (refusal.status != 202)
                    break;
                const std::size_t id = refusal.body.find("\"id\":\"") + 6;
                acknowledged.insert(refusal.body.substr(id, refusal.body.find('"', id) - id));
            }
            QVERIFY2(refusal.status == 503, refusal.body.c_str());
            QVERIFY(!refusal.headers["retry-after"].empty());
            QVERIFY(acknowledged.size() > 100);
            ++faults_;
            const std::string wrong = apis.terminate();
            QVERIFY2(wrong.empty(), text(wrong));
        }
        jobs_ += static_cast<int>(acknowledged.size());
        Fleet fleet({.folder = folder.path().toStdString(),
                     .store = store,
                     .storage = storage,
                     .arguments = {"--lease", lease},
                     .apis = 1,
                     .workers = 1});
        const Client client = fleet.client();
        QVERIFY(eventually(200s, [&] {
            const auto counts = client.counts();
            return counts.at("queued") == 0 && counts.at("processing") == 0;
        }));
        QCOMPARE(client.counts().at("succeeded"), static_cast<std::int64_t>(acknowledged.size()));
        QCOMPARE(ids_of(client), acknowledged);
        std::string wrong = check_indices(client);
        QVERIFY2(wrong.empty(), text(wrong));
        wrong = fleet.terminate();
        QVERIFY2(wrong.empty(), text(wrong));
        wrong = check_nothing_left(store, storage); // deleting works as well
        QVERIFY2(wrong.empty(), text(wrong));
        QCOMPARE(keys_of_jobs(redis_server), 0);
    }

private:
    static std::set<std::string> ids_of(const Client& client) {
        std::set<std::string> ids;
        for (const SeenJob& job : client.list())
            ids.insert(job.id);
        return ids;
    }

    void kill_processes(Fleet& fleet) {
        FleetLoad load(fleet, image_, 3, "kills");
        for (int i = 0; i < 4 * rounds_; ++i) {
            load.wait_for(choose(1, 15), 30s);
            fleet.kill_and_replace(
                static_cast<std::size_t>(choose(0, static_cast<int>(fleet.size()) - 1)));
            ++kills_;
        }
        QVERIFY(load.wait_for(5, 60s));
        const std::string wrong = settle(fleet, load);
        QVERIFY2(wrong.empty(), text(wrong));
    }

    void kill_redis(Fleet& fleet, RedisServer& server) {
        FleetLoad load(fleet, image_, 3, "redis-kills");
        for (int i = 0; i < 2 * rounds_; ++i) {
            QVERIFY(load.wait_for(choose(1, 15), 60s));
            server.kill();
            server.start();
            ++kills_;
        }
        QVERIFY(load.wait_for(5, 60s));
        const std::string wrong = settle(fleet, load);
        QVERIFY2(wrong.empty(), text(wrong));
    }

    void disturb_network(Fleet& fleet, TcpProxy& proxy, const std::string& name) {
        FleetLoad load(fleet, image_, 3, name + "-network");
        for (int i = 0; i < rounds_; ++i) {
            proxy.set_delay(std::chrono::milliseconds(choose(5, 40)));
            QVERIFY(load.wait_for(8, 60s));
            proxy.set_delay(0ms);
            for (int cut = 0; cut < 3; ++cut) {
                proxy.cut();
                QVERIFY(load.wait_for(choose(1, 8), 60s));
            }
            // Silence, longer than a lease: everything that is asked meanwhile goes unanswered.
            proxy.set_black_hole(true);
            eventually(3s, [] { return false; });
            proxy.set_black_hole(false);
            faults_ += 5;
        }
        QVERIFY(load.wait_for(5, 90s));
        const std::string wrong = settle(fleet, load);
        QVERIFY2(wrong.empty(), text(wrong));
        QVERIFY(proxy.connections_cut() > 0);
    }

    /// A worker that sleeps past its lease finds its jobs taken, and its late results fenced.
    void stop_a_worker(Fleet& fleet) {
        const std::size_t asleep = fleet.size() - 1;
        const Bytes large = make_test_image({.width = 3000, .height = 2000});
        for (int i = 0; i < rounds_; ++i) {
            const double lost = fleet.metric(asleep, "thumbjobs_leases_lost_total");
            FleetLoad load(fleet, large, 3, "stop-" + std::to_string(i));
            bool fenced = false;
            for (int attempt = 0; attempt < 5 && !fenced; ++attempt) { // it may be idle just then
                QVERIFY(load.wait_for(5, 60s));
                fleet.process(asleep).send_signal(SIGSTOP);
                eventually(5s, [] { return false; }); // two leases, and a sweep
                fleet.process(asleep).send_signal(SIGCONT);
                ++faults_;
                fenced = eventually(10s, [&] {
                    return fleet.metric(asleep, "thumbjobs_leases_lost_total") > lost;
                });
            }
            QVERIFY2(fenced, "the worker that slept past its lease was not told that it lost it");
            const std::string wrong = settle(fleet, load);
            QVERIFY2(wrong.empty(), text(wrong));
        }
    }
};

QTEST_GUILESS_MAIN(FaultSuite)
#include "tst_faults.moc"
