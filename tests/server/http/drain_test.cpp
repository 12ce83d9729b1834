#include "connection_ledger.h"
#include "test_gate.h"

#include <QProcess>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>
#include <QTest>

#include <future>
#include <stdexcept>

using namespace thumbd::http;
using namespace thumbd::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Listening, TLS, limits on connections, and the end of it all.
class DrainTest : public QObject {
    Q_OBJECT

private slots:
    void listens_where_it_is_told();
    void says_why_it_cannot_listen();
    void reports_what_the_setup_throws();
    void serves_from_all_its_threads();
    void speaks_tls();
    void ends_a_tls_handshake_that_stalls();
    void bounds_connections();
    void bounds_connections_per_peer();
    void closes_idle_connections_when_it_drains();
    void finishes_what_is_under_way_when_it_drains();
    void serves_connections_that_were_accepted_before_it_drains();
    void ends_event_streams_when_it_drains();
    void cuts_off_what_is_left_at_the_deadline();
    void may_stop_twice();

private:
    static ListenOptions on(const std::string& address) {
        ListenOptions listen;
        listen.address = address;
        return listen;
    }
    /// A certificate for localhost, made for this run.
    std::optional<QSslConfiguration> make_tls(const QString& directory) const;
};

void DrainTest::listens_where_it_is_told() {
    for (const char* address : {"127.0.0.1:0", "localhost:0", "*:0", "0.0.0.0:0"}) {
        const TestGate gate({}, on(address));
        QVERIFY(gate.pool->port() != 0);
        RawClient client = gate.client();
        QVERIFY(client.send(request("GET", "/hello")));
        QCOMPARE(client.response().status, 200);
    }
    const TestGate gate;
    QCOMPARE(gate.pool->url(), "http://127.0.0.1:" + std::to_string(gate.pool->port()));
}

void DrainTest::says_why_it_cannot_listen() {
    const TestGate first;
    const std::string taken = "127.0.0.1:" + std::to_string(first.pool->port());
    try {
        const TestGate second({}, on(taken));
        QFAIL("one port was bound twice");
    } catch (const std::runtime_error& error) {
        QCOMPARE(std::string(error.what()),
                 "cannot listen on " + taken + ": Address already in use");
    }
    for (const char* bad : {"", "localhost", "localhost:", ":80", "localhost:99999", "localhost:x",
                            "::1:80", "localhost:80x"}) {
        QVERIFY_EXCEPTION_THROWN(TestGate({}, on(bad)), std::invalid_argument);
    }
    ListenOptions none = TestGate::default_listen();
    none.threads = 0;
    QVERIFY_EXCEPTION_THROWN(TestGate({}, none), std::invalid_argument);
}

void DrainTest::reports_what_the_setup_throws() {
    QVERIFY_EXCEPTION_THROWN(
        ServerPool(TestGate::default_listen(), {},
                   [](QHttpServer&) { throw std::runtime_error("no routes today"); }),
        std::runtime_error);
}

void DrainTest::serves_from_all_its_threads() {
    ListenOptions listen = TestGate::default_listen();
    listen.threads = 4;
    TestGate gate({}, listen);
    std::vector<std::future<int>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::async(std::launch::async, [&gate] {
            int answers = 0;
            for (int connection = 0; connection < 5; ++connection) {
                RawClient client = gate.client();
                for (int k = 0; k < 20; ++k) {
                    client.send(request("POST", "/echo", "", "ping"));
                    answers += client.response().body == "ping" ? 1 : 0;
                }
            }
            return answers;
        }));
    }
    for (std::future<int>& client : clients) {
        QCOMPARE(client.get(), 100);
    }
}

