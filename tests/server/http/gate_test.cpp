#include "test_gate.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <future>

using namespace thumbd::http;
using namespace thumbd::test;

/// Requests, bodies and refusals.
class GateTest : public QObject {
    Q_OBJECT

private slots:
    void answers_requests_one_after_the_other();
    void tells_the_handler_about_the_request();
    void answers_head_without_a_body();
    void closes_when_asked_to();
    void leaves_out_bodies_that_may_not_be();
    void keeps_small_bodies_in_memory_and_large_ones_in_a_file();
    void continues_when_asked_to();
    void refuses_large_bodies_unread();
    void refuses_by_policy();
    void refuses_what_nobody_serves();
    void refuses_malformed_requests_data();
    void refuses_malformed_requests();
    void answers_500_for_a_broken_handler();
    void says_when_the_disk_is_full();
    void takes_disk_for_what_has_arrived();
    void bounds_bodies_in_memory();
    void writes_one_access_record_each();
    void takes_over_a_sane_request_id();
    void needs_sane_limits();
};

void GateTest::answers_requests_one_after_the_other() {
    TestGate gate;
    RawClient client = gate.client();
    for (int i = 0; i < 3; ++i) {
        QVERIFY(client.send(request("GET", "/hello")));
        const RawResponse response = client.response();
        QCOMPARE(response.status, 200);
        QCOMPARE(response.body, "hello");
        QCOMPARE(response.header("content-type"), "text/plain");
        QCOMPARE(response.header("content-length"), "5");
        QVERIFY(response.header("date").ends_with(" GMT"));
        QCOMPARE(response.header("connection"), "");
    }
    QVERIFY(client.send(request("GET", "/hello") + request("POST", "/echo", "", "abc") +
                        request("GET", "/nowhere")));
    QCOMPARE(client.response().body, "hello");
    QCOMPARE(client.response().body, "abc");
    QCOMPARE(client.response().status, 404);
}

void GateTest::tells_the_handler_about_the_request() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(
        client.send(request("GET", "/about?a=%20b&c", "X-Test: yes \r\nX-Request-Id: r-1\r\n")));
    const RawResponse response = client.response();
    QCOMPARE(response.body, "GET\na=%20b&c\nyes\n127.0.0.1\n0\nr-1\n");
    QCOMPARE(response.header("x-request-id"), "r-1");
}

void GateTest::answers_head_without_a_body() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("HEAD", "/hello") + request("HEAD", "/stream/1000000") +
                        request("HEAD", "/nowhere") + request("GET", "/hello")));
    RawResponse response = client.response(true);
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("content-length"), "5");
    response = client.response(true);
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("content-length"), "1000000");
    QCOMPARE(client.response(true).status, 404);
    QCOMPARE(client.response().body, "hello");
    QCOMPARE(gate.produced.load(), 0u);
}

void GateTest::closes_when_asked_to() {
    TestGate gate;
    for (const std::string& text : {request("GET", "/hello", "Connection: close\r\n"),
                                    std::string("GET /hello HTTP/1.0\r\n\r\n")}) {
        RawClient client = gate.client();
        QVERIFY(client.send(text));
        const RawResponse response = client.response();
        QCOMPARE(response.body, "hello");
        QCOMPARE(response.header("connection"), "close");
        QVERIFY(client.is_closed());
    }
    RawClient client = gate.client();
    for (int i = 0; i < 2; ++i) {
        QVERIFY(client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        QCOMPARE(client.response().header("connection"), "keep-alive");
    }

    Limits limits;
    limits.max_requests_per_connection = 2;
    TestGate two(limits);
    RawClient limited = two.client();
    QVERIFY(limited.send(request("GET", "/hello") + request("GET", "/hello")));
    QCOMPARE(limited.response().header("connection"), "");
    QCOMPARE(limited.response().header("connection"), "close");
    QVERIFY(limited.is_closed());
}

void GateTest::leaves_out_bodies_that_may_not_be() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/status/204") + request("GET", "/status/304") +
                        request("GET", "/status/418")));
    for (const int status : {204, 304}) {
        const RawResponse response = client.response();
        QCOMPARE(response.status, status);
        QCOMPARE(response.header("content-length"), "");
    }
    const RawResponse response = client.response();
    QCOMPARE(response.status, 418);
    QCOMPARE(response.body, "body");
}

