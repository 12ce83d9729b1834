// Helpers die at random while the sandbox works: no call is lost, nothing is left behind. How long
// is THUMBJOBS_STRESS_SECONDS, 5 by default; scripts/sandbox-corpus.sh takes a minute.
#include "backends/sandbox/fixture.h"
#include "support/errors.h"

#include <thumbjobs/thumbjobs.h>

#include <QElapsedTimer>
#include <QTest>

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

int stress_seconds() {
    return std::max(1, qEnvironmentVariable("THUMBJOBS_STRESS_SECONDS", "5").toInt());
}

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stol(line.substr(6));
    return 0;
}

int shared_mappings() {
    std::ifstream maps("/proc/self/maps");
    int count = 0;
    for (std::string line; std::getline(maps, line);)
        count += line.find("memfd:thumbjobs") != std::string::npos ? 1 : 0;
    return count;
}

struct Outcomes {
    std::atomic<int> succeeded{0};
    std::atomic<int> died{0};
    std::atomic<int> other{0};
};

void work_until(const std::atomic<bool>& stop, Resizer& resizer, unsigned seed,
                Outcomes& outcomes) {
    const std::vector<std::string> orders{"ok", "ok",     "ok",   "image 100 100",
                                          "ok", "thread", "segv", "corrupt"};
    std::mt19937 random(seed);
    while (!stop) {
        const std::string& order = orders[random() % orders.size()];
        const auto code = code_of([&] { resize_order(resizer, order); });
        if (!code)
            ++outcomes.succeeded;
        else if (code == ErrorCode::decoder_crashed)
            ++outcomes.died;
        else if (code != ErrorCode::image_corrupt) {
            ++outcomes.other;
            qWarning("%s: %s", order.c_str(), to_string(*code).data());
        }
    }
}

} // namespace

class SandboxLoadTest : public QObject {
    Q_OBJECT

private slots:
    void random_kills();
    void killed_helpers_lose_no_job();
    void a_spinning_image_holds_no_other_up();
    void expensive_images_wait_and_cheap_ones_do_not();
    void a_caller_may_decline_to_wait();
    void what_needs_too_much_memory_is_refused();
};

void SandboxLoadTest::random_kills() {
    const std::size_t descriptors = open_descriptors();
    const int mappings = shared_mappings();
    long memory = 0;
    Outcomes outcomes;
    {
        const auto resizer = open_accidents("helpers=2&recycle_after=50");
        std::atomic<bool> stop{false};
        std::vector<std::thread> threads;
        for (unsigned seed = 1; seed <= 3; ++seed)
            threads.emplace_back([&, seed] { work_until(stop, *resizer, seed, outcomes); });

        std::mt19937 random(42);
        QElapsedTimer timer;
        timer.start();
        const qint64 total = stress_seconds() * 1000;
        int kills = 0;
        while (timer.elapsed() < total) {
            // Go on once a few more calls have returned: paced by the work, not by the clock, and
            // so that some helper has come up in between.
            const int seen = outcomes.succeeded + 1 + static_cast<int>(random() % 20);
            while (outcomes.succeeded < seen && timer.elapsed() < total)
                std::this_thread::yield();
            const std::set<int> children = child_processes();
            if (children.empty())
                continue;
            const auto victim = std::next(children.begin(), random() % children.size());
            kills += ::kill(*victim, SIGKILL) == 0;
            if (memory == 0 && timer.elapsed() > total / 4)
                memory = resident_kib();
        }
        stop = true;
        for (auto& thread : threads)
            thread.join();
        QVERIFY2(kills > 10, qPrintable(QString::number(kills)));
        QVERIFY(outcomes.succeeded > 50);
        QCOMPARE(outcomes.other.load(), 0);
#ifndef __SANITIZE_ADDRESS__ // which keeps freed memory
        QVERIFY2(resident_kib() < memory + 20'000,
                 qPrintable(QStringLiteral("%1 KiB, then %2").arg(memory).arg(resident_kib())));
#endif
        qInfo("%d images, %d deaths of %d kills", outcomes.succeeded.load(), outcomes.died.load(),
              kills);
    }
    QCOMPARE(child_processes().size(), std::size_t{0});
    QCOMPARE(open_descriptors(), descriptors);
    QCOMPARE(shared_mappings(), mappings);
}

