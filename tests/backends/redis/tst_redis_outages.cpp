// The job store while its Redis is full, cut off, restarted, emptied; and what a submit waits for.
#include "backends/redis/client/facts.h"
#include "backends/redis/store/job_fields.h"
#include "backends/redis/store/operations.h"
#include "redis_jobs_fixture.h"
#include "support/errors.h"
#include "support/fake_clock.h"
#include "support/redis_server.h"

#include <QTest>

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::test;
using redis::Client;

class TestRedisOutages : public QObject {
    Q_OBJECT

private slots:
    void a_full_redis_refuses_joined_submits_one_by_one();
    void a_full_redis_refuses_submits_and_drains();
    void cut_connections_make_nothing_twice();
    void a_restart_loses_nothing_and_resets_events();
    void an_emptied_redis_is_a_new_store();
    void a_job_that_redis_evicted_stops_nobody();
    void waits_for_the_append_only_file();
    void waits_for_a_replica();
};

void TestRedisOutages::a_full_redis_refuses_joined_submits_one_by_one() {
    const RedisServer server;
    Client client(options_of(server.url()));
    const auto store = open_store(server.url());
    const JobId known = store->create(new_job()).job.id;
    client.command({"CONFIG", "SET", "maxmemory", "1"}).require();
    std::vector<std::string> words;
    for (const JobId& id : {known, new_job().id, new_job().id})
        for (const std::string& word :
             {id.to_string(), redis::pack_data(new_job()), std::string("0"), std::string("3"),
              std::string("0"), std::string("0"), std::string("1"), std::string(), std::string(),
              std::string("0"), std::string(), std::string("-\x92\xa0\xa0")})
            words.push_back(word);
    const redis::Reply replies = run_joined(client, redis::operations().create.script, words);
    QCOMPARE(replies.at(0).at(0).text(), std::string("ok"));
    QCOMPARE(replies.at(1).at(0).text(), std::string("oom"));
    QCOMPARE(replies.at(2).at(0).text(), std::string("oom"));
    QCOMPARE(store->stats().queued, std::int64_t{1});
    QCOMPARE(store->events({}, 100).events.size(), std::size_t{1});
}

