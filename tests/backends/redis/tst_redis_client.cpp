#include "backends/redis/client/client.h"
#include "support/errors.h"
#include "support/redis_server.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::redis;
using test::RedisServer;

namespace {

ClientOptions options_of(const std::string& text) {
    BackendUrl url = BackendUrl::parse(text);
    ClientOptions options = ClientOptions::parse(url);
    url.refuse_rest(ClientOptions::accepted);
    return options;
}

/// The same, for a client whose calls go together as soon as one is under way.
ClientOptions shared_options_of(const std::string& text) {
    ClientOptions options = options_of(text);
    options.lanes = 1;
    return options;
}

/// A figure of INFO.
std::int64_t info(Client& client, const std::string& name) {
    const std::string text = client.command({"INFO"}).text();
    return std::stoll(text.substr(text.find(name + ':') + name.size() + 1));
}

void in_threads(int count, const std::function<void()>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back(work);
    for (std::thread& thread : threads)
        thread.join();
}

} // namespace

/// The Redis client on one real server.
class TestRedisClient : public QObject {
    Q_OBJECT

private slots:
    void init();

    void runs_commands();
    void runs_scripts();
    void runs_pipelines();
    void serves_many_threads();
    void calls_go_together();
    void calls_of_one_script_are_one_command();
    void calls_that_go_together_end_in_time();
    void cut_calls_are_executed_once();
    void authenticates();
    void uses_the_database();
    void reconnects_after_a_kill();
    void says_who_does_not_answer();
    void waits_on_a_dedicated_connection();
    void interrupts_a_dedicated_connection();

private:
    RedisServer server_;
};

void TestRedisClient::init() {
    server_.start();
    Client client(options_of(server_.url()));
    client.command({"FLUSHALL"}).require();
}

void TestRedisClient::runs_commands() {
    Client client(options_of(server_.url()));
    QCOMPARE(client.command({"SET", "k", std::string_view("a\0b\r\n", 5)}).text(),
             std::string("OK"));
    QCOMPARE(client.command({"GET", "k"}).text(), std::string("a\0b\r\n", 5));
    QVERIFY(client.command({"GET", "none"}).is_nil());
    QCOMPARE(client.command({"INCRBY", "n", "41"}).integer(), std::int64_t{41});
    QVERIFY(client.command({"INCR", "k"}).is_error("ERR"));
    const std::string large(3 << 20, 'x');
    client.command({"SET", "large", large}).require();
    QVERIFY(client.command({"GET", "large"}).text() == large);
}

void TestRedisClient::runs_scripts() {
    Client client(options_of(server_.url()));
    const Script script("sum", "return tonumber(redis.call('INCRBY', KEYS[1], ARGV[1])) + 1");
    const std::array<std::string_view, 1> keys{"n"};
    const std::array<std::string_view, 1> arguments{"5"};
    QCOMPARE(client.eval(script, keys, arguments).integer(), std::int64_t{6});
    client.command({"SCRIPT", "FLUSH"}).require();
    QCOMPARE(client.eval(script, keys, arguments).integer(), std::int64_t{11});
    QCOMPARE(client.command({"SCRIPT", "EXISTS", script.sha1}).at(0).integer(), std::int64_t{1});

    const std::array<std::string_view, 3> wait{"WAIT", "0", "100"};
    const std::array<Words, 1> then{wait};
    const auto replies = client.eval_then(script, keys, arguments, then);
    QCOMPARE(replies.size(), std::size_t{2});
    QCOMPARE(replies[0].integer(), std::int64_t{16});
    QCOMPARE(replies[1].integer(), std::int64_t{0});
}

void TestRedisClient::runs_pipelines() {
    Client client(options_of(server_.url()));
    const std::array<std::string_view, 3> set{"SET", "k", "1"};
    const std::array<std::string_view, 2> wrong{"LPOP", "k"};
    const std::array<std::string_view, 2> get{"GET", "k"};
    const std::array<Words, 3> commands{set, wrong, get};
    const auto replies = client.pipeline(commands);
    QCOMPARE(replies[0].text(), std::string("OK"));
    QVERIFY(replies[1].is_error("WRONGTYPE"));
    QCOMPARE(replies[2].text(), std::string("1"));
    QVERIFY(client.pipeline({}).empty());
}

void TestRedisClient::serves_many_threads() {
    Client client(options_of(server_.url("connections=3")));
    constexpr int threads = 8;
    constexpr int rounds = 100;
    std::atomic<int> wrong{0};
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i)
        running.emplace_back([&, i] {
            for (int round = 0; round < rounds; ++round) {
                const std::string text = std::to_string(i * rounds + round);
                if (client.command({"ECHO", text}).text() != text)
                    ++wrong;
                client.command({"INCR", "count"}).require();
            }
        });
    for (std::thread& thread : running)
        thread.join();
    QCOMPARE(wrong.load(), 0);
    QCOMPARE(client.command({"GET", "count"}).number(), std::int64_t{threads * rounds});
    const std::string clients = client.command({"CLIENT", "LIST", "TYPE", "NORMAL"}).text();
    QVERIFY(std::count(clients.begin(), clients.end(), '\n') <= 3);
}

