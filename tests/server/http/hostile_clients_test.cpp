#include "test_gate.h"

#include <QTest>

#include <functional>
#include <random>

using namespace thumbd::http;
using namespace thumbd::test;
using std::chrono::milliseconds;

namespace {

/// Kilobytes that anything here may add to the process, clients included. An address sanitizer
/// keeps freed memory, so with it nothing can be said.
#ifdef __SANITIZE_ADDRESS__
constexpr long flat = 1024 * 1024;
#else
constexpr long flat = 8 * 1024;
#endif

Limits impatient() {
    Limits limits;
    limits.timeouts.head = milliseconds(300);
    limits.timeouts.idle = milliseconds(300);
    limits.timeouts.body_stall = milliseconds(300);
    limits.timeouts.write_stall = milliseconds(300);
    limits.timeouts.linger = milliseconds(300);
    limits.max_connections_per_peer = 0;
    return limits;
}

/// Calls `attack` and tells by how many kilobytes the process has grown at its peak.
long growth_during(const std::function<void()>& attack) {
    reset_peak_memory();
    const long before = resident_memory();
    attack();
    return peak_memory() - before;
}

} // namespace

/// What a server on the open network meets. Nothing here may cost memory, or harm anybody else.
class HostileClientsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void survives_floods_data();
    void survives_floods();
    void ends_slow_loris();
    void ends_dripping_and_stalled_bodies();
    void takes_bodies_that_come_slowly();
    void ends_idle_connections();
    void ends_readers_that_stall();
    void bounds_answers_to_pipelined_requests_that_nobody_reads();
    void bounds_unread_input_beside_events();
    void drops_uploads_whose_client_leaves();
    void survives_a_rush_of_connections();
    void survives_noise();
    void takes_a_large_upload_without_memory();
    void keeps_many_event_streams_cheaply();
};

void HostileClientsTest::initTestCase() {
    // What a process sets up once is no attack's fault.
    TestGate gate;
    RawClient client = gate.client();
    QVERIFY(client.send(request("POST", "/up", "", std::string(1'000'000, 'x'))));
    QCOMPARE(client.response().status, 202);
    QVERIFY(client.send("nonsense\r\n\r\n"));
    QCOMPARE(client.response().status, 400);
}

void HostileClientsTest::survives_floods_data() {
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QByteArray>("unit");
    QTest::addColumn<int>("status");
    const QByteArray post = "POST /up HTTP/1.1\r\nHost: x\r\n";
    const QByteArray chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    QTest::newRow("endless field")
        << QByteArray("GET / HTTP/1.1\r\nHost: x\r\nX: ") << QByteArray("a") << 431;
    QTest::newRow("endless fields")
        << QByteArray("GET / HTTP/1.1\r\n") << QByteArray("X: y\r\n") << 431;
    QTest::newRow("endless request line") << QByteArray("GET /") << QByteArray("a") << 414;
    QTest::newRow("endless chunk line") << chunked + "1;" << QByteArray("a") << 400;
    QTest::newRow("endless chunks") << chunked << "10000\r\n" + QByteArray(65536, 'z') + "\r\n"
                                    << 413;
    QTest::newRow("tiny chunks") << chunked << "1;" + QByteArray(200, 'x') + "\r\nz\r\n" << 400;
    QTest::newRow("endless trailer") << chunked + "0\r\n" << QByteArray("X: y\r\n") << 431;
    QTest::newRow("huge length") << post + "Content-Length: 1000000000000\r\n\r\n"
                                 << QByteArray("a") << 413;
    QTest::newRow("empty lines") << QByteArray() << QByteArray("\r\n") << 400;
}

void HostileClientsTest::survives_floods() {
    QFETCH(QByteArray, head);
    QFETCH(QByteArray, unit);
    QFETCH(int, status);
    TestGate gate(impatient());
    const std::string blob =
        unit.repeated(std::max<qsizetype>(1, 65536 / unit.size())).toStdString();
    const long growth = growth_during([&] {
        RawClient client = gate.client();
        client.patience = milliseconds(500);
        bool sending = client.send(head.toStdString());
        for (std::size_t sent = 0; sending && sent < (100u << 20); sent += blob.size()) {
            sending = client.send(blob);
        }
        QCOMPARE(client.response().status, status);
    });
    QVERIFY2(growth < flat, std::to_string(growth).c_str());
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
    QTRY_COMPARE(gate.pool->statistics().spooled_bytes, 0u);
}

