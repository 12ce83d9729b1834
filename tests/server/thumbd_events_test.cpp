#include "server/api_client.h"
#include "support/http_client.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <memory>
#include <vector>

using namespace thumbd::test;
using thumbjobs::test::HttpClient;
using thumbjobs::test::make_test_image;
using thumbjobs::test::ThumbdProcess;

namespace {

struct SeenEvent {
    std::string id;
    std::string kind;
    QJsonObject data;

    std::string job() const { return data.value("id").toString().toStdString(); }
    std::string status() const { return data.value("status").toString().toStdString(); }
};

/// An open event stream.
class Stream {
public:
    Stream(std::uint16_t port, const std::string& target, const std::string& headers = {})
        : client_(port, std::chrono::seconds(20)) {
        client_.open_stream(target, headers);
        // The greeting ends with an empty line.
        for (std::string line = client_.read_line(); !line.empty(); line = client_.read_line())
            if (line.starts_with("id: "))
                greeting_id = line.substr(4);
    }

    std::string greeting_id;

    /// The next event; throws when none comes.
    SeenEvent next() {
        SeenEvent event;
        for (;;) {
            const auto line = client_.read_line();
            if (line.empty() && !event.kind.empty())
                return event;
            if (line.starts_with("id: "))
                event.id = line.substr(4);
            else if (line.starts_with("event: "))
                event.kind = line.substr(7);
            else if (line.starts_with("data: "))
                event.data =
                    QJsonDocument::fromJson(QByteArray::fromStdString(line.substr(6))).object();
        }
    }

private:
    HttpClient client_;
};

std::int64_t resident_kib(pid_t pid) {
    std::ifstream stream("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    std::int64_t value = 0;
    while (stream >> word)
        if (word == "VmRSS:" && stream >> value)
            break;
    return value;
}

} // namespace

class ThumbdEventsTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    std::unique_ptr<ThumbdProcess> daemon_; ///< Without workers: nothing happens by itself.
    std::unique_ptr<ApiClient> client_;
    const thumbjobs::Bytes jpeg_ = make_test_image({});

    std::string submit() { return client_->submit(jpeg_).text("id").toStdString(); }
    void cancel(const std::string& id) { client_->post("/v1/jobs/" + id + "/cancel"); }

private slots:
    void initTestCase() {
        daemon_ = std::make_unique<ThumbdProcess>(ThumbdProcess::Options{
            .data_dir = directory_.filePath("data").toStdString(), .arguments = {"--role", "api"}});
        client_ = std::make_unique<ApiClient>(daemon_->port());
    }

    void cleanupTestCase() { QCOMPARE(daemon_->terminate().code, 0); }

    void changes_come_live() {
        Stream stream(daemon_->port(), "/v1/events");
        const auto id = submit();
        const auto queued = stream.next();
        QCOMPARE(queued.kind, std::string("job"));
        QCOMPARE(queued.job(), id);
        QCOMPARE(queued.status(), std::string("queued"));
        QVERIFY(queued.data.value("links").isObject());
        QVERIFY(!queued.id.empty());
        cancel(id);
        QCOMPARE(stream.next().status(), std::string("cancelled"));
        client_->remove("/v1/jobs/" + id);
        const auto deleted = stream.next();
        QCOMPARE(deleted.kind, std::string("deleted"));
        QCOMPARE(deleted.job(), id);
    }

    void a_list_and_its_cursor_miss_nothing() {
        const auto before = submit();
        const auto cursor =
            client_->get("/v1/jobs").json().value("events_cursor").toString().toStdString();
        const auto first = submit();
        const auto second = submit();
        Stream stream(daemon_->port(), "/v1/events?since=" + cursor);
        QCOMPARE(stream.next().job(), first);
        QCOMPARE(stream.next().job(), second);
        const auto live = submit();
        QCOMPARE(stream.next().job(), live);
    }

    void resuming_has_no_gap_and_no_repeat() {
        std::vector<std::string> ids;
        std::string last;
        {
            Stream stream(daemon_->port(), "/v1/events");
            for (int i = 0; i < 5; ++i)
                ids.push_back(submit());
            for (int i = 0; i < 3; ++i)
                last = stream.next().id;
        }
        // More than one page of the replay, while the stream catches up.
        for (int i = 0; i < 120; ++i)
            ids.push_back(submit());
        Stream by_header(daemon_->port(), "/v1/events", "Last-Event-ID: " + last + "\r\n");
        Stream by_query(daemon_->port(), "/v1/events?last_event_id=" + last);
        for (int i = 0; i < 40; ++i)
            ids.push_back(submit());
        for (std::size_t i = 3; i < ids.size(); ++i) {
            QCOMPARE(by_header.next().job(), ids[i]);
            QCOMPARE(by_query.next().job(), ids[i]);
        }
    }

    void the_greeting_tells_where_to_resume() {
        std::string position;
        {
            Stream stream(daemon_->port(), "/v1/events");
            position = stream.greeting_id;
        }
        QVERIFY(!position.empty());
        const auto id = submit();
        Stream stream(daemon_->port(), "/v1/events", "Last-Event-ID: " + position + "\r\n");
        QCOMPARE(stream.next().job(), id);
    }