void TestRedisOutages::a_full_redis_refuses_submits_and_drains() {
    const RedisServer server(RedisServer::Options{.max_memory = "8mb"});
    const auto store = open_store(server.url(), {.event_history = 100});
    int created = 0;
    std::optional<ErrorCode> refused;
    while (!refused && created < 5'000) {
        refused = test::code_of([&] { store->create(new_job(4'000)); });
        created += refused ? 0 : 1;
    }
    QCOMPARE(refused, std::optional(ErrorCode::storage_full));
    QVERIFY(created > 10);
    QCOMPARE(store->stats().queued, std::int64_t{created});

    // All that ends a job works all the same.
    std::vector<ClaimedJob> held = store->claim(request(3)).jobs;
    QCOMPARE(held.size(), std::size_t{3});
    store->mark_decoding(held[0].lease);
    store->report_progress(held[0].lease, 0.5);
    store->renew(std::vector{held[0].lease, held[1].lease}, minute);
    store->give_back(held[0].lease, Milliseconds{0}, {});
    Failure failure;
    failure.error = {.code = ErrorCode::image_corrupt, .message = "It is damaged."};
    QCOMPARE(store->fail(held[1].lease, failure).state, JobState::failed);
    ClaimRequest next = request();
    held = store->complete(held[2].lease, completion(), &next).jobs;
    int completed = 1;
    while (!held.empty()) {
        next = request();
        held = store->complete(held[0].lease, completion(), &next).jobs;
        ++completed;
    }
    QCOMPARE(completed, created - 1);
    QVERIFY(store->acquire("sweeper", "test", minute));
    store->sweep({.worker = "test"});
    QCOMPARE(store->stats().succeeded, std::int64_t{completed});

    // Removing makes room, and then submits are taken again.
    while (store->stats().succeeded > 0) {
        std::vector<JobId> ids;
        for (const Job& job : store->list({.states = {JobState::succeeded}, .limit = 500}).jobs) {
            store->remove(job.id, Milliseconds{0}, {});
            ids.push_back(job.id);
        }
        store->forget(ids);
    }
    QVERIFY(store->create(new_job(4'000)).created);
}

void TestRedisOutages::cut_connections_make_nothing_twice() {
    const RedisServer server;
    const auto store = open_store(server.url());
    std::atomic<bool> over{false};
    std::atomic<int> cuts{0};
    std::thread cutter([&] {
        Client client(options_of(server.url()));
        std::mutex mutex;
        std::condition_variable never;
        while (!over) {
            client.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}).require();
            ++cuts;
            std::unique_lock lock(mutex);
            never.wait_for(lock, Milliseconds{5});
        }
    });
    // As an engine does, each repeats its call until it is answered.
    const auto insist = [](const auto& call) {
        while (true) {
            try {
                return call();
            } catch (const Error& error) {
                if (error.code() != ErrorCode::store_unavailable)
                    throw;
            }
        }
    };
    constexpr int thread_count = 4;
    constexpr int jobs_each = 100; // at the least
    constexpr int enough_cuts = 20;
    std::atomic<int> created{0};
    std::atomic<int> unexpected{0};
    std::mutex mutex;
    std::set<std::string> claims;
    std::multiset<JobId> completed;
    const auto work = [&](int number) {
        try {
            for (int i = 0; i < jobs_each || cuts < enough_cuts; ++i) {
                const NewJob job = new_job();
                insist([&] { return store->create(job); });
                ++created;
                const ClaimRequest asked{.worker = "test",
                                         .nonce = std::to_string(number) + "-" + std::to_string(i),
                                         .max_jobs = 2,
                                         .lease = 60 * minute};
                for (const ClaimedJob& held : insist([&] { return store->claim(asked); }).jobs) {
                    insist([&] { return store->complete(held.lease, completion(), nullptr); });
                    const std::lock_guard lock(mutex);
                    completed.insert(held.lease.job);
                    if (!claims.insert(held.lease.job.to_string() + held.lease.claim_id).second)
                        ++unexpected;
                }
            }
        } catch (const Error& error) {
            qWarning("%s %s", error.what(), error.detail().c_str());
            ++unexpected;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < thread_count; ++i)
        threads.emplace_back(work, i);
    for (std::thread& thread : threads)
        thread.join();
    over = true;
    cutter.join();
    QCOMPARE(unexpected.load(), 0);
    QVERIFY(created >= thread_count * jobs_each);
    const StoreStats stats = store->stats();
    QCOMPARE(stats.processing, std::int64_t{0}); // every claim was answered in the end
    QCOMPARE(stats.succeeded + stats.queued, std::int64_t{created});
    QCOMPARE(static_cast<std::int64_t>(completed.size()), stats.succeeded);
    QCOMPARE(std::set<JobId>(completed.begin(), completed.end()).size(), completed.size());
}

void TestRedisOutages::a_restart_loses_nothing_and_resets_events() {
    RedisServer server(RedisServer::Options{.append_fsync = "always"});
    const auto store = open_store(server.url());
    Ear ear;
    store->set_listener(ear.listener());
    const Job job = store->create(new_job()).job;
    const ClaimedJob claimed = store->claim(request()).jobs.at(0);
    const EventCursor cursor = store->events_end();
    server.kill();
    server.start();

    QCOMPARE(store->stats().processing, std::int64_t{1});
    QCOMPARE(store->renew(std::span(&claimed.lease, 1), minute).at(0), LeaseState::held);
    const EventPage page = store->events(cursor, 10);
    QCOMPARE(page.events.at(0).kind, Event::Kind::reset);
    store->complete(claimed.lease, completion(), nullptr);
    QCOMPARE(store->events(page.cursor, 10).events.size(), std::size_t{1});
    const int heard = ear.events;
    open_store(server.url())->create(new_job());
    QTRY_VERIFY(ear.events > heard); // it listens again
    store->set_listener({});
}

void TestRedisOutages::an_emptied_redis_is_a_new_store() {
    const RedisServer server;
    const auto store = open_store(server.url());
    const std::string id = store->id();
    store->create(new_job());
    Client(options_of(server.url())).command({"FLUSHALL"}).require();
    QCOMPARE(store->stats().queued, std::int64_t{0});
    QVERIFY(store->id() != id); // so that no sweeper takes its images for this store's
    QVERIFY(store->create(new_job()).created);
}

void TestRedisOutages::a_job_that_redis_evicted_stops_nobody() {
    const RedisServer server;
    test::FakeClock clock;
    const auto store = open_store(server.url(), {.clock = &clock});
    Client client(options_of(server.url()));
    const auto evict = [&client](const JobId& id) {
        const std::string key = client.options().tag() + ":job:" + id.to_string();
        client.command({"DEL", key}).require();
    };
    std::vector<JobId> ids;
    for (int i = 0; i < 6; ++i)
        ids.push_back(store->create(new_job()).job.id);
    const std::vector<ClaimedJob> held = store->claim(request(2)).jobs;
    store->cancel(ids[2], second, {});
    evict(ids[0]); // is being processed
    evict(ids[2]); // is over
    evict(ids[3]); // is queued
    QCOMPARE(store->list({.states = {}, .limit = 2}).jobs.size(), std::size_t{2});
    QCOMPARE(store->list({}).jobs.size(), std::size_t{3});
    clock.advance(2 * minute);
    const SweepResult swept = store->sweep({.worker = "test"});
    QCOMPARE(swept.requeued, 1);
    QCOMPARE(swept.expired, 0);
    QCOMPARE(store->claim(request(10)).jobs.size(), std::size_t{3});
    EXPECT_ERROR(store->complete(held[0].lease, completion(), nullptr), lease_lost);
    QVERIFY(!store->claim(request()).next_due);
}

void TestRedisOutages::waits_for_the_append_only_file() {
    const RedisServer without;
    EXPECT_ERROR(open_store(without.url("durability=aof")), invalid_argument);
    const RedisServer server(RedisServer::Options{.append_fsync = "everysec"});
    Client client(options_of(server.url()));
    const redis::ServerFacts facts = redis::read_facts(client);
    if (facts.version < 70'200) {
        const QString message = test::message_of([&] { open_store(server.url("durability=aof")); });
        QVERIFY2(message.contains("Redis 7.2 or later"), qPrintable(message));
        QSKIP("this redis-server has no WAITAOF: it came with 7.2");
    }
    const auto store = open_store(server.url("durability=aof"));
    const NewJob job = new_job();
    QVERIFY(store->create(job).created);
    QVERIFY(store->create(job).created);
    const Lease lease = store->claim(request()).jobs.at(0).lease;
    store->complete(lease, completion(), nullptr);
    QCOMPARE(store->stats().succeeded, std::int64_t{1});
}

void TestRedisOutages::waits_for_a_replica() {
    const RedisServer master(RedisServer::Options{.config = {"repl-diskless-sync-delay 0"}});
    const auto store = open_store(master.url("durability=replica&command_timeout=1s"));
    const NewJob job = new_job();
    EXPECT_ERROR(store->create(job), store_unavailable); // there is none
    EXPECT_ERROR(store->create(job), store_unavailable); // nor is a repeat a confirmation
    const RedisServer replica(
        RedisServer::Options{.config = {"replicaof 127.0.0.1 " + std::to_string(master.port())}});
    bool confirmed = false;
    const auto create = [&] {
        confirmed = confirmed || !test::code_of([&] { store->create(job); });
        return confirmed;
    };
    QTRY_VERIFY_WITH_TIMEOUT(create(), 30'000);
    QCOMPARE(store->stats().queued, std::int64_t{1});
}

QTEST_GUILESS_MAIN(TestRedisOutages)
#include "tst_redis_outages.moc"
