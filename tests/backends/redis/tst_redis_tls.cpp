#include "backends/redis/client/client.h"
#include "support/certificates.h"
#include "support/errors.h"
#include "support/redis_server.h"

#include <QFile>
#include <QTest>

using namespace thumbjobs;
using namespace thumbjobs::redis;
using test::RedisServer;

namespace {

ClientOptions options_of(const std::string& text) {
    BackendUrl url = BackendUrl::parse(text);
    return ClientOptions::parse(url);
}

/// What the log gets to read of a failed PING; empty when it succeeds.
std::string failure_of(const std::string& url) {
    Client client(options_of(url + "&command_timeout=300ms"));
    try {
        client.command({"PING"}).require();
    } catch (const Error& error) {
        return error.code() == ErrorCode::store_unavailable ? error.detail() : error.what();
    }
    return {};
}

} // namespace

/// TLS to a real server with a certificate made on the spot.
class TestRedisTls : public QObject {
    Q_OBJECT

private slots:
    void speaks_tls();
    void refuses_certificates_data();
    void refuses_certificates();
    void verifies_as_told();
    void wants_a_client_certificate();
    void refuses_unusable_files();
    void refuses_a_server_without_tls();
    void moves_large_values();
    void dedicated_connections_can_be_interrupted();

private:
    std::string url(const std::string& host, const std::string& query) const {
        return "rediss://" + host + ':' + std::to_string(server_.port()) + '?' + query;
    }
    std::string ca() const { return "tls_ca=" + certificates_.ca(); }
    std::string client_pair(const test::Certificates& of) const {
        return "&tls_cert=" + of.client_cert() + "&tls_key=" + of.client_key();
    }

    test::TempFolder folder_;
    test::TempFolder other_folder_;
    test::Certificates certificates_{folder_.path()};
    test::Certificates others_{other_folder_.path()};
    RedisServer server_{
        {.config = {"tls-auth-clients no"}, .tls = true, .certificates = &certificates_}};
};

void TestRedisTls::speaks_tls() {
    for (const char* const host : {"127.0.0.1", "localhost"}) {
        Client client(options_of(url(host, ca())));
        QCOMPARE(client.command({"SET", "k", host}).text(), std::string("OK"));
        QCOMPARE(client.command({"GET", "k"}).text(), std::string(host));
    }
}

void TestRedisTls::refuses_certificates_data() {
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("reason");
    const QString own = QString::fromStdString(ca());
    const QString other = QString::fromStdString("tls_ca=" + others_.ca());
    QTest::newRow("another authority") << "127.0.0.1" << other << "certificate is refused";
    QTest::newRow("the system's authorities") << "127.0.0.1"
                                              << "tls_verify=full"
                                              << "certificate is refused";
    QTest::newRow("another name") << "127.0.0.1" << own + "&tls_server_name=redis.example"
                                  << "ostname mismatch";
    QTest::newRow("another address") << "127.0.0.1" << own + "&tls_server_name=127.0.0.2"
                                     << "IP address mismatch";
    QTest::newRow("another authority, without the name") << "127.0.0.1" << other + "&tls_verify=ca"
                                                         << "certificate is refused";
}

void TestRedisTls::refuses_certificates() {
    QFETCH(QString, host);
    QFETCH(QString, options);
    QFETCH(QString, reason);
    const std::string detail = failure_of(url(host.toStdString(), options.toStdString()));
    QVERIFY2(QString::fromStdString(detail).contains(reason), detail.c_str());
}

void TestRedisTls::verifies_as_told() {
    const std::string foreign = "tls_server_name=redis.example";
    QCOMPARE(failure_of(url("127.0.0.1", ca() + "&tls_verify=ca&" + foreign)), std::string());
    QCOMPARE(failure_of(url("127.0.0.1", "tls_verify=none")), std::string());
    QCOMPARE(failure_of(url("127.0.0.1", ca() + "&tls_server_name=localhost")), std::string());
}

void TestRedisTls::wants_a_client_certificate() {
    const RedisServer strict({.tls = true, .certificates = &certificates_});
    const std::string base = strict.url(ca());
    QVERIFY(!failure_of(base).empty());
    QVERIFY(!failure_of(base + client_pair(others_)).empty());
    QCOMPARE(failure_of(base + client_pair(certificates_)), std::string());
}

void TestRedisTls::refuses_unusable_files() {
    const auto open = [&](const std::string& query) {
        Client client(options_of(url("127.0.0.1", query)));
    };
    EXPECT_ERROR(open("tls_ca=/nowhere"), invalid_argument);
    EXPECT_ERROR(open("tls_ca=" + certificates_.server_key()), invalid_argument);
    EXPECT_ERROR(open("tls_cert=/nowhere&tls_key=/nowhere"), invalid_argument);
    // A key that belongs to another certificate.
    const std::string mixed =
        "tls_cert=" + certificates_.client_cert() + "&tls_key=" + certificates_.server_key();
    EXPECT_ERROR(open(mixed), invalid_argument);
    QVERIFY(test::message_of([&] { open(mixed); }).contains("tls_key"));
}

void TestRedisTls::refuses_a_server_without_tls() {
    const RedisServer plain;
    const std::string place = "127.0.0.1:" + std::to_string(plain.port());
    QVERIFY(!failure_of("rediss://" + place + '?' + ca()).empty());
    QVERIFY(!failure_of("redis://127.0.0.1:" + std::to_string(server_.port()) + "?namespace=n")
                 .empty());
}

void TestRedisTls::moves_large_values() {
    Client client(options_of(url("127.0.0.1", ca())));
    const std::string large(5'000'000, 'x');
    client.command({"SET", "large", large}).require();
    QVERIFY(client.command({"GET", "large"}).text() == large);
}

void TestRedisTls::dedicated_connections_can_be_interrupted() {
    Client client(options_of(url("127.0.0.1", ca())));
    const auto waiting = client.dedicated();
    QVERIFY(waiting->command({"BLPOP", "list", "0.05"}, Milliseconds(50)).is_nil());
    waiting->interrupt();
    EXPECT_ERROR(waiting->command({"BLPOP", "list", "60"}, std::chrono::seconds(60)), cancelled);
}

QTEST_GUILESS_MAIN(TestRedisTls)

#include "tst_redis_tls.moc"
