#include "server/api_client.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <csignal>
#include <string>

using namespace thumbd::test;
using thumbjobs::test::make_test_image;
using thumbjobs::test::ThumbdProcess;

/// How thumbd ends.
class ThumbdDrainTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    const thumbjobs::Bytes jpeg_ = make_test_image({});

    std::string data(const char* name) const { return directory_.filePath(name).toStdString(); }

private slots:
    void all_but_new_images_is_served_until_the_jobs_have_ended() {
        ThumbdProcess daemon(
            {.data_dir = data("busy"),
             .arguments = {"--drain-time", "1h", "--resizer",
                           "sandbox:accident:?helpers=1&timeout=1h&worker=" SANDBOX_TEST_WORKER}});
        ApiClient client(daemon.port());
        const std::string_view endless = "GIF89a\nspin";
        const auto job = client.post("/v1/jobs", endless).json();
        QTRY_COMPARE(client.get(path_of(job)).text("status"), QString("processing"));
        QCOMPARE(client.get("/readyz").status, 200);

        daemon.send_signal(SIGTERM);
        QTRY_COMPARE(client.get("/readyz").status, 503);
        QCOMPARE(client.get("/readyz").problem_code(), QString("draining"));
        QCOMPARE(ApiClient(daemon.port()).get("/livez").status, 200); // also on a new connection
        const auto refused = client.post("/v1/jobs", endless);
        QCOMPARE(refused.status, 503);
        QCOMPARE(refused.problem_code(), QString("draining"));
        QVERIFY(!refused.header("retry-after").empty());
        QCOMPARE(client.get(path_of(job)).text("status"), QString("processing"));
        QVERIFY(client.get("/v1/stats").json().value("draining").toBool());

        QCOMPARE(client.post(path_of(job, "/cancel")).status, 200);
        const auto end = daemon.wait(std::chrono::seconds(20));
        QVERIFY(end.has_value());
        QCOMPARE(end->code, 0);
    }

    void a_drain_lets_requests_finish() {
        ThumbdProcess daemon({.data_dir = data("drain"), .arguments = {"--role", "api"}});
        RawClient uploading(daemon.port());
        uploading.patience = std::chrono::seconds(20);
        const auto body = std::string(text_of(jpeg_));
        uploading.send("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, 10));
        RawClient waiting(daemon.port());
        waiting.patience = std::chrono::seconds(20);
        const auto job = ApiClient(daemon.port()).submit(jpeg_).json();
        waiting.send(request("GET", path_of(job, "?wait=60")));
        RawClient streaming(daemon.port());
        streaming.send(request("GET", "/v1/events"));
        QVERIFY(streaming.receive(12).starts_with("HTTP/1.1 200"));
        // Both are seen by the server before it is told to end.
        ApiClient probe(daemon.port());
        QTRY_VERIFY(metric(probe.get("/metrics").body, "thumbd_http_requests_active") >= 4);

        daemon.send_signal(SIGTERM);
        const auto interrupted = waiting.response();
        QCOMPARE(interrupted.status, 200); // as it is now, not cut
        QVERIFY(interrupted.body.find("\"queued\"") != std::string::npos);
        streaming.patience = std::chrono::seconds(20);
        QVERIFY(streaming.drain_until_closed().has_value());
        uploading.send(body.substr(10));
        QCOMPARE(uploading.response().status, 202);
        const auto end = daemon.wait(std::chrono::seconds(20));
        QVERIFY(end.has_value());
        QCOMPARE(end->code, 0);
    }

    void a_second_signal_ends_at_once() {
        ThumbdProcess daemon({.data_dir = data("hurry"), .arguments = {"--drain-time", "1h"}});
        RawClient half(daemon.port());
        half.send("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx");
        ApiClient probe(daemon.port());
        QTRY_VERIFY(metric(probe.get("/metrics").body, "thumbd_http_requests_active") >= 2);
        daemon.send_signal(SIGTERM);
        QTRY_VERIFY(daemon.log().find("draining") != std::string::npos);
        daemon.send_signal(SIGTERM);
        const auto end = daemon.wait(std::chrono::seconds(5));
        QVERIFY(end.has_value());
        QCOMPARE(end->code, 1);
    }
};

QTEST_GUILESS_MAIN(ThumbdDrainTest)
#include "thumbd_drain_test.moc"
