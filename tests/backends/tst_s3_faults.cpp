// The S3 storage against a server that misbehaves.
#include "backends/s3_fixture.h"
#include "support/blobs.h"
#include "support/errors.h"

#include <QTest>

#include <atomic>
#include <chrono>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

S3Storage make_storage(const ScriptedServer& server, const std::string& options = {}) {
    return {settings_for(server, options), static_keys(), Clock::system()};
}

/// Answers probes; `first` for the first other request, `then` for the rest.
ScriptedServer::Script once(ScriptedReply first, ScriptedServer::Script then) {
    auto begun = std::make_shared<std::atomic<bool>>(false);
    return [=](const ScriptedRequest& request) -> ScriptedReply {
        if (is_probe(request))
            return {};
        return begun->exchange(true) ? then(request) : first;
    };
}

ScriptedServer::Script always(ScriptedReply reply) {
    return once(reply, [reply](const ScriptedRequest&) { return reply; });
}

std::string text_of(const Blob& blob) {
    const Bytes bytes = blob.read_all();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Everything that an error of `call` says, for people and for the log.
template <typename Call>
std::string words_of(Call&& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what() + (" | " + error.detail());
    }
    return {};
}

std::size_t count_of(const ScriptedServer& server, const std::string& method) {
    std::size_t count = 0;
    for (const ScriptedRequest& request : server.requests())
        count += request.method == method && !is_probe(request) ? 1 : 0;
    return count;
}

const std::string image(5'000, 'i');

} // namespace