void GateTest::keeps_small_bodies_in_memory_and_large_ones_in_a_file() {
    TestGate gate;
    RawClient client = gate.client();
    const auto up = [&](std::size_t size, bool chunked) {
        const std::string body(size, 'b');
        if (!chunked) {
            client.send(request("POST", "/up", size == 0 ? "Content-Length: 0\r\n" : "", body));
        } else {
            client.send(request("POST", "/up", "Transfer-Encoding: chunked\r\n"));
            for (std::size_t at = 0; at < size; at += 100'000) {
                const std::string chunk = body.substr(at, 100'000);
                std::array<char, 20> line{};
                std::snprintf(line.data(), line.size(), "%zx\r\n", chunk.size());
                client.send(line.data() + chunk + "\r\n");
            }
            client.send("0\r\n\r\n");
        }
        return client.response().body;
    };
    const std::size_t limit = Limits().memory_body;
    for (const bool chunked : {false, true}) {
        QCOMPARE(up(0, chunked), "0 memory");
        QCOMPARE(up(1, chunked), "1 memory");
        QCOMPARE(up(limit, chunked), std::to_string(limit) + " memory");
        QCOMPARE(up(limit + 1, chunked), std::to_string(limit + 1) + " file");
        QCOMPARE(up(3'000'000, chunked), "3000000 file");
    }
    QTRY_COMPARE(gate.pool->statistics().body_memory_bytes, 0u);
    QTRY_COMPARE(gate.pool->statistics().spooled_bytes, 0u);
    QCOMPARE(QDir(gate.spool_directory.path()).entryList(QDir::Files | QDir::Hidden).size(), 0);
}

void GateTest::continues_when_asked_to() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("POST", "/echo", "Content-Length: 3\r\nExpect: 100-continue\r\n")));
    QCOMPARE(client.receive(25), "HTTP/1.1 100 Continue\r\n\r\n");
    QVERIFY(client.send("abc"));
    QCOMPARE(client.response().body, "abc");
    // A body that will not be taken is not asked for.
    QVERIFY(client.send(
        request("POST", "/echo", "Content-Length: 100000\r\nExpect: 100-continue\r\n")));
    QCOMPARE(client.response().status, 413);
    QVERIFY(client.is_closed());
}

void GateTest::refuses_large_bodies_unread() {
    TestGate gate;
    RawClient by_length = gate.client();
    QVERIFY(by_length.send(request("POST", "/echo", "Content-Length: 65537\r\n")));
    RawResponse response = by_length.response();
    QCOMPARE(response.status, 413);
    QCOMPARE(response.header("content-type"), "application/problem+json");
    QVERIFY(response.body.find("\"code\":\"payload_too_large\"") != std::string::npos);

    RawClient by_chunk = gate.client();
    QVERIFY(
        by_chunk.send(request("POST", "/echo", "Transfer-Encoding: chunked\r\n") + "10001\r\n"));
    QCOMPARE(by_chunk.response().status, 413);
    QVERIFY(by_chunk.is_closed());

    // A client that sends on regardless still gets to read its answer.
    RawClient stubborn = gate.client();
    QVERIFY(stubborn.send(request("POST", "/echo", "Content-Length: 2000000\r\n") +
                          std::string(2'000'000, 'x')));
    QCOMPARE(stubborn.response().status, 413);
}

void GateTest::refuses_by_policy() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/refused") + request("DELETE", "/refused") +
                        request("GET", "/hello")));
    for (int i = 0; i < 2; ++i) {
        const RawResponse response = client.response();
        QCOMPARE(response.status, 401);
        QCOMPARE(response.header("www-authenticate"), "Bearer");
        QVERIFY(!response.header("x-request-id").empty());
    }
    QCOMPARE(client.response().status, 200);
    QVERIFY(client.send(request("POST", "/refused", "Content-Length: 64000000\r\n")));
    const RawResponse response = client.response();
    QCOMPARE(response.status, 401);
    QCOMPARE(response.header("connection"), "close");
    QVERIFY(client.is_closed());
    QCOMPARE(gate.pool->statistics().refused_requests, 3u);
}