void HostileClientsTest::ends_slow_loris() {
    TestGate gate(impatient());
    const long growth = growth_during([&] {
        std::vector<RawClient> clients;
        for (int i = 0; i < 300; ++i) {
            clients.push_back(gate.client());
            QVERIFY(clients.back().send("GET / HTTP/1.1\r\nX: "));
        }
        for (RawClient& client : clients) {
            client.send("y"); // A byte now and then does not help.
            QCOMPARE(client.response().status, 408);
            QVERIFY(client.is_closed());
        }
    });
    QVERIFY2(growth < flat + 300 * 64, std::to_string(growth).c_str());
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
}

void HostileClientsTest::ends_dripping_and_stalled_bodies() {
    Limits limits = impatient();
    limits.min_body_rate = 100'000;
    TestGate gate(limits);
    RawClient stalled = gate.client();
    QVERIFY(stalled.send(request("POST", "/up", "Content-Length: 1000000\r\n") + "some"));
    RawClient dripping = gate.client();
    QVERIFY(dripping.send(request("POST", "/up", "Content-Length: 1000000\r\n")));
    dripping.patience = milliseconds(20);
    RawResponse response;
    for (int drops = 0; response.status == 0 && drops < 500 && dripping.send("drop"); ++drops) {
        response = dripping.response();
    }
    QCOMPARE(response.status, 408);
    QCOMPARE(stalled.response().status, 408);
}

/// The loop is not woken for the few bytes that come at a time, but they count.
void HostileClientsTest::takes_bodies_that_come_slowly() {
    Limits limits = impatient();
    limits.timeouts.body_stall = milliseconds(1000);
    TestGate gate(limits);
    constexpr std::size_t size = 600'000;
    const std::string bytes(size / 1000, 'x');
    RawClient slow = gate.client();
    QVERIFY(slow.send(request("POST", "/up", "Content-Length: " + std::to_string(size) + "\r\n")));
    slow.patience = milliseconds(25);
    for (std::size_t sent = 0; sent < size; sent += bytes.size()) {
        QVERIFY(slow.send(bytes));
        if (sent < 60 * bytes.size()) { // one and a half times what may pass without a byte
            QCOMPARE(slow.response().status, 0);
        }
    }
    slow.patience = milliseconds(5000);
    QCOMPARE(slow.response().body, std::to_string(size) + " file");
}

void HostileClientsTest::ends_idle_connections() {
    TestGate gate(impatient());
    RawClient silent = gate.client();
    RawClient idle = gate.client();
    QVERIFY(idle.send(request("GET", "/hello")));
    QCOMPARE(idle.response().status, 200);
    QVERIFY(silent.is_closed());
    QVERIFY(idle.is_closed());
}

void HostileClientsTest::ends_readers_that_stall() {
    TestGate gate(impatient());
    const long growth = growth_during([&] {
        RawClient client = gate.client(4096);
        QVERIFY(client.send(request("GET", "/stream/60000000")));
        QTRY_COMPARE(gate.pool->statistics().active_exchanges, 1u);
        QTRY_COMPARE(gate.pool->statistics().connections, 0u);
        const std::optional<AccessRecord> record = gate.records.take();
        QVERIFY(record && record->client_gone);
        QVERIFY(client.drain_until_closed().value_or(60'000'000) < 60'000'000);
    });
    QVERIFY2(growth < flat, std::to_string(growth).c_str());
}

void HostileClientsTest::bounds_answers_to_pipelined_requests_that_nobody_reads() {
    TestGate gate(impatient());
    std::string requests;
    for (int i = 0; i < 1000; ++i) {
        requests += request("GET", "/stream/100000");
    }
    const long growth = growth_during([&] {
        RawClient client = gate.client(4096);
        client.patience = milliseconds(1000);
        while (client.send(requests)) {
        }
        QTRY_COMPARE(gate.pool->statistics().connections, 0u);
    });
    QVERIFY2(growth < flat, std::to_string(growth).c_str());
}

void HostileClientsTest::bounds_unread_input_beside_events() {
    TestGate gate(impatient());
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/events")));
    QCOMPARE(client.response(true).status, 200);
    const std::shared_ptr<EventStream> stream = gate.streams.take().value_or(nullptr);
    const std::string noise(65536, 'n');
    for (int i = 0; i < 1000 && client.send(noise); ++i) {
    }
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
}