void SandboxLoadTest::killed_helpers_lose_no_job() {
    constexpr int count = 200;
    EngineOptions options;
    options.resizer = "sandbox:accident:?helpers=2&worker=" SANDBOX_TEST_WORKER;
    options.workers = 2;
    options.retry.max_crashes = 100;
    options.retry.base_delay = Milliseconds{1};
    options.retry.max_delay = Milliseconds{10};
    const auto engine = Engine::open(options);
    engine->start();
    std::mt19937 random(7);
    std::vector<JobId> jobs;
    for (int i = 0; i < count; ++i) {
        jobs.push_back(engine->submit({.image = copy_blob(as_bytes("GIF89a\nok"))}).job.id);
        if (i % 4 != 0)
            continue;
        const std::set<int> children = child_processes();
        if (!children.empty())
            ::kill(*std::next(children.begin(), std::ptrdiff_t(random() % children.size())),
                   SIGKILL);
        engine->wait(jobs.back(), Milliseconds{60'000}); // so a helper has come up again
    }
    int crashes = 0;
    for (const JobId& id : jobs) {
        const Job job = engine->wait(id, Milliseconds{60'000});
        QVERIFY2(job.state == JobState::succeeded,
                 job.error ? job.error->message.c_str() : "it did not end");
        crashes += job.crashes;
    }
    qInfo("%d jobs, %d crashed attempts", count, crashes);
}

void SandboxLoadTest::a_spinning_image_holds_no_other_up() {
    const auto resizer = open_accidents("helpers=2&timeout=1s");
    std::thread hung([&] { EXPECT_ERROR(resize_order(*resizer, "spin"), decoder_timeout); });
    int others = 0;
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 800) {
        resize_order(*resizer, "ok");
        ++others;
    }
    hung.join();
    QVERIFY2(others > 20, qPrintable(QString::number(others)));
}

void SandboxLoadTest::expensive_images_wait_and_cheap_ones_do_not() {
    // A GIF of 4000 x 4000 pixels is predicted to take about 123 MiB; two do not fit into 210.
    const auto resizer = open_accidents("helpers=3&budget=240MiB&memory=1GiB&timeout=20s");
    std::atomic<int> waiting{0};
    std::atomic<int> expensive_running{0};
    std::atomic<int> most_expensive{0};
    std::atomic<bool> hold{true};
    const auto expensive = [&] {
        const Order order("slow 4000 4000");
        ResizeRequest request = order.request();
        request.waiting = [&](bool begins) { waiting += begins ? 1 : -1; };
        request.progress = [&](double) {
            most_expensive = std::max(most_expensive.load(), ++expensive_running);
            while (hold)
                std::this_thread::yield();
            --expensive_running;
        };
        resizer->resize(request);
    };
    std::thread first(expensive);
    QTRY_COMPARE(expensive_running.load(), 1);
    std::thread second(expensive);
    QTRY_COMPARE(waiting.load(), 1);
    for (int i = 0; i < 20; ++i)
        resize_order(*resizer, "ok");
    QCOMPARE(waiting.load(), 1);
    hold = false;
    first.join();
    second.join();
    QCOMPARE(waiting.load(), 0);
    QCOMPARE(most_expensive.load(), 1);
}

void SandboxLoadTest::a_caller_may_decline_to_wait() {
    const auto resizer = open_accidents("helpers=2&budget=240MiB&memory=1GiB&timeout=20s");
    std::atomic<bool> running{false};
    std::atomic<bool> hold{true};
    std::thread first([&] {
        const Order order("slow 4000 4000");
        ResizeRequest request = order.request();
        request.progress = [&](double) {
            running = true;
            while (hold)
                std::this_thread::yield();
        };
        resizer->resize(request);
    });
    QTRY_VERIFY(running.load());
    const Order order("slow 4000 4000");
    ResizeRequest request = order.request();
    request.waiting = [](bool begins) {
        if (begins)
            throw Error(ErrorCode::lease_lost, "No time.");
    };
    EXPECT_ERROR(resizer->resize(request), lease_lost);
    hold = false;
    first.join();
    resizer->resize(order.request()); // there is room, and nobody stands in line for it
}

void SandboxLoadTest::what_needs_too_much_memory_is_refused() {
    const auto resizer = open_accidents("helpers=1&memory=64MiB");
    const auto call = [&] { resize_order(*resizer, "image 9000 9000"); };
    EXPECT_ERROR(call(), image_too_large);
    const QString message = message_of(call);
    QVERIFY2(message.contains("9000 x 9000") && message.contains("at most 64 MiB"),
             qPrintable(message));
    resize_order(*resizer, "ok");
}

QTEST_GUILESS_MAIN(SandboxLoadTest)
#include "tst_sandbox_load.moc"
