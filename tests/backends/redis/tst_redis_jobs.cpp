// What is Redis' own about its job store: scripts, memory, clocks, notices.
#include "backends/redis/client/facts.h"
#include "backends/redis/store/job_fields.h"
#include "backends/redis/store/operations.h"
#include "redis_jobs_fixture.h"
#include "support/errors.h"
#include "support/fake_clock.h"
#include "support/redis_server.h"

#include <QTest>

#include <array>
#include <memory>
#include <set>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::test;
using redis::Client;

namespace {

/// Changes what the store remembers as the server's time, by milliseconds.
void move_last_time(Client& client, std::string_view by) {
    const redis::Script script(
        "move", "local n = {struct.unpack('>dddddd', redis.call('HGET', KEYS[1], 'clock'))} "
                "return redis.call('HSET', KEYS[1], 'clock', "
                "struct.pack('>dddddd', n[1], n[2], n[3] + ARGV[1], n[4], n[5], n[6]))");
    const std::string meta = client.options().tag() + ":meta";
    const std::array<std::string_view, 1> keys{meta};
    client.eval(script, keys, std::span(&by, 1)).require();
}

} // namespace

class TestRedisJobs : public QObject {
    Q_OBJECT

private slots:
    void a_queued_job_takes_little_memory();
    void a_job_takes_two_round_trips();
    void calls_in_one_script_are_judged_one_by_one();
    void events_of_one_script_are_read_one_by_one();
    void history_is_bounded_by_events_not_entries();
    void nothing_is_left_after_retention();
    void a_jump_of_the_clock_forward_ends_no_lease();
    void a_jump_of_the_clock_back_delays_no_lease();
    void a_deadline_is_kept();
    void a_token_wakes_an_idle_process();
    void namespaces_are_apart();
    void refuses_bad_options();
    void refuses_a_newer_layout();
};

