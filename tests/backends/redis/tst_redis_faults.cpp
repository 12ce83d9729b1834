#include "backends/redis/client/client.h"
#include "src/file_descriptor.h"
#include "support/errors.h"
#include "support/redis_server.h"

#include <QTest>

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

using namespace thumbjobs;
using namespace thumbjobs::redis;
using test::RedisServer;

namespace {

ClientOptions options_of(const std::string& text) {
    BackendUrl url = BackendUrl::parse(text);
    return ClientOptions::parse(url);
}

/// Serves one connection after the other on 127.0.0.1: to whatever arrives it answers what it is
/// told, and hangs up where that is nothing.
class FakeServer {
public:
    /// `answer` gets the number of the request, from 1.
    explicit FakeServer(std::function<std::string(int)> answer)
        : answer_(std::move(answer)),
          listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
          end_(::eventfd(0, EFD_CLOEXEC)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
            ::getsockname(listener_.get(), generic, &size) != 0)
            throw std::runtime_error("no port for a fake server");
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }

    ~FakeServer() {
        ::eventfd_write(end_.get(), 1);
        thread_.join();
    }

    std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
    std::string url(const std::string& query) const { return "redis://" + place() + '?' + query; }
    int requests() const { return requests_; }

private:
    bool wait_for(int descriptor) const {
        std::array<pollfd, 2> waiting{pollfd{descriptor, POLLIN, 0}, pollfd{end_.get(), POLLIN, 0}};
        return ::poll(waiting.data(), waiting.size(), -1) > 0 && waiting[1].revents == 0;
    }

    void run() {
        while (wait_for(listener_.get())) {
            const FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            std::array<char, 4096> bytes;
            while (wait_for(client.get()) &&
                   ::recv(client.get(), bytes.data(), bytes.size(), 0) > 0) {
                const std::string reply = answer_(++requests_);
                if (reply.empty())
                    break;
                ::send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
            }
        }
    }

    const std::function<std::string(int)> answer_;
    const FileDescriptor listener_;
    const FileDescriptor end_;
    std::uint16_t port_ = 0;
    std::atomic<int> requests_{0};
    std::thread thread_;
};

/// The Unavailable that `call` throws.
template <typename Call>
std::optional<Unavailable> failure_of(Call&& call) {
    try {
        call();
    } catch (const Unavailable& error) {
        return error;
    }
    return std::nullopt;
}

bool tells(const Unavailable& error, const std::string& text) {
    return error.detail().find(text) != std::string::npos;
}

} // namespace

/// What the Redis client does when servers misbehave.
class TestRedisFaults : public QObject {
    Q_OBJECT

private slots:
    void silent_server_ends_by_the_time_out();
    void silent_server_ends_a_dedicated_wait();
    void lost_reply_is_not_repeated();
    void lost_reply_is_repeated_where_allowed();
    void closed_connection_is_noticed_before_use();
    void waits_out_a_long_script();
    void nonsense_is_an_error_data();
    void nonsense_is_an_error();
    void endless_redirects_end();
    void follows_a_redirect_without_a_host();
    void asks_again_what_was_not_executed();
    void repeats_only_the_rest_of_a_pipeline();
};

void TestRedisFaults::silent_server_ends_by_the_time_out() {
    const RedisServer server;
    Client client(options_of(server.url("command_timeout=300ms")));
    client.command({"INCR", "n"}).require();
    server.send_signal(SIGSTOP);
    const auto error = failure_of([&] { (void)client.command({"INCR", "n"}); });
    QVERIFY(error && error->maybe_executed());
    QVERIFY2(tells(*error, "no answer in time") && tells(*error, "may have been executed"),
             error->detail().c_str());
    Client newcomer(options_of(server.url("command_timeout=300ms&connect_timeout=200ms")));
    QVERIFY(failure_of([&] { (void)newcomer.command({"PING"}); }));
    server.send_signal(SIGCONT);
    // It was executed in the end, once: nobody has sent it again.
    QTRY_COMPARE(client.command({"GET", "n"}).text(), std::string("2"));
}

void TestRedisFaults::silent_server_ends_a_dedicated_wait() {
    const RedisServer server;
    Client client(options_of(server.url("command_timeout=200ms")));
    const auto waiting = client.dedicated();
    waiting->command({"PING"}, Milliseconds(0)).require();
    server.send_signal(SIGSTOP);
    const auto error = failure_of([&] {
        waiting->command({"BLPOP", "list", "0.1"}, Milliseconds(100));
    });
    QVERIFY(error && error->maybe_executed());
    server.send_signal(SIGCONT);
    QTRY_VERIFY(!test::code_of([&] { waiting->command({"PING"}, Milliseconds(0)); }));
}

void TestRedisFaults::lost_reply_is_not_repeated() {
    const FakeServer server([](int) { return std::string(); });
    Client client(options_of(server.url("command_timeout=5s")));
    const auto error = failure_of([&] { (void)client.command({"INCR", "n"}); });
    QVERIFY(error && error->maybe_executed());
    QVERIFY2(tells(*error, server.place()) && tells(*error, "closed the connection"),
             error->detail().c_str());
    QCOMPARE(server.requests(), 1);
}

