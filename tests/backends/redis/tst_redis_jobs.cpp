// What is Redis' own about its job store: memory, clocks, outages, durability.
#include "backends/redis/client/facts.h"
#include "backends/redis/store/job_fields.h"
#include "backends/redis/store/operations.h"
#include "support/errors.h"
#include "support/fake_clock.h"
#include "support/redis_server.h"

#include <QTest>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace thumbjobs;
using redis::Client;
using test::RedisServer;

namespace {

constexpr Milliseconds second{1'000};
constexpr Milliseconds minute{60'000};

std::shared_ptr<JobStore> open_store(const std::string& url, const BackendContext& context = {}) {
    return Registry::builtin().open_store(url, context);
}

redis::ClientOptions options_of(const std::string& text) {
    BackendUrl url = BackendUrl::parse(text);
    return redis::ClientOptions::parse(url);
}

NewJob new_job(std::size_t metadata_bytes = 0) {
    NewJob job;
    job.id = JobId::generate(Clock::system().wall());
    job.original = {.filename = "holiday.jpg", .media_type = "image/jpeg", .bytes = 1'234'567};
    job.original_key = job.id.to_string() + "/original";
    job.specs = {RenditionSpec{}};
    job.request_id = job.id.to_string();
    job.note = {.level = LogLevel::info, .message = "Submitted.", .worker = "test"};
    if (metadata_bytes > 0)
        job.metadata = {{"filler", std::string(metadata_bytes, 'x')}};
    return job;
}

ClaimRequest request(int max_jobs = 1, Milliseconds lease = minute) {
    static int nonces = 0;
    return {.worker = "test",
            .nonce = "nonce-" + std::to_string(++nonces),
            .max_jobs = max_jobs,
            .lease = lease};
}

Completion completion() {
    return {.original_width = 640,
            .original_height = 480,
            .renditions = {{.name = "thumbnail",
                            .media_type = "image/jpeg",
                            .width = 100,
                            .height = 75,
                            .bytes = 2'345,
                            .checksum = "sha256:" + std::string(64, 'a')}},
            .rendition_keys = {"job/claim/thumbnail"},
            .note = {.level = LogLevel::info, .message = "Done.", .worker = "test"}};
}

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

/// Runs a script as the store does for calls that go together: `words` are those of all.
redis::Reply run_joined(Client& client, const redis::Script& script,
                        const std::vector<std::string>& words) {
    std::vector<std::string_view> all{"", "100"};
    all.insert(all.end(), words.begin(), words.end());
    const std::string prefix = client.options().tag() + ":";
    const std::array<std::string_view, 1> keys{prefix};
    redis::Reply replies = client.eval(script, keys, all);
    replies.require();
    return replies;
}

/// Counts what a store's listener is told.
struct Ear {
    std::atomic<int> work{0};
    std::atomic<int> events{0};

    JobStore::Listener listener() {
        return [this](JobStore::Change change) {
            work += change.work ? 1 : 0;
            events += change.events ? 1 : 0;
        };
    }
};

} // namespace

class TestRedisJobs : public QObject {
    Q_OBJECT

private slots:
    void a_queued_job_takes_little_memory();
    void a_job_takes_two_round_trips();
    void calls_in_one_script_are_judged_one_by_one();
    void events_of_one_script_are_read_one_by_one();
    void history_is_bounded_by_events_not_entries();
    void a_full_redis_refuses_joined_submits_one_by_one();
    void a_full_redis_refuses_submits_and_drains();
    void nothing_is_left_after_retention();
    void a_jump_of_the_clock_forward_ends_no_lease();
    void a_jump_of_the_clock_back_delays_no_lease();
    void a_deadline_is_kept();
    void a_token_wakes_an_idle_process();
    void cut_connections_make_nothing_twice();
    void a_restart_loses_nothing_and_resets_events();
    void an_emptied_redis_is_a_new_store();
    void a_job_that_redis_evicted_stops_nobody();
    void namespaces_are_apart();
    void waits_for_the_append_only_file();
    void waits_for_a_replica();
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

void TestRedisJobs::a_full_redis_refuses_joined_submits_one_by_one() {
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

void TestRedisJobs::a_full_redis_refuses_submits_and_drains() {
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
void TestRedisJobs::cut_connections_make_nothing_twice() {
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

void TestRedisJobs::a_restart_loses_nothing_and_resets_events() {
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

void TestRedisJobs::an_emptied_redis_is_a_new_store() {
    const RedisServer server;
    const auto store = open_store(server.url());
    const std::string id = store->id();
    store->create(new_job());
    Client(options_of(server.url())).command({"FLUSHALL"}).require();
    QCOMPARE(store->stats().queued, std::int64_t{0});
    QVERIFY(store->id() != id); // so that no sweeper takes its images for this store's
    QVERIFY(store->create(new_job()).created);
}

void TestRedisJobs::a_job_that_redis_evicted_stops_nobody() {
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

void TestRedisJobs::namespaces_are_apart() {
    const RedisServer server;
    const auto one = open_store(server.url("namespace=one"));
    const auto two = open_store(server.url("namespace=two"));
    QVERIFY(one->id() != two->id());
    one->create(new_job());
    QVERIFY(two->claim(request()).jobs.empty());
    QCOMPARE(two->stats().queued, std::int64_t{0});
}

void TestRedisJobs::waits_for_the_append_only_file() {
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

void TestRedisJobs::waits_for_a_replica() {
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
