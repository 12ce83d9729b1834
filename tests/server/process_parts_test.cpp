#include "executor.h"
#include "logging/logger.h"
#include "metrics/metrics.h"
#include "metrics/process_stats.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <string>
#include <utility>

using namespace thumbd;

namespace {

/// Puts a pipe in the place of standard error.
class CapturedErrors {
public:
    CapturedErrors() : saved_(dup(STDERR_FILENO)) {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0)
            qFatal("pipe2");
        read_end_ = ends[0];
        dup2(ends[1], STDERR_FILENO);
        close(ends[1]);
    }

    ~CapturedErrors() {
        restore();
        close(read_end_);
    }

    void restore() {
        if (saved_ >= 0) {
            dup2(saved_, STDERR_FILENO);
            close(std::exchange(saved_, -1));
        }
    }

    /// Puts a file in the pipe's place instead of what was there before.
    void restore_to(const char* path) {
        close(saved_);
        saved_ = open(path, O_WRONLY | O_CLOEXEC);
        restore();
    }

    /// What was written, once nobody writes any more.
    QByteArray read_all() {
        restore();
        QByteArray all;
        std::array<char, 4096> chunk{};
        for (ssize_t got = 0; (got = read(read_end_, chunk.data(), chunk.size())) > 0;)
            all.append(chunk.data(), got);
        return all;
    }

private:
    int saved_;
    int read_end_ = -1;
};

} // namespace

class ProcessPartsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }

    void json_lines_hold_whatever_they_are_given() {
        CapturedErrors errors;
        {
            Logger logger(LogFormat::json, thumbjobs::LogLevel::info);
            logger.info("a \"quoted\"\nmessage", {{"job_id", "7"}, {"empty", ""}});
            logger.write(thumbjobs::LogLevel::debug, "too unimportant");
            logger.error("bytes \xff");
        }
        const auto lines = errors.read_all().split('\n');
        QCOMPARE(lines.size(), 3);
        const auto first = QJsonDocument::fromJson(lines[0]).object();
        QCOMPARE(first.value("message").toString(), QString("a \"quoted\"\nmessage"));
        QCOMPARE(first.value("level").toString(), QString("info"));
        QCOMPARE(first.value("job_id").toString(), QString("7"));
        QVERIFY(!first.contains("empty"));
        QCOMPARE(QJsonDocument::fromJson(lines[1]).object().value("level").toString(),
                 QString("error"));
    }

    void text_lines_stay_one_line() {
        CapturedErrors errors;
        {
            Logger logger(LogFormat::text, thumbjobs::LogLevel::debug);
            logger.warning("one\r\ntwo", {{"path", "a b\n2026 info forged"}, {"status", "200"}});
        }
        const auto text = errors.read_all();
        QCOMPARE(text.count('\n'), 1);
        QVERIFY(text.contains("warning"));
        QVERIFY2(text.contains("path=\"a b\\n2026 info forged\" status=200"), text.constData());
    }

    void the_executor_bounds_what_waits_and_finishes_what_it_took() {
        std::promise<void> gate;
        const auto opened = gate.get_future().share();
        std::atomic<int> done = 0;
        Executor executor(1, 2);
        std::promise<void> busy;
        QVERIFY(executor.post([&, opened] {
            busy.set_value();
            opened.wait();
            ++done;
        }));
        busy.get_future().wait();
        QVERIFY(executor.post([&] { ++done; }));
        QVERIFY(executor.post([&] { ++done; }));
        QVERIFY(!executor.post([&] { done += 100; }));
        QVERIFY(executor.post_continuation([&] { ++done; }));
        QCOMPARE(executor.waiting(), std::size_t{3});
        gate.set_value();
        executor.stop();
        executor.stop();
        QCOMPARE(done, 4);
        QVERIFY(!executor.post([] {}));
        QVERIFY(!executor.post_continuation([] {}));
    }

    void the_process_is_measured() {
        const auto stats = read_process_stats();
        QVERIFY(stats.has_value());
        QVERIFY(stats->resident_bytes > 1e6);
        QVERIFY(stats->open_fds >= 3);
        QVERIFY(stats->threads >= 1);
        QVERIFY(stats->start_time_seconds > 1.6e9);
    }

    void invented_methods_share_one_series() {
        Metrics metrics;
        http::AccessRecord record;
        record.status = 405;
        for (const auto method : {"FOO", "BAR", "BAZ"}) {
            record.method = method;
            metrics.count_request(record);
        }
        const auto text = metrics.text();
        QVERIFY(text.find("FOO") == std::string::npos);
        QVERIFY(text.find("thumbd_http_request_duration_seconds_count{code=\"405\","
                          "method=\"other\",route=\"(none)\"} 3") != std::string::npos);
        for (const auto& info : metric_table())
            QVERIFY2(text.find("# HELP " + std::string(info.name) + ' ') != std::string::npos ||
                         !info.labels.empty(),
                     std::string(info.name).c_str());
    }

    void a_log_that_nobody_reads_blocks_nobody() {
        CapturedErrors errors;
        auto logger = std::make_unique<Logger>(LogFormat::text, thumbjobs::LogLevel::info);
        const std::string line(200, 'x');
        for (int i = 0; i < 20'000; ++i)
            logger->info(line);
        QVERIFY(logger->dropped() > 0);
        logger.reset(); // gives up after a moment
        // What it still has goes nowhere, not into the report of the tests.
        errors.restore_to("/dev/null");
    }
};

QTEST_GUILESS_MAIN(ProcessPartsTest)
#include "process_parts_test.moc"