std::optional<QSslConfiguration> DrainTest::make_tls(const QString& directory) const {
    const QString key_file = directory + "/key.pem";
    const QString certificate_file = directory + "/certificate.pem";
    QProcess openssl;
    openssl.start("openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt",
                              "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                              "/CN=localhost", "-keyout", key_file, "-out", certificate_file});
    if (!openssl.waitForFinished() || openssl.exitCode() != 0) {
        return std::nullopt;
    }
    QFile key(key_file);
    QFile certificate(certificate_file);
    if (!key.open(QIODevice::ReadOnly) || !certificate.open(QIODevice::ReadOnly)) {
        return std::nullopt;
    }
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setPrivateKey(QSslKey(&key, QSsl::Ec));
    tls.setLocalCertificate(QSslCertificate(&certificate));
    tls.setPeerVerifyMode(QSslSocket::VerifyNone);
    return tls;
}

void DrainTest::speaks_tls() {
    const QTemporaryDir directory;
    ListenOptions listen = TestGate::default_listen();
    const auto tls = make_tls(directory.path());
    QVERIFY2(tls, "openssl could not make a certificate");
    listen.tls = [&tls] { return *tls; };
    Limits limits;
    limits.timeouts.linger = milliseconds(300);
    TestGate gate(limits, listen);
    QVERIFY(gate.pool->url().starts_with("https://"));

    const auto exchange = [&](const std::string& bytes) {
        QSslSocket socket;
        socket.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.connectToHostEncrypted("127.0.0.1", gate.pool->port());
        QByteArray received;
        if (socket.waitForEncrypted(5000)) {
            socket.write(QByteArray::fromStdString(bytes));
            while (socket.waitForReadyRead(5000)) {
                received += socket.readAll();
            }
            received += socket.readAll();
        }
        return received;
    };
    const QByteArray about = exchange(request("GET", "/about") +
                                      request("GET", "/stream/3000000", "Connection: close\r\n"));
    QVERIFY(about.contains("127.0.0.1\n1\n"));
    QVERIFY(about.endsWith(QByteArray(3'000'000, 's')));
    // A refusal is readable though the client goes on sending.
    const QByteArray refused = exchange(request("POST", "/echo", "Content-Length: 1000000\r\n") +
                                        std::string(300'000, 'x'));
    QVERIFY(refused.startsWith("HTTP/1.1 413 "));
    const QByteArray large =
        exchange(request("POST", "/up", "Connection: close\r\n", std::string(1'000'000, 'x')));
    QVERIFY(large.endsWith("1000000 file"));
}

void DrainTest::ends_a_tls_handshake_that_stalls() {
    const QTemporaryDir directory;
    ListenOptions listen = TestGate::default_listen();
    const auto tls = make_tls(directory.path());
    QVERIFY(tls);
    listen.tls = [&tls] { return *tls; };
    Limits limits;
    limits.timeouts.tls_handshake = milliseconds(100);
    const TestGate gate(limits, listen);
    RawClient silent = gate.client();
    QVERIFY(silent.is_closed());
    RawClient plain = gate.client();
    QVERIFY(plain.send(request("GET", "/hello")));
    QCOMPARE(plain.response().status, 0);
}

void DrainTest::bounds_connections() {
    Limits limits;
    limits.max_connections = 3;
    TestGate gate(limits);
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(gate.client());
        QVERIFY(clients.back().send(request("GET", "/hello")));
        QCOMPARE(clients.back().response().status, 200);
        gate.records.take();
    }
    RawClient refused = gate.client();
    const RawResponse response = refused.response();
    QCOMPARE(response.status, 503);
    QCOMPARE(response.header("retry-after"), "2");
    QVERIFY(refused.is_closed());
    QCOMPARE(gate.records.take()->status, 503);
    QCOMPARE(gate.pool->statistics().refused_connections, 1u);
    QCOMPARE(gate.pool->statistics().connections, 3u);
    clients.pop_back();
    QTRY_COMPARE(gate.pool->statistics().connections, 2u);
    RawClient accepted = gate.client();
    QVERIFY(accepted.send(request("GET", "/hello")));
    QCOMPARE(accepted.response().status, 200);
}

void DrainTest::bounds_connections_per_peer() {
    ConnectionLedger ledger(5, 2);
    const ConnectionLedger::Slot a = ledger.enter("10.0.0.1");
    ConnectionLedger::Slot b = ledger.enter("10.0.0.1");
    QVERIFY(a && b && !ledger.enter("10.0.0.1"));
    const ConnectionLedger::Slot c = ledger.enter("10.0.0.2");
    const ConnectionLedger::Slot d = ledger.enter("2001:db8:1:2::1");
    const ConnectionLedger::Slot e = ledger.enter("2001:db8:1:2:ffff::2");
    QVERIFY(c && d && e);
    QVERIFY(!ledger.enter("10.0.0.3"));
    b.reset();
    QCOMPARE(ledger.count(), std::size_t(4));
    QVERIFY(!ledger.enter("2001:db8:1:2:3::3"));
    QVERIFY(ledger.enter("2001:db8:1:3::3"));
    QVERIFY(ledger.enter("10.0.0.1"));
}

void DrainTest::closes_idle_connections_when_it_drains() {
    TestGate gate;
    RawClient idle = gate.client();
    QVERIFY(idle.send(request("GET", "/hello")));
    QCOMPARE(idle.response().status, 200);
    QVERIFY(gate.pool->stop(seconds(5)));
    QVERIFY(idle.is_closed());
    QVERIFY_EXCEPTION_THROWN(gate.client(), std::runtime_error);
}

void DrainTest::finishes_what_is_under_way_when_it_drains() {
    TestGate gate;
    RawClient busy = gate.client();
    QVERIFY(busy.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    RawClient sending = gate.client();
    QVERIFY(sending.send(request("POST", "/echo", "Content-Length: 4\r\n") + "ab"));
    QTRY_COMPARE(gate.pool->statistics().active_exchanges, 2u);
    gate.pool->begin_drain();
    QVERIFY(sending.send("cd"));
    RawResponse response = sending.response();
    QCOMPARE(response.body, "abcd");
    QCOMPARE(response.header("connection"), "close");
    exchange->respond(200, {}, "done");
    response = busy.response();
    QCOMPARE(response.body, "done");
    QCOMPARE(response.header("connection"), "close");
    sending.close();
    busy.close();
    QVERIFY(gate.pool->stop(seconds(5)));
}

void DrainTest::serves_connections_that_were_accepted_before_it_drains() {
    ListenOptions listen = TestGate::default_listen();
    listen.threads = 1;
    TestGate gate({}, listen);
    RawClient busy = gate.client();
    QVERIFY(busy.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    // While the loop is held up, the kernel accepts for it; the drain begins before it has a look.
    std::promise<void> blocking;
    std::promise<void> go_on;
    exchange->post([&] {
        blocking.set_value();
        go_on.get_future().get();
    });
    blocking.get_future().get();
    RawClient waiting = gate.client();
    QVERIFY(waiting.send(request("GET", "/hello")));
    gate.pool->begin_drain();
    go_on.set_value();
    const RawResponse response = waiting.response();
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("connection"), "close");
    waiting.close();
    exchange->respond(200, {}, "done");
    QCOMPARE(busy.response().status, 200);
    busy.close();
    QVERIFY(gate.pool->stop(seconds(5)));
}

void DrainTest::ends_event_streams_when_it_drains() {
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/events")));
    QCOMPARE(client.response(true).status, 200);
    const std::shared_ptr<EventStream> stream = gate.streams.take().value_or(nullptr);
    std::promise<void> closed;
    std::promise<void> ready;
    stream->post([&] {
        stream->on_closed([&closed] { closed.set_value(); });
        ready.set_value();
    });
    ready.get_future().get();
    gate.pool->begin_drain();
    QVERIFY(client.is_closed());
    closed.get_future().get();
    client.close();
    QVERIFY(gate.pool->stop(seconds(5)));
}

void DrainTest::cuts_off_what_is_left_at_the_deadline() {
    TestGate gate;
    RawClient busy = gate.client();
    QVERIFY(busy.send(request("GET", "/held")));
    const std::shared_ptr<Exchange> exchange = gate.held.take().value_or(nullptr);
    QVERIFY(!gate.pool->stop(milliseconds(50)));
    QCOMPARE(busy.response().status, 0);
    QVERIFY(exchange->client_gone());
    exchange->respond(200, {}, "too late");
    QVERIFY(!exchange->post([] {}));
}

void DrainTest::may_stop_twice() {
    TestGate gate;
    QVERIFY(gate.pool->stop(seconds(5)));
    QVERIFY(gate.pool->stop(seconds(5)));
    gate.pool->begin_drain();
}

QTEST_GUILESS_MAIN(DrainTest)
#include "drain_test.moc"