class TestS3Faults : public QObject {
    Q_OBJECT

private slots:
    void tries_again_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("how");
        const auto answer = static_cast<int>(How::answer);
        QTest::newRow("500") << 500 << "InternalError" << answer;
        QTest::newRow("502 without a text") << 502 << "" << answer;
        QTest::newRow("503 SlowDown") << 503 << "SlowDown" << answer;
        QTest::newRow("400 RequestTimeout") << 400 << "RequestTimeout" << answer;
        QTest::newRow("429") << 429 << "TooManyRequests" << answer;
        QTest::newRow("reset") << 200 << "" << static_cast<int>(How::reset);
        QTest::newRow("stall") << 200 << "" << static_cast<int>(How::stall);
        QTest::newRow("truncated")
            << 206 << "half of this is missing" << static_cast<int>(How::truncate);
    }

    void tries_again() {
        QFETCH(int, status);
        QFETCH(QString, code);
        QFETCH(int, how);
        ScriptedReply fault = error_reply(status, code.toStdString());
        if (code.isEmpty())
            fault.body.clear();
        fault.how = static_cast<How>(how);

        ScriptedServer server(once(
            fault, [](const ScriptedRequest& request) { return object_reply(request, image); }));
        S3Storage storage = make_storage(server, "&timeout=6s"); // 2 s of a stall
        QCOMPARE(text_of(*storage.open("job/original")), image);
        QCOMPARE(count_of(server, "GET"), std::size_t{2});

        server.set_script(once(fault, [](const ScriptedRequest&) { return ScriptedReply{}; }));
        storage.put("job/original", *copy_blob(as_bytes(image)), BlobKind::original);
        const auto requests = server.requests();
        QVERIFY(requests.back().body == image);
        if (how != static_cast<int>(How::truncate)) // for a PUT, that is an answer like others
            QCOMPARE(count_of(server, "PUT"), std::size_t{2});
    }

    void gives_up_after_some_attempts() {
        ScriptedServer server(always(error_reply(503, "SlowDown")));
        S3Storage storage = make_storage(server);
        const std::string words =
            words_of([&] { storage.put("a/b", *copy_blob(as_bytes("x")), BlobKind::original); });
        QVERIFY2(words.find("503 (SlowDown)") != std::string::npos, words.c_str());
        QCOMPARE(count_of(server, "PUT"), std::size_t{6});
        EXPECT_ERROR(storage.open("a/b"), storage_unavailable);
        EXPECT_ERROR(storage.remove("a/b"), storage_unavailable);
        EXPECT_ERROR(storage.list("", 10), storage_unavailable);
    }

    void gives_up_at_the_deadline() {
        ScriptedServer server(always({.how = How::stall}));
        S3Storage storage = make_storage(server, "&timeout=1s");
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_ERROR(storage.open("a/b"), storage_unavailable);
        QVERIFY(std::chrono::steady_clock::now() - begun < std::chrono::seconds(15));
    }

    void waits_no_longer_than_the_deadline() {
        ScriptedReply later = error_reply(503, "SlowDown");
        later.headers["Retry-After"] = "60";
        ScriptedServer server(always(later));
        S3Storage storage = make_storage(server, "&timeout=20s");
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_ERROR(storage.open("a/b"), storage_unavailable);
        QVERIFY(std::chrono::steady_clock::now() - begun < std::chrono::seconds(15));
        QCOMPARE(count_of(server, "GET"), std::size_t{1});
    }

    void a_server_that_is_gone_is_unavailable() {
        std::string options;
        auto server = std::make_unique<ScriptedServer>(always({}));
        S3Storage storage = make_storage(*server);
        server.reset();
        EXPECT_ERROR(storage.open("a/b"), storage_unavailable);
        EXPECT_ERROR(storage.probe(), storage_unavailable);
    }

    void a_fault_of_ours_is_not_repeated_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("code");
        QTest::newRow("denied") << 403 << "AccessDenied";
        QTest::newRow("signature") << 403 << "SignatureDoesNotMatch";
        QTest::newRow("bucket") << 404 << "NoSuchBucket";
        QTest::newRow("region") << 301 << "PermanentRedirect";
        QTest::newRow("malformed") << 400 << "AuthorizationHeaderMalformed";
        QTest::newRow("clock") << 403 << "RequestTimeTooSkewed";
        QTest::newRow("not implemented") << 501 << "NotImplemented";
    }

    void a_fault_of_ours_is_not_repeated() {
        QFETCH(int, status);
        QFETCH(QString, code);
        ScriptedReply reply = error_reply(status, code.toStdString());
        // Real servers repeat what was signed, and tokens, in their texts.
        reply.body = "<Error><Code>" + code.toStdString() + "</Code><Token-0>" + secret_key +
                     "</Token-0><AWSAccessKeyId>" + access_key + "</AWSAccessKeyId></Error>";
        ScriptedServer server(always(reply));
        S3Storage storage = make_storage(server);
        const std::string words = words_of([&] { storage.open("a/b"); });
        QVERIFY2(words.find(code.toStdString()) != std::string::npos, words.c_str());
        QVERIFY2(words.find(secret_key) == std::string::npos, words.c_str());
        QVERIFY2(words.find(access_key) == std::string::npos, words.c_str());
        QCOMPARE(count_of(server, "GET"), std::size_t{1});
        EXPECT_ERROR(storage.open("a/b"), storage_unavailable);
    }

    void a_full_bucket_is_full_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("code");
        QTest::newRow("quota") << 403 << "QuotaExceeded";
        QTest::newRow("507") << 507 << "XMinioStorageFull";
    }

    void a_full_bucket_is_full() {
        QFETCH(int, status);
        QFETCH(QString, code);
        ScriptedServer server(always(error_reply(status, code.toStdString())));
        S3Storage storage = make_storage(server);
        EXPECT_ERROR(storage.put("a/b", *copy_blob(as_bytes("x")), BlobKind::original),
                     storage_full);
        QCOMPARE(count_of(server, "PUT"), std::size_t{1});
    }

    void a_bucket_that_is_not_there_is_said_at_once() {
        ScriptedServer server([](const ScriptedRequest&) { return ScriptedReply{.status = 404}; });
        const std::string words = words_of([&] { make_storage(server); });
        QVERIFY2(words.find("the bucket does not exist") != std::string::npos, words.c_str());
    }

    void damaged_listings_are_refused_data() {
        QTest::addColumn<QString>("text");
        const QString entry = "<Contents><Key>%1</Key><Size>1</Size>"
                              "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>";
        const QString list = "<ListBucketResult><IsTruncated>%1</IsTruncated>%2</ListBucketResult>";
        QTest::newRow("no XML") << "<<<";
        QTest::newRow("cut off") << "<ListBucketResult><IsTruncated>false</IsTruncated>";
        QTest::newRow("another answer") << "<html><body>hello</body></html>";
        QTest::newRow("nothing of more") << list.arg("true", "");
        QTest::newRow("no size") << list.arg("false", "<Contents><Key>images/blobs/a</Key>"
                                                      "</Contents>");
        QTest::newRow("another prefix") << list.arg("false", entry.arg("other/a"));
        QTest::newRow("no order") << list.arg("false", entry.arg("images/blobs/b") +
                                                           entry.arg("images/blobs/a"));
    }

    void damaged_listings_are_refused() {
        QFETCH(QString, text);
        ScriptedServer server(always({.body = text.toStdString()}));
        S3Storage storage = make_storage(server);
        EXPECT_ERROR(storage.list("", 10), storage_unavailable);
    }

    void foreign_objects_are_passed_over() {
        const std::string entry = "<Size>7</Size><LastModified>2026-01-01T00:00:00.000Z"
                                  "</LastModified></Contents>";
        ScriptedServer server([&](const ScriptedRequest& request) -> ScriptedReply {
            const bool first = request.target.find("start-after") == std::string::npos;
            return {.body =
                        "<ListBucketResult><IsTruncated>" + std::string(first ? "true" : "false") +
                        "</IsTruncated><Contents><Key>images/blobs/" +
                        (first ? "Not Ours.txt" : "a/b") + "</Key>" + entry + "</ListBucketResult>",
                    .headers = {{"Date", "Thu, 01 Jan 2026 01:00:00 GMT"}}};
        });
        S3Storage storage = make_storage(server);
        const StoredBlobPage page = storage.list("", 1);
        QCOMPARE(page.blobs.size(), std::size_t{1});
        QCOMPARE(page.blobs.front().key, std::string("a/b"));
        // By the server's clock, however late it is here.
        QCOMPARE(page.blobs.front().age, Milliseconds(std::chrono::hours(1)));
        QVERIFY(page.cursor.empty());
        QCOMPARE(server.requests().back().target,
                 std::string("/bucket?list-type=2&max-keys=1&prefix=images%2Fblobs%2F&start-after="
                             "images%2Fblobs%2FNot%20Ours.txt"));
    }

    void reads_large_images_in_parts() {
        std::string large(5 << 20, '\0');
        for (std::size_t i = 0; i < large.size(); ++i)
            large[i] = static_cast<char>((i * 7) >> 8);
        ScriptedServer server([&](const ScriptedRequest& request) {
            return is_probe(request) ? ScriptedReply{} : object_reply(request, large);
        });
        S3Storage storage = make_storage(server);
        const BlobPtr blob = storage.open("job/original");
        QCOMPARE(blob->size(), static_cast<std::int64_t>(large.size()));
        QVERIFY(text_of(*blob) == large);
        QCOMPARE(count_of(server, "GET"), std::size_t{2}); // the beginning, and the rest at once
        Bytes piece(1000);
        for (std::int64_t at = 2'000'000; at < 2'900'000; at += 1000) {
            QCOMPARE(blob->read(at, piece), std::size_t{1000});
            QVERIFY(std::equal(piece.begin(), piece.end(), as_bytes(large).begin() + at));
        }
        QCOMPARE(count_of(server, "GET"), std::size_t{3}); // small pieces come by way of a window
    }

    void takes_all_of_a_server_without_ranges() {
        const std::string large(3 << 20, 'x');
        ScriptedServer server([&](const ScriptedRequest& request) {
            return is_probe(request) ? ScriptedReply{} : ScriptedReply{.body = large};
        });
        S3Storage storage = make_storage(server);
        QVERIFY(text_of(*storage.open("job/original")) == large);
    }

    void an_image_removed_meanwhile_is_not_found() {
        const std::string large(3 << 20, 'x');
        ScriptedServer server(
            once(object_reply({.headers = {{"range", "bytes=0-1048575"}}}, large),
                 [](const ScriptedRequest&) { return error_reply(404, "NoSuchKey"); }));
        S3Storage storage = make_storage(server);
        const BlobPtr blob = storage.open("job/original");
        EXPECT_ERROR(blob->read_all(), not_found);
    }

    void an_answer_that_does_not_fit_is_refused() {
        ScriptedServer server(always(
            {.status = 206, .body = "four", .headers = {{"Content-Range", "bytes 0-99/5000"}}}));
        S3Storage storage = make_storage(server);
        EXPECT_ERROR(storage.open("job/original"), storage_unavailable);
    }

    void sends_what_the_url_asks_for() {
        ScriptedServer server(always({}));
        S3Settings settings =
            settings_for(server, "&sse=AES256&storage-class=STANDARD_IA&addressing=virtual");
        settings.endpoint = "http://localhost:" + std::to_string(server.port());
        S3Storage storage(settings,
                          variables_of({{"AWS_ACCESS_KEY_ID", access_key},
                                        {"AWS_SECRET_ACCESS_KEY", secret_key},
                                        {"AWS_SESSION_TOKEN", "session"}}),
                          Clock::system());
        storage.put("a/b", *copy_blob(as_bytes("hello")), BlobKind::original);
        ScriptedRequest sent = server.requests().back();
        QCOMPARE(sent.target, std::string("/images/blobs/a/b"));
        QCOMPARE(sent.headers["host"], "bucket.localhost:" + std::to_string(server.port()));
        QCOMPARE(sent.headers["x-amz-server-side-encryption"], std::string("AES256"));
        QCOMPARE(sent.headers["x-amz-storage-class"], std::string("STANDARD_IA"));
        QCOMPARE(sent.headers["x-amz-security-token"], std::string("session"));
        QCOMPARE(sent.headers["x-amz-content-sha256"],
                 std::string("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
        const std::string signature = sent.headers["authorization"];
        for (const char* const part :
             {"AWS4-HMAC-SHA256", "/eu-central-1/s3/aws4_request",
              "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
              "x-amz-security-token;x-amz-server-side-encryption;x-amz-storage-class"})
            QVERIFY2(signature.find(part) != std::string::npos, signature.c_str());
    }

    void keeps_its_connection() {
        ScriptedServer server([](const ScriptedRequest& request) {
            return is_probe(request) ? ScriptedReply{} : object_reply(request, image);
        });
        S3Storage storage = make_storage(server);
        for (int i = 0; i < 10; ++i)
            QCOMPARE(text_of(*storage.open("job/original")), image);
        QCOMPARE(server.connections(), 1);
    }

    void unusable_urls_are_refused_data() {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("named");
        QTest::newRow("no bucket") << "s3:bucket"
                                   << "bucket";
        QTest::newRow("bucket") << "s3://Bucket_1?region=r"
                                << "\"Bucket_1\"";
        QTest::newRow("user") << "s3://me:hidden@bucket?region=r"
                              << "user or password";
        QTest::newRow("prefix") << "s3://bucket/a/../b?region=r"
                                << "prefix";
        QTest::newRow("no region") << "s3://bucket/a"
                                   << "region";
        QTest::newRow("region") << "s3://bucket?region=EU%20west"
                                << "region";
        QTest::newRow("endpoint") << "s3://bucket?endpoint=s3.example.org"
                                  << "endpoint";
        QTest::newRow("endpoint with a path") << "s3://bucket?endpoint=http://a/b"
                                              << "endpoint";
        QTest::newRow("endpoint with a user") << "s3://bucket?endpoint=http://u:hidden@a"
                                              << "endpoint";
        QTest::newRow("addressing") << "s3://bucket?region=r&addressing=host"
                                    << "path or virtual";
        QTest::newRow("timeout") << "s3://bucket?region=r&timeout=2m"
                                 << "1s to 30s";
        QTest::newRow("sse") << "s3://bucket?region=r&sse=rot13"
                             << "AES256";
        QTest::newRow("key without sse") << "s3://bucket?region=r&sse-kms-key-id=k"
                                         << "aws:kms";
        QTest::newRow("storage class") << "s3://bucket?region=r&storage-class=cold"
                                       << "STANDARD_IA";
        QTest::newRow("unknown") << "s3://bucket?region=r&acl=public"
                                 << "\"acl\"";
    }

    void unusable_urls_are_refused() {
        QFETCH(QString, url);
        QFETCH(QString, named);
        const auto parse = [&] {
            parse_s3_url(BackendUrl::parse(url.toStdString()), static_keys());
        };
        EXPECT_ERROR(parse(), invalid_argument);
        QVERIFY2(message_of(parse).contains(named), qPrintable(message_of(parse)));
        QVERIFY(!message_of(parse).contains("hidden"));
    }
};

QTEST_GUILESS_MAIN(TestS3Faults)
#include "tst_s3_faults.moc"
