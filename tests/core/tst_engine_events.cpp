#include "core/engine_fixture.h"
#include "support/errors.h"

#include <QTest>

#include <condition_variable>
#include <future>
#include <thread>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

/// Collects events. Thread-safe.
class Diary {
public:
    Engine::EventHandler handler() {
        return [this](const Event& event) {
            const std::lock_guard lock(mutex_);
            events_.push_back(event);
            changed_.notify_all();
        };
    }

    /// The events, once there are `count`; fewer after ten seconds.
    std::vector<Event> take(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return events_.size() >= count; });
        return events_;
    }

    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return events_.size();
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Event> events_;
};

} // namespace

class EventsTest : public QObject {
    Q_OBJECT

private slots:
    void events_come_in_order();
    void a_subscription_begins_now_or_at_a_cursor();
    void a_cursor_that_is_too_old_gets_a_reset();
    void a_deletion_is_an_event();
    void many_followers_share_their_reads();
    void a_subscription_may_end_in_its_handler();
    void an_ended_subscription_is_quiet();
    void a_handler_that_throws_ends_its_subscription();
    void a_subscription_may_outlive_its_engine();
    void a_store_outage_only_delays_events();
    void a_wait_ends_with_the_job();
    void a_wait_ends_with_its_time();
    void a_wait_for_nothing_fails();
    void a_wait_ends_with_a_removal();
    void a_wait_ends_with_the_engine();
    void many_wait_for_many();
    void nobody_reads_events_for_nobody();
};

void EventsTest::events_come_in_order() {
    const Parts parts;
    const auto engine = parts.open();
    Diary diary;
    const auto subscription = engine->subscribe(diary.handler());
    const Job job = engine->submit(request()).job;
    engine->start();
    engine->wait(job.id, patience);
    const std::vector<Event> events = diary.take(3);
    QCOMPARE(events.size(), std::size_t{3});
    const std::vector<JobState> states{JobState::queued, JobState::processing, JobState::succeeded};
    for (std::size_t i = 0; i < events.size(); ++i) {
        QCOMPARE(events[i].kind, Event::Kind::job);
        QCOMPARE(events[i].id, job.id);
        QCOMPARE(events[i].job->state, states[i]);
    }
}

void EventsTest::a_subscription_begins_now_or_at_a_cursor() {
    const Parts parts;
    const auto engine = parts.open();
    const Job first = engine->submit(request()).job;
    const EventCursor cursor = engine->events_end();
    const Job second = engine->submit(request()).job;
    Diary from_start;
    Diary from_cursor;
    Diary from_now;
    const auto one = engine->subscribe(from_start.handler(), EventCursor{});
    const auto two = engine->subscribe(from_cursor.handler(), cursor);
    const auto three = engine->subscribe(from_now.handler());
    const Job third = engine->submit(request()).job;
    QCOMPARE(from_start.take(3).size(), std::size_t{3});
    QCOMPARE(from_start.take(3)[0].id, first.id);
    QCOMPARE(from_cursor.take(2).size(), std::size_t{2});
    QCOMPARE(from_cursor.take(2)[0].id, second.id);
    QCOMPARE(from_now.take(1).size(), std::size_t{1});
    QCOMPARE(from_now.take(1)[0].id, third.id);
}

void EventsTest::a_cursor_that_is_too_old_gets_a_reset() {
    const Parts parts;
    const auto engine = parts.open();
    Diary diary;
    const auto subscription = engine->subscribe(diary.handler(), EventCursor("of-another-history"));
    QCOMPARE(diary.take(1).at(0).kind, Event::Kind::reset);
    const Job job = engine->submit(request()).job;
    QCOMPARE(diary.take(2).at(1).id, job.id);
}

void EventsTest::a_deletion_is_an_event() {
    const Parts parts;
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    Diary diary;
    const auto subscription = engine->subscribe(diary.handler());
    engine->remove(job.id);
    const Event event = diary.take(1).at(0);
    QCOMPARE(event.kind, Event::Kind::deleted);
    QCOMPARE(event.id, job.id);
    QVERIFY(!event.job);
}

void EventsTest::many_followers_share_their_reads() {
    const Parts parts;
    const auto engine = parts.open();
    constexpr std::size_t count = 100;
    std::vector<Diary> diaries(count);
    std::vector<std::shared_ptr<Engine::Subscription>> subscriptions;
    for (Diary& diary : diaries)
        subscriptions.push_back(engine->subscribe(diary.handler()));
    for (int i = 0; i < 10; ++i)
        engine->submit(request());
    for (Diary& diary : diaries)
        QCOMPARE(diary.take(10).size(), std::size_t{10});
    const int reads = parts.store->faults().count("store.events");
    QVERIFY2(reads < 150, qPrintable(QString::number(reads)));
}

void EventsTest::a_subscription_may_end_in_its_handler() {
    const Parts parts;
    std::shared_ptr<Engine::Subscription> subscription;
    std::atomic<int> calls{0};
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    subscription = engine->subscribe([&](const Event&) {
        const std::lock_guard wait_until_assigned(mutex);
        ++calls;
        subscription.reset();
    });
    lock.unlock();
    engine->cancel(job.id);
    engine->remove(job.id);
    QTRY_COMPARE(calls.load(), 1);
    Diary diary;
    const auto other = engine->subscribe(diary.handler(), EventCursor{});
    QVERIFY(diary.take(3).size() >= 3);
    QCOMPARE(calls.load(), 1);
}

