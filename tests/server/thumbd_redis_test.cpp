// Several thumbd on one Redis: what one takes in, another one works on, and a third one tells.
#include "server/api_client.h"
#include "support/http_client.h"
#include "support/redis_server.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <map>
#include <memory>
#include <vector>

using namespace thumbd::test;
using thumbjobs::test::HttpClient;
using thumbjobs::test::make_test_image;
using thumbjobs::test::RedisServer;
using thumbjobs::test::ThumbdProcess;

namespace {

/// What an event stream says, greeting apart: cursors, and the states of each job in order.
class Stream {
public:
    Stream(std::uint16_t port, const std::string& headers = {})
        : client_(port, std::chrono::seconds(30)) {
        client_.open_stream("/v1/events", headers);
        while (!client_.read_line().empty()) {
        }
    }

    /// Reads one event; returns its cursor.
    std::string next() {
        std::string id;
        std::string kind;
        std::string data;
        for (;;) {
            const std::string line = client_.read_line();
            if (line.empty() && !kind.empty())
                break;
            if (line.starts_with("id: "))
                id = line.substr(4);
            else if (line.starts_with("event: "))
                kind = line.substr(7);
            else if (line.starts_with("data: "))
                data = line.substr(6);
        }
        const QJsonObject job = QJsonDocument::fromJson(QByteArray::fromStdString(data)).object();
        cursors.push_back(id);
        states[job.value("id").toString()].append(job.value("status").toString());
        return id;
    }

    std::vector<std::string> cursors;
    std::map<QString, QStringList> states;

private:
    HttpClient client_;
};

const QStringList whole_life{"queued", "processing", "succeeded"};

} // namespace

class ThumbdRedisTest : public QObject {
    Q_OBJECT

    RedisServer redis_{RedisServer::Options{.append_fsync = "always"}};
    QTemporaryDir directory_;
    std::unique_ptr<ThumbdProcess> api_;
    std::unique_ptr<ThumbdProcess> other_api_;
    std::unique_ptr<ThumbdProcess> worker_;
    std::unique_ptr<ApiClient> client_;
    const thumbjobs::Bytes jpeg_ = make_test_image({});

    std::unique_ptr<ThumbdProcess> start(const char* name, std::vector<std::string> more) {
        std::vector<std::string> arguments{"--store", redis_.url(), "--storage",
                                           "file:" + directory_.filePath("images").toStdString()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return std::make_unique<ThumbdProcess>(
            ThumbdProcess::Options{.data_dir = directory_.filePath(name).toStdString(),
                                   .arguments = std::move(arguments)});
    }

private slots:
    void initTestCase() {
        api_ = start("a", {"--role", "api"});
        worker_ = start("b", {"--workers", "1"});
        other_api_ = start("c", {"--role", "api"});
        client_ = std::make_unique<ApiClient>(api_->port());
    }

    void cleanupTestCase() {
        for (auto* process : {&api_, &worker_, &other_api_})
            QCOMPARE((*process)->terminate().code, 0);
    }

    void one_takes_in_another_one_works() {
        const auto job = client_->submit_and_wait(jpeg_);
        QVERIFY(!job.isEmpty());
        // Every replica answers for it.
        ApiClient other(other_api_->port());
        const auto thumbnail = other.get(path_of(job, "/thumbnail"));
        QCOMPARE(thumbnail.status, 200);
        QVERIFY(!thumbnail.body.empty());
        const auto lines = other.get(path_of(job, "/logs")).json().value("lines").toArray();
        QVERIFY(lines.size() >= 2);
        QVERIFY(lines.first().toObject().value("worker") !=
                lines.last().toObject().value("worker"));
    }

    void a_stream_goes_on_at_another_replica() {
        constexpr int jobs = 4;
        constexpr int events = jobs * 3;
        constexpr int read_here = 5;
        Stream first(api_->port());
        for (int i = 0; i < jobs; ++i)
            QCOMPARE(client_->submit(jpeg_).status, 202);
        std::string last;
        for (int i = 0; i < read_here; ++i)
            last = first.next();
        Stream rest(other_api_->port(), "Last-Event-ID: " + last + "\r\n");
        for (int i = read_here; i < events; ++i)
            rest.next();
        // No gap, no repeat: together they tell each job's whole life once.
        auto told = first.states;
        for (const auto& [id, states] : rest.states)
            told[id] += states;
        QCOMPARE(told.size(), std::size_t{jobs});
        for (const auto& [id, states] : told)
            QCOMPARE(states, whole_life);
        for (int i = read_here; i < events; ++i)
            first.next();
        QCOMPARE(std::vector(first.cursors.begin() + read_here, first.cursors.end()), rest.cursors);
    }

    void a_restart_of_redis_is_survived() {
        const auto before = client_->submit_and_wait(jpeg_);
        redis_.kill();
        QCOMPARE(client_->submit(jpeg_).status, 503);
        redis_.start();
        const auto get = [&] { return client_->get(path_of(before)).status == 200; };
        QTRY_VERIFY_WITH_TIMEOUT(get(), 20'000);
        const auto after = client_->submit(jpeg_);
        QCOMPARE(after.status, 202);
        const auto path = path_of(after.json());
        const auto status = [&] { return client_->get(path).text("status"); };
        QTRY_COMPARE_WITH_TIMEOUT(status(), QString("succeeded"), 30'000);
    }
};

QTEST_GUILESS_MAIN(ThumbdRedisTest)
#include "thumbd_redis_test.moc"