void HostileClientsTest::drops_uploads_whose_client_leaves() {
    TestGate gate(impatient());
    for (int i = 0; i < 20; ++i) {
        RawClient client = gate.client();
        QVERIFY(client.send(request("POST", "/up", "Content-Length: 9000000\r\n") +
                            std::string(500'000, 'x')));
        i % 2 == 0 ? client.close() : client.reset();
        const std::optional<AccessRecord> record = gate.records.take();
        QVERIFY(record && record->client_gone);
        QCOMPARE(record->status, 0);
    }
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
    QCOMPARE(gate.pool->statistics().spooled_bytes, 0u);
    QCOMPARE(gate.pool->statistics().requests, 0u);
}

void HostileClientsTest::survives_a_rush_of_connections() {
    Limits limits = impatient();
    limits.max_connections = 50;
    limits.timeouts.idle = milliseconds(2000);
    TestGate gate(limits);
    std::vector<RawClient> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(gate.client());
    }
    QTRY_COMPARE(gate.pool->statistics().refused_connections, 150u);
    int refused = 0;
    for (RawClient& client : clients) {
        client.send(request("GET", "/hello"));
        refused += client.response().status != 200 ? 1 : 0;
    }
    QCOMPARE(refused, 150);
    clients.clear();
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/hello")));
    QCOMPARE(client.response().status, 200);
}

void HostileClientsTest::survives_noise() {
    TestGate gate(impatient());
    std::mt19937 random(20240607);
    const std::string valid = request("POST", "/up?x=1", "Transfer-Encoding: chunked\r\n") +
                              "5\r\nabcde\r\n0\r\n\r\n" + request("GET", "/stream/1000") +
                              request("HEAD", "/hello") + request("POST", "/echo", "", "x");
    for (int i = 0; i < 300; ++i) {
        std::string bytes = valid;
        for (int k = 0; k < 1 + i % 8; ++k) {
            const std::size_t at = random() % bytes.size();
            switch (random() % 3) {
            case 0:
                bytes[at] = static_cast<char>(random());
                break;
            case 1:
                bytes.erase(at, random() % 10);
                break;
            default:
                bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 30));
                break;
            }
        }
        RawClient client = gate.client();
        for (std::size_t at = 0; at < bytes.size(); at += 50) {
            client.send(std::string_view(bytes).substr(at, 50));
        }
        random() % 2 == 0 ? client.close() : client.reset();
    }
    RawClient client = gate.client();
    QVERIFY(client.send(request("GET", "/hello")));
    QCOMPARE(client.response().status, 200);
    client.close();
    QTRY_COMPARE(gate.pool->statistics().connections, 0u);
    QCOMPARE(gate.pool->statistics().active_exchanges, 0u);
    QCOMPARE(gate.pool->statistics().body_memory_bytes, 0u);
}

void HostileClientsTest::takes_a_large_upload_without_memory() {
    TestGate gate;
    const std::string block(1 << 20, 'u');
    const long growth = growth_during([&] {
        RawClient client = gate.client();
        QVERIFY(client.send(
            request("POST", "/up", "Content-Length: " + std::to_string(60 << 20) + "\r\n")));
        for (int i = 0; i < 60; ++i) {
            QVERIFY(client.send(block));
        }
        QCOMPARE(client.response().body, std::to_string(60 << 20) + " file");
    });
    qInfo("a 60 MiB upload: %ld KiB at the peak", growth);
    QVERIFY2(growth < flat, std::to_string(growth).c_str());
}

void HostileClientsTest::keeps_many_event_streams_cheaply() {
    TestGate gate;
    std::vector<RawClient> clients;
    std::vector<std::shared_ptr<EventStream>> streams;
    const long growth = growth_during([&] {
        for (int i = 0; i < 200; ++i) {
            clients.push_back(gate.client());
            QVERIFY(clients.back().send(request("GET", "/events")));
            QCOMPARE(clients.back().response(true).status, 200);
            streams.push_back(gate.streams.take().value_or(nullptr));
        }
    });
    qInfo("200 event streams: %ld KiB", growth);
    QVERIFY2(growth < std::max(flat, 25 * 1024L), std::to_string(growth).c_str());
    for (const std::shared_ptr<EventStream>& stream : streams) {
        stream->post([stream] { stream->send("data: to all\n\n"); });
    }
    for (RawClient& client : clients) {
        QCOMPARE(client.receive(14), "data: to all\n\n");
    }
}

QTEST_GUILESS_MAIN(HostileClientsTest)
#include "hostile_clients_test.moc"