void GateTest::refuses_what_nobody_serves() {
    TestGate gate;
    for (const char* method : {"BREW", "TRACE", "get", "PROPFIND"}) {
        RawClient client = gate.client();
        QVERIFY(client.send(request(method, "/hello")));
        QCOMPARE(client.response().status, 501);
        QVERIFY(client.is_closed());
    }
    RawClient client = gate.client();
    QVERIFY(client.send(request("PATCH", "/hello") + request("GET", "/hello/") +
                        request("GET", "/HELLO") + request("GET", "//hello")));
    for (int i = 0; i < 4; ++i) {
        QCOMPARE(client.response().status, 404);
    }
}

void GateTest::refuses_malformed_requests_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::newRow("garbage") << QByteArray("\x16\x03\x01\r\n\r\n") << 400;
    QTest::newRow("no host") << QByteArray("GET /hello HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("version") << QByteArray("GET /hello HTTP/3.0\r\nHost: x\r\n\r\n") << 505;
    QTest::newRow("coding") << QByteArray("POST /echo HTTP/1.1\r\nHost: x\r\n"
                                          "Transfer-Encoding: xchunked\r\n\r\n")
                            << 501;
    QTest::newRow("expect") << QByteArray(
                                   "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n")
                            << 417;
    QTest::newRow("smuggling") << QByteArray(
                                      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                                      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                      "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
                               << 400;
    QTest::newRow("many fields") << QByteArray("GET /hello HTTP/1.1\r\nHost: x\r\n" +
                                               QByteArray("X: y\r\n").repeated(101) + "\r\n")
                                 << 431;
    QTest::newRow("bad chunk") << QByteArray("POST /echo HTTP/1.1\r\nHost: x\r\n"
                                             "Transfer-Encoding: chunked\r\n\r\nzz\r\n")
                               << 400;
    QTest::newRow("target") << QByteArray("GET /" + QByteArray(5000, 'a') +
                                          " HTTP/1.1\r\nHost: x\r\n\r\n")
                            << 414;
}

void GateTest::refuses_malformed_requests() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(bytes.toStdString()));
    const RawResponse response = client.response();
    QCOMPARE(response.status, status);
    QCOMPARE(response.header("content-type"), "application/problem+json");
    QVERIFY(client.is_closed()); // And nothing that came after was taken for a request.
    const std::optional<AccessRecord> record = gate.records.take();
    QVERIFY(record && record->refused);
    QCOMPARE(record->status, status);
    QCOMPARE(record->method.empty(),
             QByteArray(QTest::currentDataTag()) == "garbage" || status == 505);
    QCOMPARE(gate.pool->statistics().requests, 0u);
}

void GateTest::answers_500_for_a_broken_handler() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/throw")));
    QCOMPARE(client.response().status, 500);
    QCOMPARE(gate.failures.take().value_or(""), "thrown on purpose");
    QVERIFY(client.send(request("GET", "/drop")));
    QCOMPARE(client.response().status, 500);
    QVERIFY(client.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    QVERIFY(exchange);
    exchange->post([] { throw std::runtime_error("later"); });
    QCOMPARE(client.response().status, 500);
    QVERIFY(client.send(request("GET", "/hello")));
    QCOMPARE(client.response().status, 200);
}

void GateTest::says_when_the_disk_is_full() {
    // A limit on the size of files stands in for the end of the disk.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{1'000'000, before.rlim_max};
    TestGate gate;
    RawClient client = gate.client();
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    client.send(request("POST", "/up", "", std::string(2'000'000, 'x')));
    const RawResponse response = client.response();
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    QCOMPARE(response.status, 507);
    QVERIFY(response.body.find("insufficient_storage") != std::string::npos);
    QTRY_COMPARE(gate.pool->statistics().spooled_bytes, 0u);
}