void EventsTest::an_ended_subscription_is_quiet() {
    const Parts parts;
    const auto engine = parts.open();
    Diary diary;
    auto subscription = engine->subscribe(diary.handler());
    engine->submit(request());
    QCOMPARE(diary.take(1).size(), std::size_t{1});
    subscription.reset();
    engine->submit(request());
    Diary other;
    const auto later = engine->subscribe(other.handler(), EventCursor{});
    QCOMPARE(other.take(2).size(), std::size_t{2});
    QCOMPARE(diary.size(), std::size_t{1});
}

void EventsTest::a_handler_that_throws_ends_its_subscription() {
    const Parts parts;
    std::atomic<int> calls{0};
    const auto engine = parts.open();
    const auto bad = engine->subscribe([&](const Event&) {
        ++calls;
        throw std::runtime_error("the handler's own trouble");
    });
    Diary diary;
    const auto good = engine->subscribe(diary.handler());
    engine->submit(request());
    engine->submit(request());
    QCOMPARE(diary.take(2).size(), std::size_t{2});
    QVERIFY(parts.observer->wait_for("log error: an event handler failed"));
    QCOMPARE(calls.load(), 1);
}

void EventsTest::a_subscription_may_outlive_its_engine() {
    const Parts parts;
    Diary diary;
    std::shared_ptr<Engine::Subscription> subscription;
    {
        const auto engine = parts.open();
        subscription = engine->subscribe(diary.handler());
    }
    subscription.reset();
    QCOMPARE(diary.size(), std::size_t{0});
}

void EventsTest::a_store_outage_only_delays_events() {
    const Parts parts;
    const auto engine = parts.open();
    Diary diary;
    const auto subscription = engine->subscribe(diary.handler());
    parts.store->faults().before(unavailable(ErrorCode::store_unavailable, "store.events"));
    const Job job = engine->submit(request()).job;
    QVERIFY(parts.observer->wait_for("log warning: the store's events cannot be read"));
    parts.store->faults().clear();
    QCOMPARE(diary.take(1).at(0).id, job.id);
}

void EventsTest::a_wait_ends_with_the_job() {
    const Parts parts;
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    auto waiting =
        std::async(std::launch::async, [&] { return engine->wait(job.id, patience).state; });
    QTRY_VERIFY(parts.store->faults().count("store.find") > 0); // it has registered
    engine->cancel(job.id);
    QCOMPARE(waiting.get(), JobState::cancelled);
    QCOMPARE(engine->wait(job.id, patience).state, JobState::cancelled); // already over
}

void EventsTest::a_wait_ends_with_its_time() {
    const Parts parts;
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    QCOMPARE(engine->wait(job.id, Milliseconds{0}).state, JobState::queued);
    QCOMPARE(engine->wait(job.id, Milliseconds{5}).state, JobState::queued);
    QCOMPARE(engine->wait(job.id, Milliseconds{-5}).state, JobState::queued);
}

void EventsTest::a_wait_for_nothing_fails() {
    const Parts parts;
    const auto engine = parts.open();
    EXPECT_ERROR(engine->wait(JobId::generate(WallTime{}), patience), not_found);
    EXPECT_ERROR(engine->wait(JobId::generate(WallTime{}), Milliseconds{0}), not_found);
}

void EventsTest::a_wait_ends_with_a_removal() {
    const Parts parts;
    const auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    auto waiting = std::async(std::launch::async,
                              [&] { return code_of([&] { engine->wait(job.id, patience); }); });
    QTRY_VERIFY(parts.store->faults().count("store.find") > 0); // it has registered
    engine->remove(job.id);
    QCOMPARE(waiting.get(), std::optional(ErrorCode::not_found));
}

void EventsTest::a_wait_ends_with_the_engine() {
    const Parts parts;
    auto engine = parts.open();
    const Job job = engine->submit(request()).job;
    std::vector<std::thread> waiting;
    std::atomic<int> closed{0};
    Engine& borrowed = *engine;
    for (int i = 0; i < 3; ++i)
        waiting.emplace_back([&] {
            if (code_of([&] { borrowed.wait(job.id, std::chrono::hours{1}); }) == ErrorCode::closed)
                ++closed;
        });
    QTRY_VERIFY(parts.store->faults().count("store.find") >= 3); // all are registered
    engine.reset();
    for (std::thread& thread : waiting)
        thread.join();
    QCOMPARE(closed.load(), 3);
}

void EventsTest::many_wait_for_many() {
    const Parts parts;
    const auto engine = parts.open();
    engine->start();
    std::atomic<int> succeeded{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 25; ++round) {
                const Job job = engine->submit(request()).job;
                if (engine->wait(job.id, patience).state == JobState::succeeded)
                    ++succeeded;
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(succeeded.load(), 200);
}

void EventsTest::nobody_reads_events_for_nobody() {
    const Parts parts;
    const auto engine = parts.open();
    engine->start();
    const Job job = engine->submit(request()).job;
    QTRY_COMPARE(engine->get(job.id)->state, JobState::succeeded);
    QCOMPARE(parts.store->faults().count("store.events"), 0);
}

QTEST_GUILESS_MAIN(EventsTest)
#include "tst_engine_events.moc"