void TestRedisJobs::a_queued_job_takes_little_memory() {
    const RedisServer server;
    const auto store = open_store(server.url());
    Client client(options_of(server.url()));
    constexpr int jobs = 10'000;
    const std::int64_t before = redis::read_facts(client).used_memory;
    for (int i = 0; i < jobs; ++i)
        store->create(new_job());
    const std::int64_t each = (redis::read_facts(client).used_memory - before) / jobs;
    QVERIFY2(each <= 1'536, std::to_string(each).c_str());
}

// Submit is one, completing and claiming the next is one; a claim brings many, renewals go
// together.
void TestRedisJobs::a_job_takes_two_round_trips() {
    const RedisServer server;
    Client client(options_of(server.url()));
    const auto store = open_store(server.url());
    const auto run_some = [&store](int jobs) {
        for (int i = 0; i < jobs; ++i)
            store->create(new_job());
        std::vector<ClaimedJob> held = store->claim(request()).jobs;
        while (!held.empty()) {
            const ClaimRequest next = request();
            held = store->complete(held[0].lease, completion(), &next).jobs;
        }
    };
    struct Trips {
        std::int64_t scripts;
        std::int64_t reads;
    };
    const auto trips_of = [&client](const std::function<void()>& work) {
        client.command({"CONFIG", "RESETSTAT"}).require();
        work();
        const std::string text = client.command({"INFO", "everything"}).text();
        const auto figure = [&text](const std::string& name) {
            return std::stoll(text.substr(text.find(name) + name.size()));
        };
        // Asking is a read of its own.
        return Trips{figure("cmdstat_evalsha:calls="), figure("total_reads_processed:") - 1};
    };
    run_some(1); // Redis has the scripts now
    constexpr int jobs = 50;
    Trips trips = trips_of([&] { run_some(jobs); });
    QCOMPARE(trips.scripts, std::int64_t{2 * jobs + 1});
    QCOMPARE(trips.reads, std::int64_t{2 * jobs + 1});

    for (int i = 0; i < jobs; ++i)
        store->create(new_job());
    std::vector<Lease> leases;
    trips = trips_of([&] {
        for (const ClaimedJob& job : store->claim(request(jobs)).jobs)
            leases.push_back(job.lease);
    });
    QCOMPARE(leases.size(), std::size_t{jobs});
    QCOMPARE(trips.scripts, std::int64_t{1});
    store->renew(leases, minute); // Redis has this script as well
    trips = trips_of([&] { store->renew(leases, minute); });
    QCOMPARE(trips.scripts, std::int64_t{1});
    QCOMPARE(trips.reads, std::int64_t{1});
}

void TestRedisJobs::calls_in_one_script_are_judged_one_by_one() {
    const RedisServer server;
    Client client(options_of(server.url()));
    const auto store = open_store(server.url());
    const JobId first = store->create(new_job()).job.id;
    const JobId a = new_job().id;
    const JobId b = new_job().id;
    std::vector<std::string> words;
    const auto submit = [&words](const JobId& id, const std::string& key, const std::string& print,
                                 const std::string& bound, const std::string& deadline) {
        for (const std::string& word :
             {id.to_string(), redis::pack_data(new_job()), std::string("0"), std::string("3"),
              std::string("0"), std::string("0"), std::string("1"), key, print, bound, deadline,
              std::string("-\x92\xa0\xa0")})
            words.push_back(word);
    };
    submit(a, "key", "print", "0", "");
    submit(new_job().id, "key", "print", "0", "");
    submit(new_job().id, "key", "other", "0", "");
    submit(a, "key", "print", "0", "");
    submit(new_job().id, "", "", "2", ""); // `first` and `a` are queued
    submit(new_job().id, "", "", "0", "1");
    submit(b, "", "", "3", "");
    submit(new_job().id, "", "", "3", "");
    redis::Reply replies = run_joined(client, redis::operations().create.script, words);
    std::string answers;
    for (const redis::Reply& reply : replies.array())
        answers += reply.at(0).text() + " ";
    QCOMPARE(answers, std::string("ok ok conflict ok full late ok full "));
    QCOMPARE(replies.at(0).at(1).number(), std::int64_t{1});
    QCOMPARE(replies.at(1).at(1).number(), std::int64_t{0}); // `a`, by its key
    QCOMPARE(replies.at(1).at(2).at(0).text(), a.to_string());
    QCOMPARE(replies.at(3).at(1).number(), std::int64_t{1}); // a repeat
    QCOMPARE(store->stats().queued, std::int64_t{3});
    QCOMPARE(store->events({}, 100).events.size(), std::size_t{3});

    // One attempt ends twice, another's token is wrong; three of the claims get a job, in order.
    for (int i = 0; i < 2; ++i)
        store->create(new_job());
    const Lease held = store->claim(request()).jobs.at(0).lease;
    QVERIFY(held.job == first);
    words.clear();
    const auto complete = [&words](const Lease& lease, std::uint64_t token, const char* most) {
        static int nonces = 0;
        for (const std::string& word :
             {lease.job.to_string(), std::to_string(token), lease.claim_id, std::string("0"),
              std::string("0"), std::string("\x91\x00", 2), std::string("0"), std::string(),
              std::string("-\x92\xa0\xa0"), "joined-" + std::to_string(++nonces),
              std::string("test"), std::string(most), std::string("60000"), std::string(16, 'a')})
            words.push_back(word);
    };
    complete(held, held.token, "1");
    complete(held, held.token, "2");
    complete(held, held.token + 1, "1");
    complete(held, held.token, "0");
    replies = run_joined(client, redis::operations().complete.script, words);
    QCOMPARE(replies.at(0).array().size(), std::size_t{2});
    QCOMPARE(replies.at(0).at(1).at(0).text(), a.to_string());
    QCOMPARE(replies.at(1).array().size(), std::size_t{3});
    QCOMPARE(replies.at(1).at(1).at(0).text(), b.to_string());
    QCOMPARE(replies.at(2).text(), std::string("lost"));
    QCOMPARE(replies.at(3).array().size(), std::size_t{1});
    const StoreStats stats = store->stats();
    QCOMPARE(stats.succeeded, std::int64_t{1});
    QCOMPARE(stats.processing, std::int64_t{3});
    QCOMPARE(stats.queued, std::int64_t{1});
    // All of it once more changes nothing, and brings the same.
    const redis::Reply again = run_joined(client, redis::operations().complete.script, words);
    QCOMPARE(again.at(0).at(1).at(0).text(), a.to_string());
    QCOMPARE(again.at(1).array().size(), std::size_t{3});
    QCOMPARE(store->stats().processing, std::int64_t{3});
    QCOMPARE(store->stats().finished_last_minute, std::int64_t{1});
}

// They share entries of the stream.
void TestRedisJobs::events_of_one_script_are_read_one_by_one() {
    const RedisServer server;
    const auto store = open_store(server.url());
    constexpr std::size_t jobs = 20;
    for (std::size_t i = 0; i < jobs; ++i)
        store->create(new_job());
    const EventCursor start = store->events_end();
    const std::vector<ClaimedJob> held = store->claim(request(jobs)).jobs;
    QCOMPARE(held.size(), jobs);

    const std::vector<Event> all = store->events(start, 1'000).events;
    QCOMPARE(all.size(), jobs);
    EventCursor cursor = start;
    for (std::size_t i = 0; i < jobs; ++i) {
        QVERIFY(all[i].id == held[i].lease.job);
        QVERIFY(all[i].job && all[i].job->state == JobState::processing);
        const EventPage next = store->events(cursor, 1);
        QCOMPARE(next.events.size(), std::size_t{1});
        QCOMPARE(next.events[0].cursor, all[i].cursor);
        QVERIFY(next.events[0].id == all[i].id);
        cursor = next.cursor;
    }
    QVERIFY(store->events(cursor, 1).events.empty());
    const std::vector<Event> some = store->events(all[13].cursor, 4).events; // of two entries
    QCOMPARE(some.size(), std::size_t{4});
    QCOMPARE(some.back().cursor, all[17].cursor);

    const std::vector<LogLine> newest = store->logs({.limit = 7});
    QCOMPARE(newest.size(), std::size_t{7});
    for (std::size_t i = 0; i < newest.size(); ++i)
        QVERIFY(newest[i].job == held[jobs - 7 + i].lease.job);
    QCOMPARE(store->logs({.limit = 1'000}).size(), 2 * jobs);
    QCOMPARE(store->logs({.job = held[3].lease.job, .limit = 1'000}).size(), std::size_t{2});
}

void TestRedisJobs::history_is_bounded_by_events_not_entries() {
    const RedisServer server;
    const auto store = open_store(server.url(), {.event_history = 100});
    const EventCursor start = store->events_end();
    constexpr int rounds = 20;
    constexpr std::size_t jobs = 40;
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < jobs; ++i)
            store->create(new_job());
        QCOMPARE(store->claim(request(jobs)).jobs.size(), jobs);
    }
    QVERIFY(store->events(start, 1).events.at(0).kind == Event::Kind::reset);
    const std::vector<Event> kept = store->events({}, 1'000).events;
    QVERIFY2(kept.size() >= 100 && kept.size() < 250, std::to_string(kept.size()).c_str());
    QCOMPARE(store->events(kept.front().cursor, 1'000).events.size(), kept.size() - 1);
    QCOMPARE(kept.back().cursor, store->events_end());
}

void TestRedisJobs::nothing_is_left_after_retention() {
    const RedisServer server;
    test::FakeClock clock;
    const auto store = open_store(server.url(), {.clock = &clock});
    for (int i = 0; i < 20; ++i) {
        NewJob job = new_job();
        job.idempotency_key = job.id.to_string();
        store->create(job);
    }
    Completion done = completion();
    done.retention = second;
    for (const ClaimedJob& job : store->claim(request(15)).jobs)
        store->complete(job.lease, done, nullptr);
    for (const Job& job : store->list({.states = {JobState::queued}}).jobs)
        store->cancel(job.id, second, {});
    clock.advance(minute);
    QCOMPARE(store->sweep({.worker = "test"}).expired, 20);
    std::vector<JobId> gone;
    for (const JobRecord& record : store->tombstones(100))
        gone.push_back(record.job.id);
    store->forget(gone);

    std::set<std::string> keys;
    Client client(options_of(server.url()));
    const redis::Reply left = client.command({"KEYS", "*"});
    for (const redis::Reply& key : left.array())
        keys.insert(key.text());
    const std::string prefix = client.options().tag() + ":";
    QVERIFY(keys == (std::set{prefix + "events", prefix + "meta"}));
}

// The store compares the server's clock with what it read last, so setting that back is what a jump
// of the clock forward is.
void TestRedisJobs::a_jump_of_the_clock_forward_ends_no_lease() {
    const RedisServer server;
    const auto store = open_store(server.url());
    Client client(options_of(server.url()));
    store->create(new_job());
    QCOMPARE(store->claim(request()).jobs.size(), std::size_t{1});
    move_last_time(client, "-3600000");
    QCOMPARE(store->sweep({.worker = "test"}).requeued, 0);
    QCOMPARE(store->sweep({.worker = "test"}).requeued, 0);
    QCOMPARE(store->stats().processing, std::int64_t{1});
}

void TestRedisJobs::a_jump_of_the_clock_back_delays_no_lease() {
    const RedisServer server;
    const auto store = open_store(server.url());
    Client client(options_of(server.url()));
    store->create(new_job());
    QCOMPARE(store->claim(request(1, Milliseconds{1})).jobs.size(), std::size_t{1});
    move_last_time(client, "3600000");
    const auto is_back = [&store] {
        store->sweep({.worker = "test"});
        return store->stats().queued == 1;
    };
    QTRY_VERIFY(is_back());
}

void TestRedisJobs::a_deadline_is_kept() {
    const RedisServer server;
    const auto store = open_store(server.url());
    NewJob job = new_job();
    job.deadline = Clock::system().boot() - Milliseconds{1};
    EXPECT_ERROR(store->create(job), timed_out);
    QCOMPARE(store->stats().queued, std::int64_t{0});
    job.deadline = Clock::system().boot() + minute;
    QVERIFY(store->create(job).created);
}

void TestRedisJobs::a_token_wakes_an_idle_process() {
    const RedisServer server;
    const auto producer = open_store(server.url());
    const auto worker = open_store(server.url());
    Client client(options_of(server.url()));
    Ear ear;
    worker->set_listener(ear.listener());
    QVERIFY(worker->claim(request()).jobs.empty()); // its hands are free
    producer->create(new_job());
    QTRY_VERIFY(ear.work > 0);
    QTRY_VERIFY(ear.events > 0);
    QCOMPARE(worker->claim(request()).jobs.size(), std::size_t{1});
    // Nobody takes the token now, and an empty queue leaves none.
    producer->create(new_job());
    producer->create(new_job());
    const std::string wake = client.options().tag() + ":wake";
    QTRY_COMPARE(client.command({"LLEN", wake}).integer(), std::int64_t{1});
    QVERIFY(producer->claim(request(10)).jobs.size() == 2);
    QCOMPARE(client.command({"LLEN", wake}).integer(), std::int64_t{0});
    worker->set_listener({});
}

// Redis closes every connection again and again, also between a script and its reply.
void TestRedisJobs::namespaces_are_apart() {
    const RedisServer server;
    const auto one = open_store(server.url("namespace=one"));
    const auto two = open_store(server.url("namespace=two"));
    QVERIFY(one->id() != two->id());
    one->create(new_job());
    QVERIFY(two->claim(request()).jobs.empty());
    QCOMPARE(two->stats().queued, std::int64_t{0});
}

void TestRedisJobs::refuses_bad_options() {
    const RedisServer server;
    QVERIFY(test::message_of([&] {
                open_store(server.url("durability=sometimes"));
            }).contains("accepted: async, aof, replica"));
    QVERIFY(
        test::message_of([&] { open_store(server.url("durabilty=aof")); }).contains("durability"));
}

void TestRedisJobs::refuses_a_newer_layout() {
    const RedisServer server;
    open_store(server.url());
    Client client(options_of(server.url()));
    client.command({"HSET", client.options().tag() + ":meta", "version", "5"}).require();
    EXPECT_ERROR(open_store(server.url()), incompatible);
}

QTEST_GUILESS_MAIN(TestRedisJobs)
#include "tst_redis_jobs.moc"