void GateTest::takes_disk_for_what_has_arrived() {
    constexpr std::uint64_t claimed = 64 * 1024 * 1024;
    const QTemporaryDir directory;
    SpoolFile file = SpoolFile::create(directory.path().toStdString());
    file.expect(claimed);
    struct stat status {};
    const auto disk = [&] {
        return ::fstat(file.descriptor(), &status) == 0 ? std::uint64_t(status.st_blocks) * 512 : 0;
    };
    QCOMPARE(disk(), 0u);
    const std::string piece(256 * 1024, 'x');
    for (std::uint64_t arrived = piece.size(); arrived <= claimed / 4; arrived += piece.size()) {
        file.append(piece);
        constexpr std::uint64_t most_ahead = 4 * 1024 * 1024;
        constexpr std::uint64_t own_blocks = 64 * 1024; // of the file system, to find the others
        QVERIFY(disk() <= arrived + std::min(arrived, most_ahead) + own_blocks);
        QCOMPARE(std::uint64_t(status.st_size), arrived);
    }

    SpoolFile whole = SpoolFile::create(directory.path().toStdString());
    whole.expect(piece.size() + 10);
    whole.append(piece);
    whole.append("0123456789 and more than was claimed");
    std::string end(40, '\0');
    end.resize(whole.read(piece.size() - 1, end.data(), end.size()));
    QCOMPARE(end, "x0123456789 and more than was claimed");
}

void GateTest::bounds_bodies_in_memory() {
    Limits limits;
    limits.body_memory_budget = 10'000;
    limits.spool_budget = 1'000'000;
    TestGate gate(limits);
    RawClient first = gate.client();
    QVERIFY(
        first.send(request("POST", "/echo", "Content-Length: 9000\r\n") + std::string(8000, 'x')));
    QTRY_COMPARE(gate.pool->statistics().body_memory_bytes, 8000u);
    RawClient second = gate.client();
    QVERIFY(second.send(request("POST", "/echo", "", std::string(5000, 'x'))));
    const RawResponse response = second.response();
    QCOMPARE(response.status, 503);
    QCOMPARE(response.header("retry-after"), "2");
    QVERIFY(first.send(std::string(1000, 'x')));
    QCOMPARE(first.response().status, 200);
    QTRY_COMPARE(gate.pool->statistics().body_memory_bytes, 0u);
    RawClient third = gate.client();
    third.send(request("POST", "/up", "", std::string(2'000'000, 'x')));
    QCOMPARE(third.response().status, 503);
}

void GateTest::writes_one_access_record_each() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("POST", "/up?secret=1", "User-Agent: tester\r\n", "12345")));
    QCOMPARE(client.response().status, 202);
    const std::optional<AccessRecord> record = gate.records.take();
    QVERIFY(record);
    QCOMPARE(record->method, "POST");
    QCOMPARE(record->path, "/up");
    QCOMPARE(record->route, "/up");
    QCOMPARE(record->status, 202);
    QCOMPARE(record->user_agent, "tester");
    QCOMPARE(record->peer.address, "127.0.0.1");
    QVERIFY(record->peer.loopback && record->peer.port != 0 && !record->peer.tls);
    QCOMPARE(record->bytes_in, 5u);
    QVERIFY(record->bytes_out > 8);
    QVERIFY(record->total >= record->receive);
    QVERIFY(!record->refused && !record->client_gone);
    QVERIFY(client.send(request("GET", "/hello")));
    QCOMPARE(client.response().status, 200);
    QCOMPARE(gate.records.take()->path, "/hello");
    QCOMPARE(gate.records.size(), std::size_t(0));
    QCOMPARE(gate.pool->statistics().requests, 2u);
    QTRY_COMPARE(gate.pool->statistics().active_exchanges, 0u);
}

void GateTest::takes_over_a_sane_request_id() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(
        client.send(request("GET", "/hello", "X-Request-Id: abc-123\r\n") +
                    request("GET", "/hello", "X-Request-Id: a b\r\n") +
                    request("GET", "/hello", "X-Request-Id: " + std::string(200, 'a') + "\r\n") +
                    request("GET", "/hello")));
    QCOMPARE(client.response().header("x-request-id"), "abc-123");
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(client.response().header("x-request-id").size(), std::size_t(32));
    }
}

void GateTest::needs_sane_limits() {
    GateOptions options;
    options.validate();
    options.limits.framing.max_head = 10;
    try {
        options.validate();
        QFAIL("a head of 10 bytes was accepted");
    } catch (const std::invalid_argument& error) {
        QCOMPARE(std::string(error.what()),
                 "http limit framing.max_head = 10: accepted is 256 to 1048576");
    }
    options = {};
    options.limits.timeouts.idle = std::chrono::milliseconds(0);
    QVERIFY_EXCEPTION_THROWN(options.validate(), std::invalid_argument);
}

QTEST_GUILESS_MAIN(GateTest)
#include "gate_test.moc"