void TestRedisClient::calls_go_together() {
    Client client(shared_options_of(server_.url("command_timeout=30s")));
    Client other(options_of(server_.url()));
    constexpr int threads = 50;
    constexpr int enough = 25; // reads less than calls; some threads may come late
    std::thread first([&] { (void)client.command({"BLPOP", "list", "0"}); });
    while (info(other, "blocked_clients") == 0)
        std::this_thread::yield();
    std::atomic<int> begun{0};
    std::atomic<int> right{0};
    std::thread rest([&] {
        in_threads(threads, [&] {
            const std::string text = std::to_string(++begun);
            right += client.command({"ECHO", text}).text() == text ? 1 : 0;
        });
    });
    while (begun < threads)
        std::this_thread::yield();
    const std::int64_t before = info(other, "total_reads_processed");
    other.command({"RPUSH", "list", "item"}).require();
    first.join();
    rest.join();
    QCOMPARE(right.load(), threads); // everybody gets the own reply
    QVERIFY(info(other, "total_reads_processed") - before < threads - enough);
}

void TestRedisClient::calls_of_one_script_are_one_command() {
    Client client(shared_options_of(server_.url("command_timeout=30s")));
    Client other(options_of(server_.url()));
    constexpr int threads = 50;
    constexpr int enough = 25; // scripts less than calls
    // Answers each call its own two words, with a third that says for how many it was run.
    const Script script("pairs", "local answers = {} for i = 2, #ARGV, 2 do "
                                 "answers[#answers + 1] = {ARGV[1], ARGV[i], ARGV[i + 1]} end "
                                 "return answers");
    const std::array<std::string_view, 1> keys{"{tj:default}:key"};
    const auto ask = [&](const std::string& head, const std::string& own) {
        const std::array<std::string_view, 3> words{head, own, own};
        const Reply reply = client.eval_together(script, keys, words, 1);
        return reply.array().size() == 1 && reply.at(0).at(0).text() == head &&
               reply.at(0).at(1).text() == own && reply.at(0).at(2).text() == own;
    };
    QVERIFY(ask("alone", "first"));
    std::thread first([&] { (void)client.command({"BLPOP", "list", "0"}); });
    while (info(other, "blocked_clients") == 0)
        std::this_thread::yield();
    other.command({"CONFIG", "RESETSTAT"}).require();
    std::atomic<int> begun{0};
    std::atomic<int> right{0};
    std::thread rest([&] {
        in_threads(threads, [&] {
            const int number = ++begun;
            if (ask(number % 2 == 0 ? "even" : "odd", std::to_string(number)))
                ++right;
        });
    });
    while (begun < threads)
        std::this_thread::yield();
    other.command({"RPUSH", "list", "go"}).require();
    first.join();
    rest.join();
    QCOMPARE(right.load(), threads);
    const std::string stats = other.command({"INFO", "commandstats"}).text();
    const std::string name = "cmdstat_evalsha:calls=";
    QVERIFY(std::stoi(stats.substr(stats.find(name) + name.size())) < threads - enough);
}

void TestRedisClient::calls_that_go_together_end_in_time() {
    Client client(shared_options_of(server_.url("command_timeout=300ms")));
    client.command({"PING"}).require();
    server_.send_signal(SIGSTOP);
    std::atomic<int> ended{0};
    in_threads(8, [&] {
        try {
            (void)client.command({"PING"});
        } catch (const Unavailable&) {
            ++ended;
        }
    });
    server_.send_signal(SIGCONT);
    QCOMPARE(ended.load(), 8);
    QTRY_VERIFY(!test::code_of([&] { client.command({"PING"}).require(); }));
}

// Calls that may not be repeated: what was answered counts once, what was not at most once.
void TestRedisClient::cut_calls_are_executed_once() {
    Client client(shared_options_of(server_.url("command_timeout=30s")));
    Client other(options_of(server_.url()));
    std::atomic<int> answered{0};
    std::atomic<int> unknown{0};
    std::atomic<int> cuts{0};
    std::atomic<bool> over{false};
    std::thread cutter([&] {
        while (!over) {
            other.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}).require();
            ++cuts;
            std::this_thread::yield();
        }
    });
    in_threads(8, [&] {
        for (int i = 0; i < 200 || cuts < 50; ++i)
            try {
                client.command({"INCR", "count"}).require();
                ++answered;
            } catch (const Unavailable& error) {
                unknown += error.maybe_executed() ? 1 : 0;
            }
    });
    over = true;
    cutter.join();
    const std::int64_t counted = other.command({"GET", "count"}).number();
    QVERIFY(counted >= answered);
    QVERIFY(counted <= answered + unknown);
}