void TestRedisFaults::lost_reply_is_repeated_where_allowed() {
    const FakeServer server([](int request) { return request < 3 ? "" : "+PONG\r\n"; });
    Client client(options_of(server.url("command_timeout=30s")));
    QCOMPARE(client.command({"PING"}, Repeat::always).text(), std::string("PONG"));
    QCOMPARE(server.requests(), 3);
}

void TestRedisFaults::closed_connection_is_noticed_before_use() {
    const RedisServer server;
    Client client(options_of(server.url()));
    Client other(options_of(server.url()));
    for (int i = 1; i <= 20; ++i) {
        QCOMPARE(client.command({"INCR", "n"}).integer(), std::int64_t{i});
        // By the time it has answered, the other's connections are closed.
        other.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}).require();
    }
}

void TestRedisFaults::waits_out_a_long_script() {
    const RedisServer server({.config = {"lua-time-limit 10"}});
    Client client(options_of(server.url("command_timeout=30s")));
    Client other(options_of(server.url("command_timeout=30s")));
    const Script script("long",
                        "local t = redis.call('TIME') local e = t[1] * 1000 + t[2] / 1000 + 300 "
                        "redis.call('SET', KEYS[1], 'running') "
                        "repeat t = redis.call('TIME') until t[1] * 1000 + t[2] / 1000 > e "
                        "return redis.call('SET', KEYS[1], 'done')");
    const std::array<std::string_view, 1> keys{"k"};
    std::thread runner([&] { client.eval(script, keys, {}).require(); });
    std::string seen;
    while (seen != "done") { // BUSY is never seen
        const Reply reply = other.command({"GET", "k"});
        seen = reply.is_nil() ? std::string() : reply.text();
        QVERIFY(seen.empty() || seen == "done");
    }
    runner.join();
}

void TestRedisFaults::nonsense_is_an_error_data() {
    QTest::addColumn<QByteArray>("reply");
    QTest::newRow("HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
    QTest::newRow("huge array") << QByteArray("*2000000000\r\n");
    QTest::newRow("negative length") << QByteArray("$-5\r\n");
}

void TestRedisFaults::nonsense_is_an_error() {
    QFETCH(QByteArray, reply);
    const FakeServer server([&](int) { return reply.toStdString(); });
    Client client(options_of(server.url("command_timeout=5s")));
    const auto error = failure_of([&] { (void)client.command({"PING"}); });
    QVERIFY(error);
    QVERIFY2(tells(*error, "does not speak the Redis protocol"), error->detail().c_str());
}

void TestRedisFaults::endless_redirects_end() {
    std::string place; // known once the server is there
    std::atomic<bool> ready{false};
    const FakeServer server(
        [&](int) { return ready ? "-MOVED 1 " + place + "\r\n" : std::string("+OK\r\n"); });
    place = server.place();
    ready = true;
    Client client(options_of(server.url("command_timeout=400ms")));
    const auto error = failure_of([&] { (void)client.command({"GET", "k"}); });
    QVERIFY(error && !error->maybe_executed());
    QVERIFY(server.requests() < 200); // with pauses, after some
}

void TestRedisFaults::follows_a_redirect_without_a_host() {
    const RedisServer target;
    const FakeServer server(
        [&](int) { return "-MOVED 1 :" + std::to_string(target.port()) + "\r\n"; });
    Client client(options_of(server.url("command_timeout=10s")));
    QCOMPARE(client.command({"SET", "k", "1"}).text(), std::string("OK"));
    QCOMPARE(server.requests(), 1);
}

void TestRedisFaults::asks_again_what_was_not_executed() {
    const FakeServer server([](int request) {
        constexpr std::array<const char*, 4> errors{
            "-LOADING Redis is loading the dataset in memory\r\n",
            "-READONLY You can't write against a read only replica.\r\n",
            "-MASTERDOWN Link with MASTER is down\r\n", "-TRYAGAIN Multiple keys request\r\n"};
        const auto index = static_cast<std::size_t>(request - 1);
        return std::string(index < errors.size() ? errors[index] : "+OK\r\n");
    });
    Client client(options_of(server.url("command_timeout=30s")));
    QCOMPARE(client.command({"SET", "k", "1"}).text(), std::string("OK"));
    QCOMPARE(server.requests(), 5);
}

void TestRedisFaults::repeats_only_the_rest_of_a_pipeline() {
    const FakeServer server([](int request) {
        return std::string(request == 1 ? ":1\r\n-LOADING wait\r\n-ERR no\r\n" : ":2\r\n");
    });
    Client client(options_of(server.url("command_timeout=30s")));
    const std::array<std::string_view, 2> increment{"INCR", "n"};
    const std::array<Words, 3> commands{increment, increment, increment};
    const auto replies = client.pipeline(commands);
    QCOMPARE(replies[0].integer(), std::int64_t{1});
    QCOMPARE(replies[1].integer(), std::int64_t{2});
    QVERIFY(replies[2].is_error("ERR"));
    QCOMPARE(server.requests(), 2);
}

QTEST_GUILESS_MAIN(TestRedisFaults)

#include "tst_redis_faults.moc"
