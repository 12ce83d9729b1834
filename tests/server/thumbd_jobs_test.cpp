#include "server/api_client.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QJsonArray>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace thumbd::test;
using thumbjobs::test::make_test_image;
using thumbjobs::test::ThumbdProcess;

namespace {

constexpr auto no_such_id = "01890a5d-ac96-774b-bcce-b302099a8057";

} // namespace

/// Reading, images, cancelling, retrying, deleting, logs: two processes on one store, one with
/// workers and one without, so that states hold still.
class ThumbdJobsTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    std::unique_ptr<ThumbdProcess> busy_;
    std::unique_ptr<ThumbdProcess> idle_;
    std::unique_ptr<ApiClient> client_; ///< Of the one with workers.
    std::unique_ptr<ApiClient> still_;  ///< Of the one without.
    const thumbjobs::Bytes jpeg_ = make_test_image({.width = 640, .height = 480});

private slots:
    void initTestCase() {
        busy_ = std::make_unique<ThumbdProcess>(
            ThumbdProcess::Options{.data_dir = directory_.filePath("busy").toStdString()});
        idle_ = std::make_unique<ThumbdProcess>(ThumbdProcess::Options{
            .data_dir = directory_.filePath("idle").toStdString(), .arguments = {"--role", "api"}});
        client_ = std::make_unique<ApiClient>(busy_->port());
        still_ = std::make_unique<ApiClient>(idle_->port());
    }

    void cleanupTestCase() {
        QCOMPARE(busy_->terminate().code, 0);
        QCOMPARE(idle_->terminate().code, 0);
    }

    void unknown_and_malformed_ids_are_404() {
        for (const auto id : {no_such_id, "x", "..%2e", "%C3%A4"}) {
            const std::string path = std::string("/v1/jobs/") + id;
            for (const auto rest : {"", "/thumbnail", "/renditions/a", "/original", "/logs"}) {
                const auto answer = client_->get(path + rest);
                QVERIFY2(answer.status == 404, qPrintable(QString::fromStdString(path + rest)));
                QCOMPARE(answer.problem_code(), QString("not_found"));
            }
            QCOMPARE(client_->post(path + "/cancel").status, 404);
            QCOMPARE(client_->post(path + "/retry").status, 404);
            QCOMPARE(client_->remove(path).status, 404);
        }
        QCOMPARE(client_->get(std::string("/v1/jobs/") + no_such_id).text("job_id"),
                 QString(no_such_id));
    }

    void a_job_has_an_etag() {
        const auto job = client_->submit_and_wait(jpeg_);
        const auto answer = client_->get(path_of(job));
        QCOMPARE(answer.status, 200);
        const auto etag = answer.header("etag");
        QVERIFY(etag.starts_with("W/\""));
        const auto same = client_->get(path_of(job), "If-None-Match: \"x\", " + etag + "\r\n");
        QCOMPARE(same.status, 304);
        QVERIFY(same.body.empty());
        QCOMPARE(client_->get(path_of(job), "If-None-Match: \"x\"\r\n").status, 200);
        const auto head = client_->request("HEAD", path_of(job));
        QCOMPARE(head.status, 200);
        QCOMPARE(head.header("etag"), etag);
    }

    void waiting_for_a_job() {
        const auto job = still_->submit(jpeg_).json();
        const auto unmet = still_->get(path_of(job, "?wait=0.2"));
        QCOMPARE(unmet.status, 200);
        QCOMPARE(unmet.text("status"), QString("queued"));
        QCOMPARE(still_->get(path_of(job, "?wait=x")).problem_code(), QString("invalid_argument"));
        QCOMPARE(still_->get(path_of(job, "?waiting=1")).status, 400);
        // A cancel by somebody else ends the wait.
        RawClient waiting(idle_->port());
        waiting.patience = std::chrono::seconds(20);
        waiting.send(request("GET", path_of(job, "?wait=30")));
        QCOMPARE(still_->post(path_of(job, "/cancel")).status, 200);
        const auto met = waiting.response();
        QCOMPARE(met.status, 200);
        QVERIFY(met.body.find("\"cancelled\"") != std::string::npos);
    }

    void a_wait_for_a_deleted_job_is_404() {
        const auto job = still_->submit(jpeg_).json();
        RawClient waiting(idle_->port());
        waiting.patience = std::chrono::seconds(20);
        waiting.send(request("GET", path_of(job, "?wait=30")));
        QCOMPARE(still_->remove(path_of(job)).status, 204);
        QCOMPARE(waiting.response().status, 404);
    }

    void lists_are_paged_and_filtered() {
        QSet<QString> submitted;
        for (int i = 0; i < 7; ++i)
            submitted << still_->submit(jpeg_).text("id");
        const auto cancelled = *submitted.begin();
        still_->post("/v1/jobs/" + cancelled.toStdString() + "/cancel");

        QSet<QString> seen;
        std::string cursor;
        QString last = "~";
        do {
            const auto page = still_
                                  ->get("/v1/jobs?limit=3&status=queued" +
                                        (cursor.empty() ? std::string() : "&cursor=" + cursor))
                                  .json();
            QVERIFY(page.value("jobs").toArray().size() <= 3);
            QVERIFY(!page.value("events_cursor").toString().isEmpty());
            for (const auto& job : page.value("jobs").toArray()) {
                const auto id = job.toObject().value("id").toString();
                QVERIFY(id < last); // newest first
                last = id;
                seen << id;
                QCOMPARE(job.toObject().value("status").toString(), QString("queued"));
            }
            cursor = page.value("next_cursor").toString().toStdString();
        } while (!cursor.empty());
        QVERIFY(!seen.contains(cancelled));
        QVERIFY(seen.contains(submitted - QSet<QString>{cancelled}));

        const auto both = still_->get("/v1/jobs?status=queued,cancelled&limit=500").json();
        QVERIFY(both.value("jobs").toArray().size() > seen.size());
        const auto repeated =
            still_->get("/v1/jobs?status=queued&status=cancelled&limit=500").json();
        QCOMPARE(repeated.value("jobs").toArray().size(), both.value("jobs").toArray().size());
        const auto oldest = still_->get("/v1/jobs?order=asc&limit=1").json();
        const auto newest = still_->get("/v1/jobs?order=desc&limit=1").json();
        QVERIFY(oldest.value("jobs").toArray().first().toObject().value("id").toString() <
                newest.value("jobs").toArray().first().toObject().value("id").toString());
    }

    void bad_list_parameters_are_named_data() {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("name");
        QTest::newRow("limit 0") << QByteArray("limit=0") << "limit";
        QTest::newRow("limit 501") << QByteArray("limit=501") << "limit";
        QTest::newRow("limit x") << QByteArray("limit=x") << "limit";
        QTest::newRow("status") << QByteArray("status=done") << "status";
        QTest::newRow("empty status") << QByteArray("status=queued,,failed") << "status";
        QTest::newRow("order") << QByteArray("order=up") << "order";
        QTest::newRow("cursor") << QByteArray("cursor=%21%21") << "cursor";
        QTest::newRow("unknown") << QByteArray("page=2") << "page";
    }
    void bad_list_parameters_are_named() {
        QFETCH(QByteArray, query);
        QFETCH(QString, name);
        const auto answer = client_->get("/v1/jobs?" + query.toStdString());
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.problem_code(), QString("invalid_argument"));
        QVERIFY2(answer.text("detail").contains(name), qPrintable(answer.text("detail")));
    }

    void thumbnails_obey_conditions_and_ranges() {
        const auto job = client_->submit_and_wait(jpeg_, "filename=cat.png");
        const auto path = path_of(job, "/thumbnail");
        const auto whole = client_->get(path);
        QCOMPARE(whole.status, 200);
        QCOMPARE(whole.header("content-type"), std::string("image/jpeg"));
        QCOMPARE(whole.header("x-content-type-options"), std::string("nosniff"));
        QVERIFY(whole.header("content-security-policy").find("sandbox") != std::string::npos);
        QVERIFY(!whole.header("cache-control").empty());
        QCOMPARE(whole.header("content-disposition"),
                 std::string("inline; filename=\"cat-thumbnail.jpg\""));
        QVERIFY(client_->get(path + "?download=true")
                    .header("content-disposition")
                    .starts_with("attachment"));
        const auto etag = whole.header("etag");
        QVERIFY(etag.starts_with("\"sha256:"));
        QCOMPARE(client_->get(path_of(job, "/renditions/thumbnail")).header("etag"), etag);

        const auto head = client_->request("HEAD", path);
        QCOMPARE(head.status, 200);
        QCOMPARE(head.header("content-length"), std::to_string(whole.body.size()));
        QCOMPARE(client_->get(path, "If-None-Match: " + etag + "\r\n").status, 304);
        QCOMPARE(client_->get(path, "If-None-Match: *\r\n").status, 304);

        const auto part = client_->get(path, "Range: bytes=2-5\r\n");
        QCOMPARE(part.status, 206);
        QCOMPARE(part.body, whole.body.substr(2, 4));
        QCOMPARE(part.header("content-range"), "bytes 2-5/" + std::to_string(whole.body.size()));
        QCOMPARE(client_->get(path, "Range: bytes=-3\r\n").body,
                 whole.body.substr(whole.body.size() - 3));
        const auto beyond = client_->get(path, "Range: bytes=999999-\r\n");
        QCOMPARE(beyond.status, 416);
        QCOMPARE(beyond.header("content-range"), "bytes */" + std::to_string(whole.body.size()));
        QCOMPARE(client_->get(path, "Range: bytes=0-1\r\nIf-Range: " + etag + "\r\n").status, 206);
        QCOMPARE(client_->get(path, "Range: bytes=0-1\r\nIf-Range: \"old\"\r\n").status, 200);
        QCOMPARE(client_->get(path, "Range: bytes=0-1,4-5\r\n").status, 200);
    }

    void originals_come_back_whole_as_attachments() {
        auto large = jpeg_;
        large.resize(900'000, std::byte{0x77}); // beyond what is answered from memory
        const auto job = client_->submit_and_wait(large, "filename=%22x%22%0d%0a%C3%A4.jpg");
        QVERIFY(!job.isEmpty());
        const auto path = path_of(job, "/original");
        const auto answer = client_->get(path);
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.body == text_of(large));
        QVERIFY(answer.header("content-disposition").starts_with("attachment; filename=\""));
        QVERIFY(answer.header("content-security-policy").find("sandbox") != std::string::npos);
        QCOMPARE(answer.header("x-content-type-options"), std::string("nosniff"));
        QCOMPARE(client_->get(path, "If-None-Match: " + answer.header("etag") + "\r\n").status,
                 304);
        const auto part = client_->get(path, "Range: bytes=100-800099\r\n");
        QCOMPARE(part.status, 206);
        QVERIFY(part.body == text_of(large).substr(100, 800'000));
        QCOMPARE(client_->request("HEAD", path).header("content-length"), std::string("900000"));
    }

    void unfinished_renditions_are_409_and_say_when_to_come_back() {
        const auto job = still_->submit(jpeg_).json();
        const auto answer = still_->get(path_of(job, "/thumbnail"));
        QCOMPARE(answer.status, 409);
        QCOMPARE(answer.problem_code(), QString("conflict"));
        QVERIFY(!answer.header("retry-after").empty());
        QCOMPARE(answer.text("job_id"), job.value("id").toString());
        QCOMPARE(still_->get(path_of(job, "/original")).status, 200);
        still_->post(path_of(job, "/cancel"));
        const auto cancelled = still_->get(path_of(job, "/thumbnail"));
        QCOMPARE(cancelled.status, 409);
        QVERIFY(cancelled.header("retry-after").empty());
    }

    void cancel_retry_and_delete() {
        const auto job = still_->submit(jpeg_).json();
        const auto cancelled = still_->post(path_of(job, "/cancel"));
        QCOMPARE(cancelled.status, 200);
        QCOMPARE(cancelled.text("status"), QString("cancelled"));
        QCOMPARE(still_->post(path_of(job, "/cancel")).text("status"), QString("cancelled"));
        const auto retried = still_->post(path_of(job, "/retry"));
        QCOMPARE(retried.status, 200);
        QCOMPARE(retried.text("status"), QString("queued"));
        QCOMPARE(still_->remove(path_of(job)).status, 204);
        QCOMPARE(still_->get(path_of(job)).status, 404);
        QCOMPARE(still_->get(path_of(job, "/original")).status, 404);
        QCOMPARE(still_->remove(path_of(job)).status, 404);

        const auto done = client_->submit_and_wait(jpeg_);
        const auto late = client_->post(path_of(done, "/cancel"));
        QCOMPARE(late.status, 409);
        QCOMPARE(late.problem_code(), QString("conflict"));
        QCOMPARE(late.text("job_id"), done.value("id").toString());
        QCOMPARE(client_->post(path_of(done, "/retry")).status, 409);
        QCOMPARE(client_->remove(path_of(done)).status, 204);
        QCOMPARE(client_->get(path_of(done, "/thumbnail")).status, 404);
    }

    void logs_tell_of_the_job() {
        const auto job = client_->submit_and_wait(jpeg_);
        const auto lines = client_->get(path_of(job, "/logs")).json().value("lines").toArray();
        QVERIFY(lines.size() >= 2);
        for (const auto& line : lines)
            QCOMPARE(line.toObject().value("job_id").toString(), job.value("id").toString());
        const auto id = job.value("id").toString().toStdString();
        const auto same = client_->get("/logs?job=" + id).json().value("lines").toArray();
        QCOMPARE(same.size(), lines.size());
        const auto text = client_->get("/logs?format=text&limit=1000");
        QCOMPARE(text.header("content-type"), std::string("text/plain; charset=utf-8"));
        QVERIFY(text.body.find("job_id=" + id) != std::string::npos);
        QCOMPARE(client_->get("/logs?limit=1").json().value("lines").toArray().size(), 1);
        QCOMPARE(
            client_->get("/logs?since=2999-01-01T00:00:00Z").json().value("lines").toArray().size(),
            0);
        QCOMPARE(client_->get("/logs?level=error&job=" + id).json().value("lines").toArray().size(),
                 0);
        for (const auto query :
             {"level=loud", "since=yesterday", "limit=0", "format=xml", "job=7", "colour=red"})
            QCOMPARE(client_->get(std::string("/logs?") + query).problem_code(),
                     QString("invalid_argument"));
    }

    void stats_count_the_jobs() {
        still_->submit(jpeg_);
        const auto stats = still_->get("/v1/stats").json();
        QVERIFY(stats.value("jobs").toObject().value("queued").toInt() >= 1);
        QVERIFY(stats.value("oldest_queued_age_seconds").isDouble());
        QCOMPARE(stats.value("workers").toObject().value("total").toInt(), 0);
        QVERIFY(
            client_->get("/v1/stats").json().value("workers").toObject().value("total").toInt() >
            0);
    }

    void methods_are_told() {
        const auto wrong = client_->request("PUT", "/v1/jobs", {}, "x");
        QCOMPARE(wrong.status, 405);
        QCOMPARE(wrong.problem_code(), QString("method_not_allowed"));
        QCOMPARE(wrong.header("allow"), std::string("POST, GET, HEAD, OPTIONS"));
        const auto options = client_->request("OPTIONS", "/v1/jobs/x");
        QCOMPARE(options.status, 204);
        QCOMPARE(options.header("allow"), std::string("GET, HEAD, DELETE, OPTIONS"));
        QCOMPARE(client_->get("/v2").problem_code(), QString("not_found"));
    }
};

QTEST_GUILESS_MAIN(ThumbdJobsTest)
#include "thumbd_jobs_test.moc"
