#include "conformance/job_store_conformance.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

namespace thumbjobs::test {

void JobStoreConformance::lists_in_both_orders() {
    QVERIFY(store_->list({}).jobs.empty());
    QVERIFY(store_->list({}).next_cursor.empty());
    std::vector<JobId> ids;
    for (int i = 0; i < 7; ++i)
        ids.push_back(submit().id);
    for (const bool ascending : {true, false}) {
        std::vector<JobId> listed;
        ListQuery query{.states = {}, .limit = 3, .cursor = {}, .ascending = ascending};
        std::vector<std::size_t> sizes;
        do {
            const JobPage page = store_->list(query);
            sizes.push_back(page.jobs.size());
            for (const Job& job : page.jobs)
                listed.push_back(job.id);
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
        QCOMPARE(sizes, (std::vector<std::size_t>{3, 3, 1}));
        std::vector<JobId> expected = ids;
        if (!ascending)
            std::reverse(expected.begin(), expected.end());
        QVERIFY(listed == expected);
    }
    QVERIFY(store_->list({.limit = 7}).next_cursor.empty()); // a full last page
    QVERIFY(store_->list({.limit = 1}).jobs.front() == get(ids.back()));
}

void JobStoreConformance::lists_by_state() {
    std::vector<JobId> ids;
    for (int i = 0; i < 12; ++i)
        ids.push_back(submit().id);
    store_->complete(claim_one().lease, completion(), nullptr);                     // 0
    store_->fail(claim_one().lease, failure(ErrorCode::image_corrupt, false));      // 1
    store_->fail(claim_one().lease, failure(ErrorCode::storage_unavailable, true)); // 2: queued
    claim_one();                                                                    // 3
    store_->cancel(ids[4], {}, {});
    const auto list = [this](std::vector<JobState> states, int limit = 500) {
        return ids_of(
            store_
                ->list(
                    {.states = std::move(states), .limit = limit, .cursor = {}, .ascending = true})
                .jobs);
    };
    using Ids = std::vector<JobId>;
    QVERIFY(list({JobState::succeeded}) == Ids{ids[0]});
    QVERIFY(list({JobState::failed}) == Ids{ids[1]});
    QVERIFY(list({JobState::processing}) == Ids{ids[3]});
    QVERIFY(list({JobState::cancelled}) == Ids{ids[4]});
    QCOMPARE(list({JobState::queued}).size(), std::size_t{8});
    QVERIFY(list({JobState::queued}).front() == ids[2]);
    QVERIFY(list({JobState::cancelled, JobState::succeeded, JobState::queued}, 3) ==
            (Ids{ids[0], ids[2], ids[4]}));
    QCOMPARE(list({JobState::failed, JobState::failed}).size(), std::size_t{1});
    store_->remove(ids[0], second, {});
    QVERIFY(list({JobState::succeeded}).empty());
    QCOMPARE(list({}).size(), std::size_t{11});
    check_indices(ids);
}

void JobStoreConformance::pages_are_stable_while_jobs_change() {
    std::vector<JobId> ids;
    for (int i = 0; i < 20; ++i)
        ids.push_back(submit().id);
    for (const bool ascending : {true, false}) {
        std::vector<JobId> listed;
        std::vector<JobId> gone;
        std::vector<JobId> fresh;
        ListQuery query{.states = {}, .limit = 4, .cursor = {}, .ascending = ascending};
        do {
            const JobPage page = store_->list(query);
            for (const Job& job : page.jobs)
                listed.push_back(job.id);
            query.cursor = page.next_cursor;
            // Remove the job that the cursor stands on, change another, add one.
            store_->remove(page.jobs.back().id, second, {});
            gone.push_back(page.jobs.back().id);
            store_->claim(request());
            if (fresh.size() < 3)
                fresh.push_back(submit().id);
        } while (!query.cursor.empty());
        std::vector<JobId> expected = ids;
        if (ascending)
            expected.insert(expected.end(), fresh.begin(), fresh.end());
        else
            std::reverse(expected.begin(), expected.end());
        QVERIFY(listed == expected);
        ids.insert(ids.end(), fresh.begin(), fresh.end());
        std::erase_if(ids, [&gone](const JobId& id) {
            return std::find(gone.begin(), gone.end(), id) != gone.end();
        });
    }
    check_indices(ids);
}

void JobStoreConformance::refuses_bad_pages() {
    submit();
    submit();
    const auto list = [this](int limit, const std::string& cursor, bool ascending) {
        store_->list({.states = {}, .limit = limit, .cursor = cursor, .ascending = ascending});
    };
    EXPECT_ERROR(invalid_argument, list(0, "", true));
    EXPECT_ERROR(invalid_argument, list(501, "", true));
    for (const char* cursor : {"x", "a", "d", "0", "\x01", "a' OR 1=1", "d00000000"})
        for (const bool ascending : {true, false})
            EXPECT_ERROR(invalid_argument, list(10, cursor, ascending));
    const std::string cursor =
        store_->list({.states = {}, .limit = 1, .cursor = {}, .ascending = true}).next_cursor;
    QVERIFY(!cursor.empty());
    EXPECT_ERROR(invalid_argument, list(10, cursor, false)); // of the other order
    EXPECT_ERROR(invalid_argument, store_->events({}, 0));
    EXPECT_ERROR(invalid_argument, store_->events({}, 1'001));
    EXPECT_ERROR(invalid_argument, store_->logs({.limit = 0}));
    EXPECT_ERROR(invalid_argument, store_->logs({.limit = 1'001}));
}

void JobStoreConformance::counts_jobs() {
    StoreStats stats = store_->stats();
    for (const JobState state : all_job_states)
        QCOMPARE(stats.count(state), 0);
    QCOMPARE(stats.delayed, 0);
    QVERIFY(!stats.oldest_ready_age);
    QCOMPARE(stats.finished_last_minute, 0);

    for (int i = 0; i < 6; ++i)
        submit();
    fixture_->advance(3 * second);
    submit([](NewJob& job) { job.priority = 50; });
    QVERIFY(store_->stats().oldest_ready_age == 3 * second);
    claim_one(); // the urgent one
    store_->complete(claim_one().lease, completion(), nullptr);
    store_->fail(claim_one().lease, failure(ErrorCode::image_corrupt, false));
    Failure failed = failure(ErrorCode::storage_unavailable, true);
    failed.backoff = 2 * second;
    store_->fail(claim_one().lease, failed);
    store_->cancel(store_->list({.states = {JobState::queued}}).jobs.front().id, {}, {});
    stats = store_->stats();
    QCOMPARE(stats.queued, 3);
    QCOMPARE(stats.processing, 1);
    QCOMPARE(stats.succeeded, 1);
    QCOMPARE(stats.failed, 1);
    QCOMPARE(stats.cancelled, 1);
    QCOMPARE(stats.delayed, 1);
    QCOMPARE(stats.finished_last_minute, 3);
    QVERIFY(stats.oldest_ready_age == 3 * second);
    QCOMPARE(store_->claim(request(100)).jobs.size(), std::size_t{2});
    fixture_->advance(5 * second);
    stats = store_->stats();
    QCOMPARE(stats.delayed, 0);
    QVERIFY(stats.oldest_ready_age == 3 * second); // since its back-off ended
    fixture_->advance(61 * second);
    QCOMPARE(store_->stats().finished_last_minute, 0);
}

void JobStoreConformance::tells_events_in_order() {
    const Job job = submit();
    fixture_->advance(second);
    const ClaimedJob claimed = claim_one();
    store_->mark_decoding(claimed.lease);                     // no event
    store_->renew(std::span(&claimed.lease, 1), 10 * second); // no event
    store_->report_progress(claimed.lease, 0.5);
    store_->complete(claimed.lease, completion(), nullptr);
    const Job done = get(job.id);
    store_->remove(job.id, 60 * second, {});
    const std::vector<Event> events = all_events();
    QCOMPARE(events.size(), std::size_t{5});
    QVERIFY(events[0].job && *events[0].job == job);
    QVERIFY(events[1].job && *events[1].job == claimed.record.job);
    QVERIFY(events[2].job && events[2].job->progress == 0.5);
    QVERIFY(events[3].job && *events[3].job == done);
    QCOMPARE(events[4].kind, Event::Kind::deleted);
    QVERIFY(events[4].id == job.id && !events[4].job);
    std::set<std::string> cursors;
    for (const Event& event : events) {
        QVERIFY(event.id == job.id);
        QVERIFY(cursors.insert(event.cursor).second);
    }
    QCOMPARE(events.back().cursor, store_->events_end());
}

void JobStoreConformance::events_resume_from_any_cursor() {
    const EventCursor start = store_->events_end();
    const EventPage nothing = store_->events(start, 10);
    QVERIFY(nothing.events.empty());
    QCOMPARE(nothing.cursor, start);
    for (int i = 0; i < 5; ++i)
        submit();
    const std::vector<Event> all = all_events(start);
    QCOMPARE(all.size(), std::size_t{5});
    QCOMPARE(all_events().size(), std::size_t{5}); // the empty cursor
    for (std::size_t i = 0; i < all.size(); ++i) {
        const EventPage page = store_->events(all[i].cursor, 2);
        QCOMPARE(page.events.size(), std::min<std::size_t>(2, all.size() - i - 1));
        if (!page.events.empty()) {
            QVERIFY(page.events[0].id == all[i + 1].id);
            QCOMPARE(page.cursor, page.events.back().cursor);
        }
    }
}

void JobStoreConformance::events_of_a_strange_cursor_reset() {
    submit();
    const EventCursor end = store_->events_end();
    const auto stranger = factory_();
    const auto other = stranger->open({});
    std::vector<std::string> cursors{other->events_end(),
                                     "x",
                                     "-",
                                     end + "0",
                                     end + "x",
                                     "'",
                                     end.substr(0, end.size() - 1) + "999999999",
                                     "\n",
                                     "1"};
    for (const std::string& cursor : cursors) {
        const EventPage page = store_->events(cursor, 10);
        QVERIFY2(!page.events.empty(), cursor.c_str());
        QCOMPARE(page.events.front().kind, Event::Kind::reset);
        QVERIFY(!page.events.front().job);
        submit();
        const EventPage after = store_->events(page.cursor, 10);
        QCOMPARE(after.events.size(), std::size_t{1});
        QCOMPARE(after.events.front().kind, Event::Kind::job);
    }
}

void JobStoreConformance::events_of_an_old_cursor_reset() {
    store_.reset();
    fixture_ = factory_();
    store_ = fixture_->open({.event_history = 100});
    const EventCursor start = store_->events_end();
    std::vector<JobId> ids;
    for (int i = 0; i < 100; ++i)
        ids.push_back(submit().id);
    const std::vector<Event> kept = all_events(start);
    QCOMPARE(kept.size(), std::size_t{100}); // that many at the least
    for (int i = 0; i < 5'000; ++i)
        store_->give_back(claim_one().lease, Milliseconds::zero(), note("again"));
    const EventPage page = store_->events(start, 10);
    QCOMPARE(page.events.front().kind, Event::Kind::reset);
    QVERIFY(store_->events(page.events.front().cursor, 1'000).events.size() <= 10'100);
    const std::size_t history = all_events().size();
    QVERIFY(history >= 100);
    QVERIFY2(history <= 5'000, "the history is not bounded");
    QCOMPARE(store_->logs({.limit = 50}).size(), std::size_t{50});
    check_indices(ids);
}

void JobStoreConformance::a_page_and_its_events_fit_together() {
    const Job a = submit();
    const JobPage page = store_->list({});
    QVERIFY(store_->events(page.events_cursor, 10).events.empty());
    store_->cancel(a.id, {}, {});
    const EventPage events = store_->events(page.events_cursor, 10);
    QCOMPARE(events.events.size(), std::size_t{1});
    QCOMPARE(events.events.front().job->state, JobState::cancelled);
}

void JobStoreConformance::logs_what_transitions_say() {
    const Job job = submit([](NewJob& made) { made.note = note("Submitted."); });
    fixture_->advance(second);
    const ClaimedJob claimed = claim_one();
    store_->report_progress(claimed.lease, 0.5); // no note, no line
    fixture_->advance(second);
    store_->fail(claimed.lease, failure(ErrorCode::image_corrupt, false));
    store_->remove(job.id, 60 * second, note("Removed."));
    const std::vector<LogLine> lines = store_->logs({.min_level = LogLevel::info});
    QCOMPARE(lines.size(), std::size_t{3});
    QCOMPARE(lines[0].message, std::string("Submitted."));
    QCOMPARE(lines[0].state, JobState::queued);
    QCOMPARE(lines[0].level, LogLevel::info);
    QVERIFY(lines[0].time == fixture_->clock().wall() - 2 * second);
    QCOMPARE(lines[1].message, std::string("Failed."));
    QCOMPARE(lines[1].state, JobState::failed);
    QCOMPARE(lines[1].level, LogLevel::warning);
    QCOMPARE(lines[2].message, std::string("Removed."));
    for (const LogLine& line : lines) {
        QVERIFY(line.job == job.id);
        QCOMPARE(line.worker, std::string("worker-1"));
        QCOMPARE(line.request_id, std::string("request-1"));
    }
    QVERIFY(lines[0].sequence < lines[1].sequence && lines[1].sequence < lines[2].sequence);
    // The claim names the worker that took the job.
    const std::vector<LogLine> all = store_->logs({});
    QCOMPARE(all.size(), std::size_t{4});
    QCOMPARE(all[1].state, JobState::processing);
    QCOMPARE(all[1].level, LogLevel::debug);
    QCOMPARE(all[1].worker, std::string("worker-1"));
}

void JobStoreConformance::filters_logs() {
    const Job a = submit([](NewJob& job) { job.note = note("one", LogLevel::debug); });
    fixture_->advance(second);
    const WallTime later = fixture_->clock().wall();
    const Job b = submit([](NewJob& job) { job.note = note("two", LogLevel::info); });
    store_->cancel(a.id, {}, note("three", LogLevel::warning));
    fixture_->advance(second);
    store_->cancel(b.id, {}, note("four", LogLevel::error));
    const auto messages = [this](const LogQuery& query) {
        std::string text;
        for (const LogLine& line : store_->logs(query))
            text += line.message + " ";
        return QString::fromStdString(text);
    };
    QCOMPARE(messages({}), QString("one two three four "));
    QCOMPARE(messages({.limit = 2}), QString("three four ")); // the newest
    QCOMPARE(messages({.job = a.id}), QString("one three "));
    QCOMPARE(messages({.min_level = LogLevel::warning}), QString("three four "));
    QCOMPARE(messages({.since = later}), QString("two three four "));
    QCOMPARE(messages({.job = b.id, .min_level = LogLevel::info, .since = later, .limit = 1}),
             QString("four "));
    QCOMPARE(messages({.job = JobId::generate(later)}), QString(""));
}

namespace {

/// Collects notices until the test has seen what it waits for.
class Ear {
public:
    JobStore::Listener listener() {
        return [this](JobStore::Change change) {
            const std::lock_guard lock(mutex_);
            work_ |= change.work;
            events_ |= change.events;
            heard_.notify_all();
        };
    }

    bool hears(bool work, bool events) {
        std::unique_lock lock(mutex_);
        const bool heard = heard_.wait_for(lock, std::chrono::seconds(5), [&] {
            return (work_ || !work) && (events_ || !events);
        });
        work_ = events_ = false;
        return heard;
    }

    bool heard_anything() {
        const std::lock_guard lock(mutex_);
        return work_ || events_;
    }

private:
    std::mutex mutex_;
    std::condition_variable heard_;
    bool work_ = false;
    bool events_ = false;
};

} // namespace

void JobStoreConformance::tells_its_listener() {
    Ear ear;
    store_->set_listener(ear.listener());
    submit();
    QVERIFY(ear.hears(true, true));
    const Lease lease = claim_one().lease;
    QVERIFY(ear.hears(false, true));
    store_->give_back(lease, Milliseconds::zero(), {});
    QVERIFY(ear.hears(true, true));
    store_->complete(claim_one().lease, completion(), nullptr);
    QVERIFY(ear.hears(false, true));
    store_->remove(lease.job, second, {});
    QVERIFY(ear.hears(false, true));
    if (fixture_->shares_content()) { // what another process does is heard as well
        const auto other = fixture_->open({});
        other->create(new_job());
        QVERIFY(ear.hears(true, true));
    }
    store_->set_listener({});
}

void JobStoreConformance::an_ended_listener_is_not_called() {
    Ear first;
    Ear second_ear;
    store_->set_listener(first.listener());
    store_->set_listener(second_ear.listener());
    submit();
    QVERIFY(second_ear.hears(true, true));
    QVERIFY(!first.heard_anything());
    store_->set_listener({});
    store_->set_listener({});
    static_cast<void>(second_ear.hears(false, false));
    submit();
    store_->set_listener(first.listener()); // a thread that ran late would have told it by now
    store_->set_listener({});
    QVERIFY(!second_ear.heard_anything());
}

} // namespace thumbjobs::test
