#include "server/api_client.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <memory>

using namespace thumbd::test;
using thumbjobs::test::make_test_image;
using thumbjobs::test::ThumbdProcess;

namespace {

const std::string reader = "reader-secret-0001";
const std::string submitter = "submit-secret-0002";
const std::string admin = "admin-secret-00003";
constexpr auto no_such_id = "01890a5d-ac96-774b-bcce-b302099a8057";

} // namespace

/// Who may do what, with a token file, and who may not without.
class ThumbdAccessTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    std::unique_ptr<ThumbdProcess> daemon_;
    const thumbjobs::Bytes jpeg_ = make_test_image({});

    void write_tokens(const QByteArray& text) {
        QFile file(directory_.filePath("tokens"));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(text);
    }

    ApiClient client(const std::string& token) const {
        ApiClient result(daemon_->port());
        result.token = token;
        return result;
    }

private slots:
    void initTestCase() {
        write_tokens(QByteArray::fromStdString("read " + reader + "\nsubmit " + submitter +
                                               " page\nadmin " + admin + "\n"));
        daemon_ = std::make_unique<ThumbdProcess>(ThumbdProcess::Options{
            .data_dir = directory_.filePath("data").toStdString(),
            .arguments = {"--token-file", directory_.filePath("tokens").toStdString()}});
    }

    void cleanupTestCase() {
        QCOMPARE(daemon_->terminate().code, 0);
        for (const auto& token : {reader, submitter, admin})
            QVERIFY2(daemon_->log().find(token) == std::string::npos, "a token is in the log");
    }

    void probes_and_pages_are_open() {
        auto nobody = client("");
        for (const auto path :
             {"/", "/docs", "/livez", "/healthz", "/readyz", "/openapi.json", "/session"})
            QVERIFY2(nobody.get(path).status == 200, path);
    }

    void roles_decide_data() {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<int>("nobody");
        QTest::addColumn<int>("read");
        QTest::addColumn<int>("submit");
        QTest::addColumn<int>("admin");
        const QByteArray job = QByteArray("/v1/jobs/") + no_such_id;
        const auto row = [&](const char* method, const QByteArray& path, int nobody, int read,
                             int submit, int full) {
            QTest::newRow((method + (' ' + path)).constData())
                << QByteArray(method) << path << nobody << read << submit << full;
        };
        row("GET", "/v1/jobs", 401, 200, 200, 200);
        row("GET", job, 401, 404, 404, 404);
        row("GET", job + "/thumbnail", 401, 404, 404, 404);
        row("GET", job + "/original", 401, 404, 404, 404);
        row("GET", job + "/logs", 401, 404, 404, 404);
        row("GET", "/v1/stats", 401, 200, 200, 200);
        row("GET", "/metrics", 401, 200, 200, 200);
        row("POST", "/v1/jobs", 401, 403, 400, 400);
        row("POST", "/upload", 401, 403, 400, 400);
        row("POST", job + "/cancel", 401, 403, 404, 404);
        row("POST", job + "/retry", 401, 403, 404, 404);
        row("DELETE", job, 401, 403, 404, 404);
        row("GET", "/logs", 401, 403, 403, 200);
    }
    void roles_decide() {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        QFETCH(int, nobody);
        QFETCH(int, read);
        QFETCH(int, submit);
        QFETCH(int, admin);
        const auto status = [&](const std::string& token) {
            return client(token).request(method.toStdString(), path.toStdString()).status;
        };
        QCOMPARE(status(""), nobody);
        QCOMPARE(status("unknown-secret-0009"), nobody);
        QCOMPARE(status(reader), read);
        QCOMPARE(status(submitter), submit);
        QCOMPARE(status(::admin), admin);
    }

    void refusals_say_how_to_ask() {
        const auto missing = client("").get("/v1/jobs");
        QCOMPARE(missing.header("www-authenticate"), std::string("Bearer realm=\"thumbd\""));
        QCOMPARE(missing.problem_code(), QString("unauthorized"));
        const auto unknown = client("unknown-secret-0009").get("/v1/jobs");
        QVERIFY(unknown.header("www-authenticate").find("invalid_token") != std::string::npos);
        QVERIFY(unknown.body.find("unknown-secret-0009") == std::string::npos);
        const auto weak = client(reader).post("/v1/jobs", "x");
        QCOMPARE(weak.problem_code(), QString("forbidden"));
        QVERIFY(weak.header("www-authenticate").find("insufficient_scope") != std::string::npos);
    }

    void a_refused_upload_is_not_read() {
        RawClient raw(daemon_->port());
        raw.send("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
                 "Expect: 100-continue\r\n\r\n");
        QCOMPARE(raw.response().status, 401); // and no 100 before
    }

    void the_page_trades_its_token_for_a_cookie() {
        auto page = client("");
        QCOMPARE(page.get("/session").json().value("authentication").toString(), QString("token"));
        QVERIFY(page.get("/session").json().value("role").isNull());
        const std::string json_type = "Content-Type: application/json\r\n";
        QCOMPARE(page.post("/session", "{\"token\":\"unknown-secret-0009\"}", json_type).status,
                 401);
        for (const auto body : {"", "{}", "[]", "{\"token\":7}", "{\"token\":\"a\",\"b\":1}", "{"})
            QCOMPARE(page.post("/session", body, json_type).status, 400);
        const auto opened = page.post("/session", "{\"token\":\"" + submitter + "\"}", json_type);
        QCOMPARE(opened.status, 204);
        const auto field = opened.header("set-cookie");
        QVERIFY(field.find("HttpOnly") != std::string::npos);
        QVERIFY(field.find("SameSite=Strict") != std::string::npos);
        QVERIFY(field.find("Path=/") != std::string::npos);
        QVERIFY(field.find(submitter) == std::string::npos);
        const auto cookie = "Cookie: other=1; " + field.substr(0, field.find(';')) + "\r\n";
        QCOMPARE(page.get("/v1/jobs", cookie).status, 200);
        QCOMPARE(page.get("/session", cookie).json().value("role").toString(), QString("submit"));
        QCOMPARE(page.get("/logs", cookie).status, 403);
        const auto image = text_of(jpeg_);
        QCOMPARE(page.post("/v1/jobs", image, cookie + "Origin: http://localhost\r\n").status, 202);
        QCOMPARE(page.post("/v1/jobs", image, cookie + "Origin: http://evil.example\r\n").status,
                 403);
        QCOMPARE(page.get("/v1/jobs", "Cookie: thumbd_session=99999999999.00\r\n").status, 401);
        const auto closed = page.remove("/session");
        QCOMPARE(closed.status, 204);
        QVERIFY(closed.header("set-cookie").find("Max-Age=0") != std::string::npos);
    }

    void sighup_reads_the_tokens_again() {
        const std::string fresh = "fresh-secret-00004";
        QCOMPARE(client(fresh).get("/v1/jobs").status, 401);
        write_tokens(QByteArray::fromStdString("read " + reader + "\nsubmit " + submitter +
                                               "\nadmin " + admin + "\nread " + fresh + "\n"));
        daemon_->send_signal(SIGHUP);
        QTRY_COMPARE(client(fresh).get("/v1/jobs").status, 200);
        write_tokens("nonsense\n");
        daemon_->send_signal(SIGHUP);
        QTRY_VERIFY(daemon_->log().find("stay as they were") != std::string::npos);
        QCOMPARE(client(fresh).get("/v1/jobs").status, 200);
    }

    void without_tokens_foreign_names_and_origins_are_refused() {
        QTemporaryDir directory;
        ThumbdProcess open({.data_dir = directory.filePath("data").toStdString(),
                            .arguments = {"--public-host", "thumbs.example"}});
        ApiClient local(open.port());
        QCOMPARE(local.get("/v1/jobs").status, 200);
        QCOMPARE(local.get("/logs").status, 200);
        QCOMPARE(local.get("/session").json().value("role").toString(), QString("admin"));
        const auto cross =
            local.post("/v1/jobs", text_of(jpeg_), "Origin: http://evil.example\r\n");
        QCOMPARE(cross.status, 403);
        QCOMPARE(cross.problem_code(), QString("cross_origin"));
        ApiClient rebound(open.port());
        rebound.host = "evil.example";
        QCOMPARE(rebound.get("/v1/jobs").problem_code(), QString("host_refused"));
        QCOMPARE(rebound.get("/").status, 403);
        rebound.host = "thumbs.example";
        QCOMPARE(rebound.get("/v1/jobs").status, 200);
    }
};

QTEST_GUILESS_MAIN(ThumbdAccessTest)
#include "thumbd_access_test.moc"
