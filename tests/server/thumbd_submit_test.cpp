#include "server/api_client.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace thumbd::test;
using thumbjobs::test::make_test_image;
using thumbjobs::test::TestImage;
using thumbjobs::test::ThumbdProcess;

/// POST /v1/jobs and POST /upload: every answer that the contract names and one process can give.
class ThumbdSubmitTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    std::unique_ptr<ThumbdProcess> daemon_;
    std::unique_ptr<ApiClient> client_;
    const thumbjobs::Bytes jpeg_ = make_test_image({.width = 640, .height = 480});

    static std::string form(std::string_view file, std::string_view more = {}) {
        return "--B\r\n" + std::string(more) +
               "Content-Disposition: form-data; name=\"file\"; filename=\"form.jpg\"\r\n\r\n" +
               std::string(file) + "\r\n--B--\r\n";
    }
    static constexpr std::string_view form_type =
        "Content-Type: multipart/form-data; boundary=B\r\n";

private slots:
    void initTestCase() {
        daemon_ = std::make_unique<ThumbdProcess>(ThumbdProcess::Options{
            .data_dir = directory_.filePath("data").toStdString(),
            .arguments = {"--max-upload-bytes", "2MiB", "--max-pixels", "4000000"}});
        client_ = std::make_unique<ApiClient>(daemon_->port());
    }

    void cleanupTestCase() {
        client_.reset();
        QCOMPARE(daemon_->terminate().code, 0);
    }

    void a_submit_is_accepted_and_ends() {
        const auto answer = client_->submit(jpeg_, "width=50&height=50&filename=photo.jpg");
        QCOMPARE(answer.status, 202);
        const auto job = answer.json();
        QCOMPARE(answer.header("location"), path_of(job));
        QVERIFY(!answer.header("x-request-id").empty());
        QCOMPARE(job.value("filename").toString(), QString("photo.jpg"));
        QCOMPARE(job.value("media_type").toString(), QString("image/jpeg"));
        QCOMPARE(job.value("bytes").toInt(), static_cast<int>(jpeg_.size()));
        const auto ended = client_->get(path_of(job) + "?wait=30").json();
        QCOMPARE(ended.value("status").toString(), QString("succeeded"));
        const auto rendition = ended.value("renditions").toArray().first().toObject();
        QCOMPARE(rendition.value("width").toInt(), 50);
        QCOMPARE(rendition.value("height").toInt(), 38);
        QCOMPARE(ended.value("width").toInt(), 640);
    }

    void waiting_answers_200_with_the_ended_job() {
        const auto answer = client_->submit(jpeg_, {}, "Prefer: wait=30\r\n");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.header("preference-applied"), std::string("wait=30"));
        QCOMPARE(answer.text("status"), QString("succeeded"));
    }

    void forms_are_taken_on_both_paths() {
        for (const auto path : {"/upload", "/v1/jobs"}) {
            const auto answer = client_->post(path, form(text_of(jpeg_)), std::string(form_type));
            QCOMPARE(answer.status, 202);
            QCOMPARE(answer.text("filename"), QString("form.jpg"));
        }
    }

    void a_spec_makes_several_renditions() {
        const std::string spec =
            "Content-Disposition: form-data; name=\"spec\"\r\nContent-Type: application/json\r\n"
            "\r\n{\"renditions\":[{\"name\":\"s\",\"width\":20,\"height\":20},"
            "{\"name\":\"l\",\"width\":300,\"height\":200,\"fit\":\"cover\",\"format\":\"webp\"}],"
            "\"metadata\":{\"k\":\"v\"}}\r\n--B\r\n";
        const auto answer = client_->post("/v1/jobs", form(text_of(jpeg_), spec),
                                          std::string(form_type) + "Prefer: wait=30\r\n");
        QCOMPARE(answer.status, 200);
        const auto job = answer.json();
        QCOMPARE(job.value("metadata").toObject().value("k").toString(), QString("v"));
        const auto large = client_->get(path_of(job, "/renditions/l"));
        QCOMPARE(large.header("content-type"), std::string("image/webp"));
        const auto pixels = thumbjobs::test::decode_pixels(thumbjobs::as_bytes(large.body));
        QCOMPARE(pixels.width, 300);
        QCOMPARE(pixels.height, 200);
        QCOMPARE(client_->get(path_of(job, "/renditions/none")).status, 404);
    }

    void large_uploads_are_spooled_and_kept_whole() {
        // Noise-free images are small: bytes after the end of a JPEG are allowed.
        auto large = jpeg_;
        large.resize(1'500'000, std::byte{0x5a});
        const auto raw = client_->submit(large, {}, "Prefer: wait=30\r\n");
        QCOMPARE(raw.status, 200);
        QVERIFY(client_->get(path_of(raw.json(), "/original")).body == text_of(large));
        const auto multipart = client_->post("/upload", form(text_of(large)),
                                             std::string(form_type) + "Prefer: wait=30\r\n");
        QCOMPARE(multipart.status, 200);
        QVERIFY(client_->get(path_of(multipart.json(), "/original")).body == text_of(large));
    }

    void the_same_key_gives_the_same_job() {
        const std::string key = "Idempotency-Key: order-7\r\n";
        const auto first = client_->submit(jpeg_, "width=33", key);
        QCOMPARE(first.status, 202);
        const auto again = client_->submit(jpeg_, "width=33", key);
        QCOMPARE(again.status, 200);
        QCOMPARE(again.header("idempotency-replayed"), std::string("true"));
        QCOMPARE(again.text("id"), first.text("id"));
        const auto other_options = client_->submit(jpeg_, "width=34", key);
        QCOMPARE(other_options.status, 422);
        QCOMPARE(other_options.problem_code(), QString("idempotency_conflict"));
        QCOMPARE(client_->submit(make_test_image({.width = 32}), "width=33", key).status, 422);
        QCOMPARE(client_->submit(jpeg_, {}, "Idempotency-Key: \r\n").problem_code(),
                 QString("invalid_argument"));
        QCOMPARE(
            client_->submit(jpeg_, {}, "Idempotency-Key: " + std::string(256, 'k') + "\r\n").status,
            400);
    }

    void bad_options_are_named_data() {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("name");
        QTest::newRow("unknown") << QByteArray("widht=5") << "widht";
        QTest::newRow("range") << QByteArray("width=0") << "width";
        QTest::newRow("name") << QByteArray("fit=tight") << "fit";
        QTest::newRow("twice") << QByteArray("width=1&width=2") << "width";
    }
    void bad_options_are_named() {
        QFETCH(QByteArray, query);
        QFETCH(QString, name);
        const auto answer = client_->submit(jpeg_, query.toStdString());
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.problem_code(), QString("invalid_argument"));
        QVERIFY2(answer.text("detail").contains(name), qPrintable(answer.text("detail")));
    }

    void bad_bodies_are_refused() {
        const auto empty = client_->submit({});
        QCOMPARE(empty.status, 400);
        QCOMPARE(empty.problem_code(), QString("empty_input"));
        const auto text =
            client_->post("/v1/jobs", "hello, this is not an image", "Content-Type: image/png\r\n");
        QCOMPARE(text.status, 415);
        QCOMPARE(text.problem_code(), QString("not_an_image"));
        const auto type = client_->post("/v1/jobs", text_of(jpeg_), "Content-Type: text/html\r\n");
        QCOMPARE(type.status, 415);
        QCOMPARE(type.problem_code(), QString("unsupported_media_type"));
        QCOMPARE(client_->post("/upload", "--B--\r\n", std::string(form_type)).problem_code(),
                 QString("invalid_argument"));
        QCOMPARE(client_->submit(jpeg_, {}, "Prefer: wait=long\r\n").problem_code(),
                 QString("invalid_argument"));
    }

    void a_lying_content_type_does_not_matter() {
        const auto answer = client_->post("/v1/jobs", text_of(jpeg_),
                                          "Content-Type: image/png\r\nPrefer: wait=30\r\n");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.text("media_type"), QString("image/jpeg"));
    }

    void too_large_a_body_is_413_with_and_without_a_length() {
        const std::string body(3 << 20, 'x');
        const auto sized = client_->post("/v1/jobs", body, "Content-Type: image/png\r\n");
        QCOMPARE(sized.status, 413);
        QVERIFY(!sized.problem_code().isEmpty());
        RawClient raw(daemon_->port());
        raw.patience = std::chrono::seconds(20);
        raw.send("POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        raw.send("300000\r\n" + body + "\r\n0\r\n\r\n");
        QCOMPARE(raw.response().status, 413);
        // The image in a form is held to the same limit as a bare one.
        auto padded = jpeg_;
        padded.resize((2 << 20) + 1);
        const auto in_form =
            client_->post("/upload", form(text_of(padded)), std::string(form_type));
        QCOMPARE(in_form.status, 413);
        QCOMPARE(in_form.problem_code(), QString("input_too_large"));
    }

    void images_own_faults_are_on_the_job() {
        auto truncated = make_test_image({.width = 1000, .height = 800});
        truncated.resize(truncated.size() / 10);
        const auto answer = client_->submit(truncated, {}, "Prefer: wait=30\r\n");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.text("status"), QString("failed"));
        const auto error = answer.json().value("error").toObject();
        QVERIFY(!error.value("code").toString().isEmpty());
        QVERIFY(!error.value("message").toString().isEmpty());
        const auto thumbnail = client_->get(path_of(answer.json(), "/thumbnail"));
        QCOMPARE(thumbnail.status, 409);
        QCOMPARE(thumbnail.text("job_id"), answer.text("id"));

        const auto huge = client_->submit(make_test_image({.width = 3000, .height = 2000}), {},
                                          "Prefer: wait=30\r\n");
        QCOMPARE(huge.json().value("error").toObject().value("code").toString(),
                 QString("image_too_large"));
    }

    void request_ids_and_traces_are_taken_over() {
        const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        const auto answer = client_->submit(jpeg_, {},
                                            "X-Request-Id: my-id-1\r\ntraceparent: " + trace +
                                                "\r\n"
                                                "Prefer: wait=30\r\n");
        QCOMPARE(answer.header("x-request-id"), std::string("my-id-1"));
        QCOMPARE(answer.header("traceparent"), trace);
        const auto logs = client_->get(path_of(answer.json(), "/logs")).json();
        const auto line = logs.value("lines").toArray().first().toObject();
        QCOMPARE(line.value("request_id").toString(), QString("my-id-1"));
        const auto id = answer.text("id").toStdString();
        QTRY_VERIFY(daemon_->log().find("job_id=" + id) != std::string::npos);
        QTRY_VERIFY(daemon_->log().find("trace_id=0af7651916cd43dd8448eb211c80319c") !=
                    std::string::npos);
    }

    void a_full_queue_is_429() {
        QTemporaryDir directory;
        ThumbdProcess daemon({.data_dir = directory.filePath("data").toStdString(),
                              .arguments = {"--role", "api", "--max-queued", "2"}});
        ApiClient client(daemon.port());
        QCOMPARE(client.submit(jpeg_).status, 202);
        QCOMPARE(client.submit(jpeg_).status, 202);
        const auto third = client.submit(jpeg_);
        QCOMPARE(third.status, 429);
        QCOMPARE(third.problem_code(), QString("queue_full"));
        QVERIFY(!third.header("retry-after").empty());
        // Without workers, a wait ends unmet.
        QCOMPARE(client
                     .remove(path_of(
                         client.get("/v1/jobs").json().value("jobs").toArray().first().toObject()))
                     .status,
                 204);
        const auto unmet = client.submit(jpeg_, {}, "Prefer: wait=1\r\n");
        QCOMPARE(unmet.status, 202);
        QCOMPARE(unmet.text("status"), QString("queued"));
    }

    void a_full_disk_is_507() {
        QTemporaryDir directory;
        ThumbdProcess daemon({.data_dir = directory.filePath("data").toStdString(),
                              .arguments = {"--disk-reserve", "8000TiB"}});
        ApiClient client(daemon.port());
        const auto answer = client.submit(jpeg_);
        QCOMPARE(answer.status, 507);
        QCOMPARE(answer.problem_code(), QString("storage_full"));
        QVERIFY(!answer.header("retry-after").empty());
        QCOMPARE(client.get("/v1/jobs").json().value("jobs").toArray().size(), 0);
    }

    void originals_can_be_dropped() {
        QTemporaryDir directory;
        ThumbdProcess daemon({.data_dir = directory.filePath("data").toStdString(),
                              .arguments = {"--originals", "delete"}});
        ApiClient client(daemon.port());
        const auto job = client.submit_and_wait(jpeg_);
        QVERIFY(!job.isEmpty());
        QVERIFY(!job.value("links").toObject().contains("original"));
        QCOMPARE(client.get(path_of(job, "/original")).status, 404);
        QCOMPARE(client.get(path_of(job, "/thumbnail")).status, 200);
    }
};

QTEST_GUILESS_MAIN(ThumbdSubmitTest)
#include "thumbd_submit_test.moc"
