// A thumbd behind the seam, when things go wrong: with real servers, and with ones that lie.

#include "desktop/support/http_front.h"
#include "desktop/support/place_watch.h"
#include "desktop/support/raw_server.h"
#include "place/remote_place.h"
#include "place/server_address.h"
#include "support/certificates.h"
#include "support/tcp_proxy.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QFile>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <set>

using namespace desktop;
using namespace desktop::test;
using namespace std::chrono_literals;
using thumbjobs::Job;
using thumbjobs::JobState;
using thumbjobs::test::ThumbdProcess;
using State = Connection::State;

namespace {

constexpr auto sample_job =
    R"({"id":"01a2014d-443f-7cf2-b607-9433ed24974c","status":"queued","filename":"a.jpg",)"
    R"("media_type":"image/jpeg","bytes":10,"width":null,"height":null,"priority":0,"attempts":0,)"
    R"("max_attempts":3,"created_at":"2026-01-01T00:00:00.000Z",)"
    R"("updated_at":"2026-01-01T00:00:00.000Z","started_at":null,"finished_at":null,)"
    R"("next_attempt_at":null,"expires_at":null,"crashes":0,"progress":0,"metadata":{},)"
    R"("renditions":[],"error":null,"links":{}})";

QByteArray jpeg() {
    const auto bytes = thumbjobs::test::make_test_image({.width = 64, .height = 48});
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

/// Quick enough for a test.
RemotePlace::Options options_for(const QUrl& address, const QString& token = {}) {
    RemotePlace::Options options;
    options.access.address = address;
    options.access.token = token;
    options.events.first_delay = 50ms;
    options.events.max_delay = 500ms;
    options.submit_delay = 20ms;
    return options;
}

thumbjobs::JobId sample_id() {
    return *thumbjobs::JobId::parse("01a2014d-443f-7cf2-b607-9433ed24974c");
}

bool is_submit(const RawRequest& request) {
    return request.method == "POST" && request.target == "/v1/jobs";
}

constexpr auto not_handled = [] { return RawServer::Reply{.handled = false}; };

class TestRemotePlace : public QObject {
    Q_OBJECT

private slots:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void no_job_is_lost_or_doubled_by_a_killed_server();
    void works_under_a_sub_path_with_a_token();
    void a_token_that_may_only_read_is_refused_for_that_call();
    void trusts_an_authority_of_the_users();
    void a_silent_server_leaves_the_loop_turning();

    void comes_back_with_the_last_cursor();
    void a_reset_of_the_server_is_passed_on();
    void an_unreadable_event_means_listing_anew();
    void a_lost_answer_to_a_submit_makes_no_second_job();
    void a_full_queue_says_when_to_come_back();
    void a_token_that_is_revoked_is_told();
    void never_follows_a_redirect();
    void knows_what_is_no_thumbd_data();
    void knows_what_is_no_thumbd();
    void survives_nonsense_data();
    void survives_nonsense();
    void an_endless_answer_is_given_up();
    void a_page_that_is_not_there_is_no_removed_job();

private:
    std::string data_dir() const { return folder_->filePath("thumbd").toStdString(); }
    QString token_file(const QByteArray& line) const;

    std::unique_ptr<QTemporaryDir> folder_;
};

QString TestRemotePlace::token_file(const QByteArray& line) const {
    const QString path = folder_->filePath("tokens");
    QFile file(path);
    if (file.open(QIODevice::WriteOnly)) {
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(line + '\n');
    }
    return path;
}

// --- Real servers

void TestRemotePlace::no_job_is_lost_or_doubled_by_a_killed_server() {
    const auto start = [this] {
        return std::make_unique<ThumbdProcess>(ThumbdProcess::Options{
            .data_dir = data_dir(), .arguments = {"--workers", "1", "--lease", "2s"}});
    };
    auto server = start();
    HttpFront front({}, server->port());
    RemotePlace place(options_for(front.url()));
    const PlaceWatch watch(place);
    place.open();
    QVERIFY(becomes(place, State::online));

    constexpr int count = 24;
    const QByteArray image = jpeg();
    std::set<thumbjobs::JobId> ids;
    int answers = 0;
    for (int i = 0; i < count; ++i)
        place.submit({.bytes = image, .file_name = "one.jpg"}, this, [&](const Result<Job>& job) {
            ++answers;
            QVERIFY2(job, job ? "" : qPrintable(job.failure().message));
            ids.insert(job.value().id);
        });
    QTRY_VERIFY_WITH_TIMEOUT(answers >= 4, patience_ms);
    server->kill();
    QVERIFY(becomes(place, State::reconnecting));
    QVERIFY(!place.connection().message.isEmpty());
    server = start();
    front.set_upstream(server->port());
    QVERIFY(becomes(place, State::online));

    QTRY_COMPARE_WITH_TIMEOUT(answers, count, patience_ms);
    QCOMPARE(ids.size(), std::size_t{count});
    for (const auto& id : ids)
        QVERIFY(watch.sees(id, JobState::succeeded));
    QCOMPARE(list(place).value().jobs.size(), std::size_t{count});
    QCOMPARE(watch.resets, 1); // the events went on where they had stopped
}

void TestRemotePlace::works_under_a_sub_path_with_a_token() {
    const ThumbdProcess server(
        {.data_dir = data_dir(),
         .arguments = {"--token-file", token_file("submit right-token-1234567").toStdString()}});
    HttpFront front("/thumbs", server.port());
    {
        RemotePlace place(options_for(front.url(), "wrong-token-1234567"));
        place.open();
        QVERIFY(becomes(place, State::refused));
        QVERIFY(!place.connection().message.contains("wrong-token"));
        QCOMPARE(list(place).failure().code, std::string(code_refused));
    }
    RemotePlace place(options_for(front.url(), "right-token-1234567"));
    QVERIFY(!place.description().title.contains("token"));
    const PlaceWatch watch(place);
    place.open();
    QVERIFY(becomes(place, State::online));
    const auto job = submit(place, {.bytes = jpeg(), .file_name = "a.jpg"});
    QVERIFY2(job, job ? "" : qPrintable(job.failure().message));
    QVERIFY(watch.sees(job.value().id, JobState::succeeded));
    const auto file =
        ask<QByteArray>([&](auto... to) { place.rendition(job.value().id, {}, to...); });
    QVERIFY(!QImage::fromData(file.value()).isNull());
}

void TestRemotePlace::a_token_that_may_only_read_is_refused_for_that_call() {
    const ThumbdProcess server(
        {.data_dir = data_dir(),
         .arguments = {"--token-file", token_file("read reading-token-12345").toStdString()}});
    RemotePlace place(
        options_for(QUrl(QString::fromStdString(server.url()) + '/'), "reading-token-12345"));
    place.open();
    QVERIFY(becomes(place, State::online));
    const auto job = submit(place, {.bytes = jpeg(), .file_name = "a.jpg"});
    QCOMPARE(job.failure().code, std::string(code_refused));
    QVERIFY(list(place));
    QCOMPARE(place.connection().state, State::online);
}

void TestRemotePlace::trusts_an_authority_of_the_users() {
    const thumbjobs::test::Certificates certificates(folder_->path().toStdString());
    const ThumbdProcess server({.data_dir = data_dir(),
                                .arguments = {"--tls-cert", certificates.server_cert(), "--tls-key",
                                              certificates.server_key()}});
    auto options = options_for(QUrl(QString::fromStdString(server.url()) + '/'));
    QCOMPARE(options.access.address.scheme(), QString("https"));
    {
        RemotePlace place(options);
        place.open();
        QVERIFY(becomes(place, State::failed));
        QVERIFY2(place.connection().message.contains("not trusted"),
                 qPrintable(place.connection().message));
    }
    options.access.ca_file = folder_->filePath("none.pem");
    {
        RemotePlace place(options);
        place.open();
        QVERIFY(becomes(place, State::failed));
        QVERIFY(place.connection().message.contains("certificates"));
    }
    options.access.ca_file = QString::fromStdString(certificates.ca());
    RemotePlace place(options);
    place.open();
    QVERIFY2(becomes(place, State::online), qPrintable(place.connection().message));
    QVERIFY(submit(place, {.bytes = jpeg(), .file_name = "a.jpg"}));
}

void TestRemotePlace::a_silent_server_leaves_the_loop_turning() {
    const ThumbdProcess server({.data_dir = data_dir(), .arguments = {"--event-heartbeat", "1s"}});
    thumbjobs::test::TcpProxy proxy(server.port());
    auto options = options_for(QUrl("http://127.0.0.1:" + QString::number(proxy.port()) + '/'));
    options.events.silence = 3s;
    options.events.headers = 2s;
    options.silence = 2s;
    RemotePlace place(options);
    const PlaceWatch watch(place);
    place.open();
    QVERIFY(becomes(place, State::online));

    proxy.set_black_hole(true);
    const LoopProbe probe;
    int failures = 0;
    for (int i = 0; i < 50; ++i)
        place.rendition(sample_id(), {}, this, [&failures](const Result<QByteArray>& file) {
            failures += !file && file.failure().code == code_unreachable ? 1 : 0;
        });
    int answers = 0;
    place.submit({.bytes = jpeg(), .file_name = "a.jpg"}, this,
                 [&answers](const Result<Job>& job) { answers += job ? 1 : 100; });
    QVERIFY(becomes(place, State::reconnecting));
    QTRY_VERIFY_WITH_TIMEOUT(failures >= 5, patience_ms);
    QVERIFY(probe.turns() > 50);
    QVERIFY2(probe.longest_ms() < 1'000, qPrintable(QString::number(probe.longest_ms())));

    proxy.set_black_hole(false);
    proxy.cut();
    QVERIFY(becomes(place, State::online));
    QTRY_COMPARE_WITH_TIMEOUT(answers, 1, patience_ms);
    QCOMPARE(list(place).value().jobs.size(), std::size_t{1});
}

// --- Servers that lie

void TestRemotePlace::comes_back_with_the_last_cursor() {
    RawServer server;
    RemotePlace place(options_for(server.url()));
    const PlaceWatch watch(place);
    place.open();
    QVERIFY(becomes(place, State::online));
    QTRY_COMPARE(server.streams(), 1);
    QCOMPARE(server.requests.back().headers["last-event-id"], QByteArray("start-1"));
    server.stream(QByteArray("id: c-7\nevent: job\ndata: ") + sample_job + "\n\n");
    QTRY_COMPARE(watch.jobs.size(), std::size_t{1});
    QVERIFY(watch.jobs.begin()->first == sample_id());
    server.cut();
    QTRY_VERIFY(watch.states.size() >= 4);
    QVERIFY(becomes(place, State::online));
    QTRY_COMPARE(server.streams(), 1);
    QCOMPARE(server.requests.back().headers["last-event-id"], QByteArray("c-7"));
    server.stream("id: c-8\nevent: deleted\r\ndata: {\"id\":\"01a2014d-443f-7cf2-b607-"
                  "9433ed24974c\"}\r\n\r\nevent: something-new\ndata: {}\n\n");
    QTRY_COMPARE(watch.deletions.size(), std::size_t{1});
    QCOMPARE(watch.resets, 1);
}

void TestRemotePlace::a_reset_of_the_server_is_passed_on() {
    RawServer server;
    RemotePlace place(options_for(server.url()));
    const PlaceWatch watch(place);
    place.open();
    QTRY_COMPARE(server.streams(), 1);
    QTRY_COMPARE(watch.resets, 1);
    server.stream("event: reset\ndata: {\"cursor\":\"new-1\"}\n\n");
    QTRY_COMPARE(watch.resets, 2);
    server.cut();
    QTRY_COMPARE(server.streams(), 1);
    QCOMPARE(server.requests.back().headers["last-event-id"], QByteArray("new-1"));
}

void TestRemotePlace::an_unreadable_event_means_listing_anew() {
    RawServer server;
    RemotePlace place(options_for(server.url()));
    const PlaceWatch watch(place);
    place.open();
    QTRY_COMPARE(server.streams(), 1);
    QTRY_COMPARE(watch.resets, 1);
    server.stream("id: c-2\nevent: job\ndata: {\"id\":7}\n\n");
    QTRY_COMPARE(watch.resets, 2);
    // An id that would break out of the header it comes back in.
    QTRY_COMPARE(server.streams(), 1);
    server.stream(QByteArray("id: a\x01"
                             "b\nevent: job\ndata: ") +
                  sample_job + "\n\n");
    QTRY_COMPARE(watch.resets, 3);
    QVERIFY(watch.jobs.empty());
    // And an event without an end.
    QTRY_COMPARE(server.streams(), 1);
    server.stream("data: " + QByteArray((1 << 20) + 10, 'x'));
    QTRY_COMPARE(server.streams(), 0);
    QVERIFY(becomes(place, State::online));
}

void TestRemotePlace::a_lost_answer_to_a_submit_makes_no_second_job() {
    std::vector<QByteArray> keys;
    RawServer server([&keys](const RawRequest& request) {
        if (!is_submit(request))
            return not_handled();
        keys.push_back(request.headers.at("idempotency-key"));
        switch (keys.size()) {
        case 1:
            return RawServer::Reply{.close = true};
        case 2:
            return RawServer::answer(
                503, R"({"code":"store_unavailable","detail":"Later."})",
                "Content-Type: application/problem+json\r\nRetry-After: 0\r\n");
        default:
            return RawServer::answer(202, sample_job);
        }
    });
    RemotePlace place(options_for(server.url()));
    place.open();
    const auto job = submit(place, {.bytes = jpeg(), .file_name = "a.jpg"});
    QVERIFY2(job, job ? "" : qPrintable(job.failure().message));
    QCOMPARE(keys.size(), std::size_t{3});
    QVERIFY(keys[0] == keys[1] && keys[1] == keys[2] && !keys[0].isEmpty());
}

void TestRemotePlace::a_full_queue_says_when_to_come_back() {
    RawServer server([](const RawRequest& request) {
        return is_submit(request)
                   ? RawServer::answer(429, R"({"code":"queue_full","detail":"It is full."})",
                                       "Retry-After: 7\r\n")
                   : not_handled();
    });
    RemotePlace place(options_for(server.url()));
    place.open();
    const auto job = submit(place, {.bytes = jpeg(), .file_name = "a.jpg"});
    QCOMPARE(job.failure().code, std::string("queue_full"));
    QCOMPARE(job.failure().message, QString("It is full."));
    QVERIFY(job.failure().retryable);
    QVERIFY(job.failure().retry_after == 7s);
    QCOMPARE(std::ranges::count_if(server.requests, is_submit), 1);
}

void TestRemotePlace::a_token_that_is_revoked_is_told() {
    RawServer server([](const RawRequest& request) {
        return request.target == "/v1/stats"
                   ? RawServer::answer(401, "{}", "WWW-Authenticate: Bearer\r\n")
                   : not_handled();
    });
    RemotePlace place(options_for(server.url(), "some-token"));
    place.open();
    QVERIFY(becomes(place, State::online));
    QCOMPARE(server.requests.front().headers["authorization"], QByteArray("Bearer some-token"));
    const auto stats = ask<thumbjobs::EngineStats>([&](auto... to) { place.stats(to...); });
    QCOMPARE(stats.failure().code, std::string(code_refused));
    QVERIFY(becomes(place, State::refused));
    // Asked again, it tries again.
    place.open();
    QVERIFY(becomes(place, State::online));
}

void TestRemotePlace::never_follows_a_redirect() {
    RawServer elsewhere;
    const QByteArray there = elsewhere.url().toEncoded();
    RawServer server([&there](const RawRequest&) {
        return RawServer::answer(307, "", "Location: " + there + "v1/jobs?x=1\r\n");
    });
    RemotePlace place(options_for(server.url(), "some-token"));
    place.open();
    QVERIFY(becomes(place, State::failed));
    QVERIFY2(place.connection().message.contains(there), qPrintable(place.connection().message));
    QVERIFY(elsewhere.requests.empty());
}

void TestRemotePlace::knows_what_is_no_thumbd_data() {
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("a web page") << 200 << QByteArray("<html>Welcome!</html>");
    QTest::newRow("nothing there") << 404 << QByteArray("not found");
    QTest::newRow("other JSON") << 200 << QByteArray("[1,2,3]");
    QTest::newRow("no cursor") << 200 << QByteArray(R"({"jobs":[],"next_cursor":null})");
    QTest::newRow("a dangerous cursor")
        << 200 << QByteArray(R"({"jobs":[],"next_cursor":null,"events_cursor":"a\r\nX: y"})");
}

void TestRemotePlace::knows_what_is_no_thumbd() {
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    RawServer server([&](const RawRequest&) { return RawServer::answer(status, body); });
    RemotePlace place(options_for(server.url()));
    place.open();
    QVERIFY(becomes(place, State::failed));
    QVERIFY(place.connection().message.contains("no thumbd"));
}

void TestRemotePlace::survives_nonsense_data() {
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char* name, const QByteArray& bytes) {
        QTest::newRow(name) << bytes;
    };
    row("no HTTP", "hello\r\n\r\n");
    row("nothing", "");
    row("no JSON", RawServer::answer(200, "{").bytes);
    row("deep JSON", RawServer::answer(200, QByteArray(100'000, '[')).bytes);
    row("wrong types", RawServer::answer(200, R"({"jobs":{},"workers":[],"lines":3})").bytes);
    row("numbers out of range",
        RawServer::answer(200, QByteArray(sample_job).replace("\"bytes\":10", "\"bytes\":1e300"))
            .bytes);
    row("a broken length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc");
    row("a short body", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc");
    row("a broken chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc");
    row("broken gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
    row("a strange status", "HTTP/1.1 999 Hm\r\nContent-Length: 0\r\n\r\n");
    row("a problem that is none", RawServer::answer(409, R"({"code":7,"detail":[]})").bytes);
}

void TestRemotePlace::survives_nonsense() {
    QFETCH(QByteArray, bytes);
    RawServer server([&](const RawRequest& request) {
        const bool connecting =
            request.target == "/v1/jobs?limit=1" || request.target.startsWith("/v1/events");
        return connecting ? not_handled() : RawServer::Reply{.bytes = bytes, .close = true};
    });
    auto options = options_for(server.url());
    options.submit_tries = 2;
    RemotePlace place(options);
    place.open();
    QVERIFY(becomes(place, State::online));
    const auto id = sample_id();
    QVERIFY(!list(place));
    QVERIFY(!get(place, id));
    QVERIFY(!submit(place, {.bytes = jpeg(), .file_name = "a.jpg"}));
    QVERIFY(!ask<Job>([&](auto... to) { place.cancel(id, to...); }));
    QVERIFY(!ask<thumbjobs::EngineStats>([&](auto... to) { place.stats(to...); }));
    QVERIFY(!ask<std::vector<thumbjobs::LogLine>>([&](auto... to) { place.logs(id, to...); }));
    QCOMPARE(place.connection().state, State::online);
}

void TestRemotePlace::an_endless_answer_is_given_up() {
    RawServer server([](const RawRequest& request) {
        return request.target == "/v1/stats" ? RawServer::Reply{.bytes = "HTTP/1.1 200 OK\r\n\r\n" +
                                                                         QByteArray(40 << 20, ' ')}
                                             : not_handled();
    });
    RemotePlace place(options_for(server.url()));
    place.open();
    const auto stats = ask<thumbjobs::EngineStats>([&](auto... to) { place.stats(to...); });
    QCOMPARE(stats.failure().code, std::string(code_bad_answer));
}

void TestRemotePlace::a_page_that_is_not_there_is_no_removed_job() {
    RawServer server([](const RawRequest& request) {
        return request.method == "DELETE" ? RawServer::answer(404, "<html>", "") : not_handled();
    });
    RemotePlace place(options_for(server.url()));
    place.open();
    QVERIFY(!ask<Done>([&](auto... to) { place.remove(sample_id(), to...); }));
}

} // namespace

QTEST_MAIN(TestRemotePlace)
#include "tst_remote_place.moc"
