#include "http.h"
#include "raw_client.h"

#include <QTest>

using namespace thumbd::http;
using thumbd::test::RawClient;
using thumbd::test::RawResponse;
using thumbd::test::request;

class GateTest : public QObject {
    Q_OBJECT

private slots:
    void answers_a_request();
};

void GateTest::answers_a_request() {
    ServerPool pool({.address = "127.0.0.1:0", .threads = 2, .tls = {}}, {},
                    [](QHttpServer& server) {
                        route(server, "/hello/<arg>", QHttpServerRequest::Method::Get,
                              [](const std::shared_ptr<Exchange>& exchange) {
                                  exchange->respond(
                                      200, {{"Content-Type", "text/plain"}},
                                      QByteArray::fromStdString("hello " + exchange->argument(0)));
                              });
                    });
    RawClient client(pool.port());
    for (int i = 0; i < 3; ++i) {
        QVERIFY(client.send(request("GET", "/hello/w%C3%B6rld%20")));
        const RawResponse response = client.response();
        QCOMPARE(response.status, 200);
        QCOMPARE(response.body, "hello w\xc3\xb6rld ");
    }
    QVERIFY(client.send(request("GET", "/nothing")));
    QCOMPARE(client.response().status, 404);
}

QTEST_GUILESS_MAIN(GateTest)
#include "gate_test.moc"