void TestRedisClient::authenticates() {
    RedisServer guarded(
        {.password = "of-all", .config = {"user thumbs on >p@ss/word ~{tj:default}* +@all"}});
    Client by_password(options_of(guarded.url()));
    QCOMPARE(by_password.command({"PING"}).text(), std::string("PONG"));
    const std::string place = "127.0.0.1:" + std::to_string(guarded.port());
    Client by_user(options_of("redis://thumbs:p%40ss%2Fword@" + place));
    QCOMPARE(by_user.command({"SET", "{tj:default}:k", "1"}).text(), std::string("OK"));
    QVERIFY(by_user.command({"SET", "other", "1"}).is_error("NOPERM"));

    Client wrong(options_of("redis://thumbs:wrong-word@" + place));
    EXPECT_ERROR((void)wrong.command({"PING"}), store_unavailable);
    try {
        (void)wrong.command({"PING"});
    } catch (const Error& error) {
        QVERIFY2(error.detail().find("WRONGPASS") != std::string::npos, error.detail().c_str());
        QVERIFY(error.detail().find(place) != std::string::npos);
        QVERIFY(error.detail().find("wrong-word") == std::string::npos);
    }
    Client nobody(options_of("redis://" + place));
    EXPECT_ERROR(nobody.command({"PING"}).require(), store_unavailable);
}

void TestRedisClient::uses_the_database() {
    Client third(options_of(server_.url() + "/3"));
    Client first(options_of(server_.url()));
    third.command({"SET", "k", "3"}).require();
    QVERIFY(first.command({"GET", "k"}).is_nil());
    QCOMPARE(third.command({"GET", "k"}).text(), std::string("3"));
    Client none(options_of(server_.url() + "/99"));
    EXPECT_ERROR((void)none.command({"PING"}), store_unavailable);
}

void TestRedisClient::reconnects_after_a_kill() {
    RedisServer server({.append_fsync = "always"});
    Client client(options_of(server.url("command_timeout=20s")));
    client.command({"SET", "k", "1"}).require();
    server.kill();
    std::string answer;
    // The call begins while nobody listens and ends when the server is there again.
    std::thread caller([&] { answer = client.command({"GET", "k"}).text(); });
    server.start();
    caller.join();
    QCOMPARE(answer, std::string("1"));
    client.command({"SET", "k", "2"}).require();
    QCOMPARE(client.command({"GET", "k"}).text(), std::string("2"));
}

void TestRedisClient::says_who_does_not_answer() {
    const std::string place = "127.0.0.1:" + std::to_string(test::free_port());
    Client client(options_of("redis://user:hunter2@" + place + "?command_timeout=100ms"));
    try {
        (void)client.command({"PING"});
        QFAIL("there is no server");
    } catch (const Unavailable& error) {
        QCOMPARE(error.code(), ErrorCode::store_unavailable);
        QVERIFY(error.retryable());
        QVERIFY(!error.maybe_executed());
        const std::string detail = error.detail();
        QVERIFY2(detail.find(place) != std::string::npos, detail.c_str());
        QVERIFY2(detail.find("refused") != std::string::npos, detail.c_str());
        QVERIFY(detail.find("hunter2") == std::string::npos);
    }
}

void TestRedisClient::waits_on_a_dedicated_connection() {
    Client client(options_of(server_.url()));
    const auto waiting = client.dedicated();
    QVERIFY(waiting->command({"BLPOP", "list", "0.05"}, Milliseconds(50)).is_nil());
    std::thread pusher([&] { client.command({"RPUSH", "list", "item"}).require(); });
    const Reply reply = waiting->command({"BLPOP", "list", "30"}, std::chrono::seconds(30));
    pusher.join();
    QCOMPARE(reply.at(1).text(), std::string("item"));

    // It goes on after the server was away.
    server_.kill();
    EXPECT_ERROR(waiting->command({"PING"}, Milliseconds(0)), store_unavailable);
    server_.start();
    QTRY_VERIFY(!test::code_of([&] { waiting->command({"PING"}, Milliseconds(0)); }));
}

void TestRedisClient::interrupts_a_dedicated_connection() {
    Client client(options_of(server_.url()));
    const auto waiting = client.dedicated();
    std::thread interrupter([&] {
        // Once the server knows that somebody waits.
        while (client.command({"INFO", "clients"}).text().find("blocked_clients:1") ==
               std::string::npos)
            std::this_thread::yield();
        waiting->interrupt();
    });
    EXPECT_ERROR(waiting->command({"BLPOP", "list", "60"}, std::chrono::seconds(60)), cancelled);
    interrupter.join();
    EXPECT_ERROR(waiting->command({"PING"}, Milliseconds(0)), cancelled);
}

QTEST_GUILESS_MAIN(TestRedisClient)

#include "tst_redis_client.moc"
