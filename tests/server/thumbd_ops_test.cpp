#include "server/api_client.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>
#include <QSslCertificate>
#include <QSslSocket>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

using namespace thumbd::test;
using thumbjobs::test::make_test_image;
using thumbjobs::test::run_program;
using thumbjobs::test::ThumbdProcess;

namespace {

/// Every family that the text exports, by its `# TYPE` line.
QSet<QString> exported_families(const std::string& text) {
    QSet<QString> names;
    static const QRegularExpression line("^# TYPE (\\S+)", QRegularExpression::MultilineOption);
    for (auto match = line.globalMatch(QString::fromStdString(text)); match.hasNext();)
        names << match.next().captured(1);
    return names;
}

/// How many threads of that process have started processes that live.
int children_of(pid_t pid) {
    const auto folder = QString("/proc/%1/task").arg(pid);
    int count = 0;
    for (const auto& task : QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file(folder + '/' + task + "/children");
        if (file.open(QIODevice::ReadOnly))
            count += file.readAll().trimmed().isEmpty() ? 0 : 1;
    }
    return count;
}

} // namespace

/// Health, metrics, roles, outages.
class ThumbdOpsTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    std::unique_ptr<ThumbdProcess> daemon_;
    std::unique_ptr<ApiClient> client_;
    const thumbjobs::Bytes jpeg_ = make_test_image({});

    std::string data(const char* name) const { return directory_.filePath(name).toStdString(); }

    /// The folder `name` with tls.crt and tls.key, in the name of `name`.
    void make_certificate(const char* name) const {
        QVERIFY(QDir().mkpath(directory_.filePath(name)));
        const auto made = run_program({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec",
                                       "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                                       "-days", "1", "-subj", std::string("/CN=") + name, "-keyout",
                                       data(name) + "/tls.key", "-out", data(name) + "/tls.crt"});
        QVERIFY2(made.status.code == 0, made.errors.c_str());
    }

    /// Connects; the name in the server's certificate.
    static QString greet(QSslSocket& socket, std::uint16_t port) {
        socket.abort();
        socket.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.connectToHostEncrypted("127.0.0.1", port);
        if (!socket.waitForEncrypted(10'000))
            return socket.errorString();
        return socket.peerCertificate().subjectInfo(QSslCertificate::CommonName).value(0);
    }

private slots:
    void initTestCase() {
        daemon_ = std::make_unique<ThumbdProcess>(
            ThumbdProcess::Options{.data_dir = data("main"), .arguments = {"--log-format=json"}});
        client_ = std::make_unique<ApiClient>(daemon_->port());
    }

    void cleanupTestCase() { QCOMPARE(daemon_->terminate().code, 0); }

    void probes_answer() {
        for (const auto path : {"/livez", "/healthz", "/readyz"})
            QCOMPARE(client_->get(path).status, 200);
    }

    void the_documents_are_served() {
        const auto openapi = client_->get("/openapi.json");
        QCOMPARE(openapi.header("content-type"), std::string("application/json"));
        QCOMPARE(openapi.text("openapi"), QString("3.1.0"));
        for (const auto path : {"/", "/docs"}) {
            const auto page = client_->get(path);
            QCOMPARE(page.status, 200);
            QVERIFY(page.header("content-type").starts_with("text/html"));
            QVERIFY(page.header("content-security-policy").find("default-src") !=
                    std::string::npos);
            QCOMPARE(client_->get(path, "If-None-Match: " + page.header("etag") + "\r\n").status,
                     304);
        }
        QCOMPARE(client_->post("/", "x").status, 405);
    }

    void metrics_move_and_are_documented() {
        QVERIFY(!client_->submit_and_wait(jpeg_).isEmpty());
        client_->get("/nowhere");
        // The access log writes after the answer, and a worker counts after its commit.
        std::string text;
        QTRY_VERIFY((text = client_->get("/metrics").body)
                        .find("code=\"200\",method=\"POST\",route=\"/v1/jobs\"") !=
                    std::string::npos);
        QTRY_VERIFY(metric(text = client_->get("/metrics").body,
                           "thumbjobs_image_bytes_total{direction=\"in\"}") >=
                    static_cast<double>(jpeg_.size()));
        QVERIFY(metric(text, "thumbjobs_job_submits_total{result=\"created\"}") >= 1);
        QVERIFY(metric(text, "thumbjobs_jobs{state=\"succeeded\"}") >= 1);
        QVERIFY(metric(text, "thumbjobs_stage_duration_seconds_count{stage=\"resize\"}") >= 1);
        QVERIFY(metric(text, "thumbjobs_stage_duration_seconds_count{stage=\"receive\"}") >= 1);
        QVERIFY(metric(text, "process_resident_memory_bytes") > 1e6);
        QVERIFY(metric(text, "process_start_time_seconds") > 1.6e9);
        QVERIFY(metric(text, "thumbjobs_workers") >= 1);
        QCOMPARE(metric(text, "thumbjobs_store_up"), 1.0);

        QFile file(PROJECT_DOCS "/metrics.md");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto documentation = QString::fromUtf8(file.readAll());
        const auto families = exported_families(text);
        QVERIFY(families.size() > 25);
        for (const auto& family : families)
            QVERIFY2(documentation.contains("| `" + family + "`"), qPrintable(family));
    }

    void a_start_gives_back_what_only_it_took() {
        ThumbdProcess fresh({.data_dir = data("fresh"), .arguments = {"--sandbox", "on"}});
        // Pages of files, which is code of all libraries: some 20 MB by the end of a start.
        std::ifstream status("/proc/" + std::to_string(fresh.pid()) + "/status");
        std::int64_t kib = 0;
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("RssFile:"))
                kib = std::stoll(line.substr(8));
        QVERIFY2(kib > 0 && kib < 12'000, qPrintable(QString::number(kib)));
    }

    void log_lines_are_json() {
        const auto answer = client_->get("/livez", "X-Request-Id: find-me-1\r\n");
        QCOMPARE(answer.status, 200);
        QTRY_VERIFY(daemon_->log().find("find-me-1") != std::string::npos);
        const auto lines = QByteArray::fromStdString(daemon_->log()).split('\n');
        bool found = false;
        for (const auto& line : lines) {
            if (line.isEmpty() || (&line == &lines.back()))
                continue;
            const auto object = QJsonDocument::fromJson(line).object();
            QVERIFY2(object.contains("time") && object.contains("level") &&
                         object.contains("message"),
                     line.constData());
            if (object.value("request_id").toString() == "find-me-1") {
                QCOMPARE(object.value("route").toString(), QString("/livez"));
                QCOMPARE(object.value("trace_id").toString().size(), 32);
                QCOMPARE(object.value("status").toString(), QString("200"));
                found = true;
            }
        }
        QVERIFY(found);
    }

    void a_worker_serves_health_metrics_and_logs_only() {
        ThumbdProcess worker({.data_dir = data("main"), .arguments = {"--role", "worker"}});
        ApiClient client(worker.port());
        for (const auto path : {"/livez", "/readyz", "/metrics", "/logs"})
            QCOMPARE(client.get(path).status, 200);
        const auto hint = client.get("/v1/jobs");
        QCOMPARE(hint.status, 404);
        QCOMPARE(hint.header("content-type"), std::string("application/problem+json"));
        QVERIFY(hint.text("detail").contains("--role worker"));
        QCOMPARE(client.submit(jpeg_).status, 404);
        QVERIFY(metric(client.get("/metrics").body, "thumbjobs_workers") >= 1);
        QCOMPARE(client.get("/").status, 404);
        QCOMPARE(worker.terminate().code, 0);
    }

    void an_api_process_leaves_the_work_to_workers() {
        ThumbdProcess api({.data_dir = data("split"), .arguments = {"--role", "api"}});
        QCOMPARE(children_of(api.pid()), 0); // no helper to resize with
        QCOMPARE(metric(ApiClient(api.port()).get("/metrics").body, "thumbjobs_workers"), 0.0);
        ThumbdProcess worker({.data_dir = data("split"), .arguments = {"--role", "worker"}});
        ApiClient client(api.port());
        QVERIFY(!client.submit_and_wait(jpeg_).isEmpty());
        QCOMPARE(worker.terminate().code, 0);
        QCOMPARE(api.terminate().code, 0);
    }

    void every_role_tells_the_same_backlog() {
        ThumbdProcess api({.data_dir = data("backlog"), .arguments = {"--role", "api"}});
        ThumbdProcess other({.data_dir = data("backlog"), .arguments = {"--role", "api"}});
        const auto backlog = [](const ThumbdProcess& process) {
            return metric(ApiClient(process.port()).get("/metrics").body, "thumbjobs_backlog_jobs");
        };
        QCOMPARE(backlog(api), 0.0);
        for (int i = 0; i < 3; ++i)
            QCOMPARE(ApiClient(api.port()).submit(jpeg_).status, 202);
        QCOMPARE(backlog(api), 3.0);
        QCOMPARE(backlog(other), 3.0);
        const auto text = ApiClient(other.port()).get("/metrics").body;
        QCOMPARE(metric(text, "thumbjobs_backlog_seconds"), 180.0);
        QVERIFY(metric(text, "thumbjobs_queue_oldest_age_seconds") >= 0);

        ThumbdProcess worker({.data_dir = data("backlog"), .arguments = {"--role", "worker"}});
        QTRY_COMPARE_WITH_TIMEOUT(backlog(worker), 0.0, 60'000);
        QCOMPARE(backlog(api), 0.0);
        QCOMPARE(metric(ApiClient(api.port()).get("/metrics").body, "thumbjobs_backlog_seconds"),
                 0.0);
    }

    void jobs_survive_a_restart() {
        QString id;
        {
            ThumbdProcess daemon({.data_dir = data("restart"), .arguments = {"--role", "api"}});
            id = ApiClient(daemon.port()).submit(jpeg_).text("id");
            daemon.kill();
        }
        ThumbdProcess daemon({.data_dir = data("restart")});
        const auto job = ApiClient(daemon.port()).get("/v1/jobs/" + id.toStdString() + "?wait=30");
        QCOMPARE(job.text("status"), QString("succeeded"));
    }

    void an_outage_is_503_and_says_when_to_come_back() {
        ThumbdProcess daemon({.data_dir = data("outage"), .arguments = {"--role", "api"}});
        ApiClient client(daemon.port());
        QCOMPARE(client.get("/readyz").status, 200);
        QVERIFY(QDir(directory_.filePath("outage/images")).removeRecursively());
        const auto ready = client.get("/readyz");
        QCOMPARE(ready.status, 503);
        QCOMPARE(ready.problem_code(), QString("storage_unavailable"));
        const auto submit = client.submit(jpeg_);
        QCOMPARE(submit.status, 503);
        QCOMPARE(submit.problem_code(), QString("storage_unavailable"));
        QVERIFY(!submit.header("retry-after").empty());
        QCOMPARE(client.get("/livez").status, 200);
        QCOMPARE(client.get("/v1/jobs").json().value("jobs").toArray().size(), 0);
    }

    void tls_is_spoken_and_a_renewed_certificate_taken_over() {
        // As Kubernetes mounts a Secret: the files lie behind a link that is turned to new ones.
        make_certificate("first");
        make_certificate("second");
        QVERIFY(QFile::link(directory_.filePath("first"), directory_.filePath("tls")));
        const std::vector<std::string> files{"--tls-cert", data("tls/tls.crt"), "--tls-key",
                                             data("tls/tls.key")};
        ThumbdProcess daemon({.data_dir = data("tls-data"), .arguments = files});
        QVERIFY(daemon.url().starts_with("https://"));
        QSslSocket socket;
        QCOMPARE(greet(socket, daemon.port()), QString("first"));
        socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        QByteArray answer;
        while (socket.waitForReadyRead(10'000) || socket.bytesAvailable() > 0)
            answer += socket.readAll();
        QVERIFY2(answer.startsWith("HTTP/1.1 200"), answer.constData());
        QVERIFY(answer.endsWith("alive\n"));

        const auto turn_to = [this](const char* folder) {
            return QFile::link(directory_.filePath(folder), directory_.filePath("new")) &&
                   std::rename(data("new").c_str(), data("tls").c_str()) == 0;
        };
        QVERIFY(turn_to("second"));
        QTRY_COMPARE_WITH_TIMEOUT(greet(socket, daemon.port()), QString("second"), 30'000);
        // A key without its certificate changes nothing.
        QVERIFY(QDir().mkpath(directory_.filePath("mixed")));
        QVERIFY(QFile::copy(directory_.filePath("first/tls.crt"),
                            directory_.filePath("mixed/tls.crt")) &&
                QFile::copy(directory_.filePath("second/tls.key"),
                            directory_.filePath("mixed/tls.key")));
        QVERIFY(turn_to("mixed"));
        daemon.send_signal(SIGHUP);
        QTRY_VERIFY_WITH_TIMEOUT(
            daemon.log().find("the certificate stays as it was") != std::string::npos, 30'000);
        QCOMPARE(greet(socket, daemon.port()), QString("second"));
        QCOMPARE(daemon.terminate().code, 0);

        const auto refused =
            run_program({thumbjobs::test::thumbd_binary(), "--data-dir", data("tls-data"), files[0],
                         files[1], files[2], files[3]});
        QCOMPARE(refused.status.code, 2);
        QVERIFY2(refused.errors.find("is not that of the certificate") != std::string::npos,
                 refused.errors.c_str());
    }
};

QTEST_GUILESS_MAIN(ThumbdOpsTest)
#include "thumbd_ops_test.moc"