    void filters_apply() {
        const auto mine = submit();
        Stream of_job(daemon_->port(), "/v1/events?job=" + mine);
        Stream of_state(daemon_->port(), "/v1/events?status=cancelled");
        const auto other = submit();
        cancel(other);
        cancel(mine);
        QCOMPARE(of_state.next().job(), other);
        QCOMPARE(of_state.next().job(), mine);
        const auto event = of_job.next();
        QCOMPARE(event.job(), mine);
        QCOMPARE(event.status(), std::string("cancelled"));
    }

    void a_foreign_cursor_gets_a_reset() {
        Stream stream(daemon_->port(), "/v1/events", "Last-Event-ID: 00000000-77\r\n");
        const auto reset = stream.next();
        QCOMPARE(reset.kind, std::string("reset"));
        QVERIFY(!reset.data.value("cursor").toString().isEmpty());
        const auto id = submit();
        QCOMPARE(stream.next().job(), id);
    }

    void a_cursor_that_is_too_old_gets_a_reset() {
        ThumbdProcess daemon({.data_dir = directory_.filePath("short").toStdString(),
                              .arguments = {"--role", "api", "--event-history", "100"}});
        ApiClient client(daemon.port());
        const auto first = client.submit(jpeg_).text("id").toStdString();
        const auto old = Stream(daemon.port(), "/v1/events").greeting_id;
        QCOMPARE(client.post("/v1/jobs/" + first + "/cancel").status, 200);
        {
            Stream stream(daemon.port(), "/v1/events", "Last-Event-ID: " + old + "\r\n");
            QCOMPARE(stream.next().job(), first); // so far it is known
        }
        // The store lets a good part gather before it forgets.
        for (int i = 0; i < 300; ++i)
            QCOMPARE(client.submit(jpeg_).status, 202);
        Stream stream(daemon.port(), "/v1/events", "Last-Event-ID: " + old + "\r\n");
        QCOMPARE(stream.next().kind, std::string("reset"));
        const auto latest = client.submit(jpeg_).text("id").toStdString();
        QCOMPARE(stream.next().job(), latest);
    }

    void a_quiet_stream_gets_a_heartbeat() {
        ThumbdProcess daemon({.data_dir = directory_.filePath("quiet").toStdString(),
                              .arguments = {"--role", "api", "--event-heartbeat", "50ms"}});
        HttpClient stream(daemon.port(), std::chrono::seconds(20));
        stream.open_stream("/v1/events", {});
        for (int beats = 0; beats < 3;)
            if (stream.read_line() == ": heartbeat")
                ++beats;
    }

    void bad_filters_are_refused() {
        for (const auto query : {"job=7", "status=done", "colour=red"})
            QCOMPARE(client_->get(std::string("/v1/events?") + query).problem_code(),
                     QString("invalid_argument"));
        QCOMPARE(client_->request("HEAD", "/v1/events").status, 200);
    }

    void a_reader_that_does_not_read_is_cut_off() {
        RawClient slow(daemon_->port(), 4096);
        slow.send(request("GET", "/v1/events"));
        QCOMPARE(slow.receive(12), std::string("HTTP/1.1 200"));
        const auto open_streams = [this](int count) {
            return client_->get("/metrics")
                       .body.find("\nthumbd_event_streams " + std::to_string(count) + '\n') !=
                   std::string::npos;
        };
        QTRY_VERIFY(open_streams(1));
        // Far more than the kernel and the gate keep for one stream.
        std::string metadata;
        for (int i = 0; i < 30; ++i)
            metadata += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":\"" +
                        std::string(1000, 'x') + '"';
        const auto form = "--B\r\nContent-Disposition: form-data; name=\"spec\"\r\n\r\n"
                          "{\"metadata\":{" +
                          metadata +
                          "}}\r\n--B\r\n"
                          "Content-Disposition: form-data; name=\"file\"\r\n\r\n" +
                          std::string(text_of(jpeg_)) + "\r\n--B--\r\n";
        bool cut = false;
        for (int i = 0; i < 400 && !cut; ++i) {
            QCOMPARE(
                client_->post("/v1/jobs", form, "Content-Type: multipart/form-data; boundary=B\r\n")
                    .status,
                202);
            cut = i % 20 == 0 && open_streams(0);
        }
        QTRY_VERIFY_WITH_TIMEOUT(cut || open_streams(0), 20'000);
    }

    void two_hundred_idle_streams_are_small() {
        const auto before = resident_kib(daemon_->pid());
        std::vector<std::unique_ptr<Stream>> streams;
        for (int i = 0; i < 200; ++i)
            streams.push_back(std::make_unique<Stream>(daemon_->port(), "/v1/events"));
        const auto grown = resident_kib(daemon_->pid()) - before;
#ifndef __SANITIZE_ADDRESS__ // which keeps freed memory
        QVERIFY2(grown < 25 * 1024, qPrintable(QString::number(grown)));
#else
        Q_UNUSED(grown)
#endif
        const auto id = submit();
        for (const auto& stream : streams)
            QCOMPARE(stream->next().job(), id);
        streams.clear();
        QTRY_VERIFY(client_->get("/metrics").body.find("\nthumbd_event_streams 0") !=
                    std::string::npos);
    }
};

QTEST_GUILESS_MAIN(ThumbdEventsTest)
#include "thumbd_events_test.moc"
