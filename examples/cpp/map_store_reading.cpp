// What a MapStore answers without changing anything: jobs, counts, events, log lines.
#include "map_store.h"

#include <algorithm>
#include <charconv>

using namespace thumbjobs; // this file is about little else

std::vector<std::optional<JobRecord>> MapStore::find(std::span<const JobId> ids) {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<JobRecord>> records;
    for (const JobId& id : ids) {
        const auto found = jobs_.find(id);
        records.push_back(found == jobs_.end() ? std::nullopt
                                               : std::optional(found->second.record));
    }
    return records;
}

JobPage MapStore::list(const ListQuery& query) {
    check("limit", query.limit, 1, 500);
    const std::string order = query.ascending ? "up-" : "down-";
    std::optional<JobId> last;
    if (!query.cursor.empty()) {
        if (query.cursor.starts_with(order))
            last = JobId::parse(query.cursor.substr(order.size()));
        if (!last)
            throw Error(ErrorCode::invalid_argument, "cursor is not one of the page before.");
    }
    const std::lock_guard lock(mutex_);
    auto found = entries([&](const Entry& entry) {
        const Job& job = entry.record.job;
        const auto& states = query.states;
        return !entry.record.deleted &&
               (states.empty() || std::ranges::find(states, job.state) != states.end()) &&
               (!last || (query.ascending ? job.id > *last : job.id < *last));
    });
    if (!query.ascending)
        std::ranges::reverse(found);
    JobPage page;
    page.events_cursor = cursor(last_row_);
    const auto limit = static_cast<std::size_t>(query.limit);
    for (std::size_t i = 0; i < std::min(limit, found.size()); ++i)
        page.jobs.push_back(found[i]->record.job);
    if (found.size() > limit)
        page.next_cursor = order + page.jobs.back().id.to_string();
    return page;
}

StoreStats MapStore::stats() {
    const std::lock_guard lock(mutex_);
    const BootTime now = clock_.boot();
    std::map<JobState, std::int64_t> counts;
    StoreStats stats;
    for (const auto& [id, entry] : jobs_) {
        if (entry.record.deleted)
            continue;
        ++counts[entry.record.job.state];
        if (entry.record.job.state != JobState::queued)
            continue;
        if (entry.due > now)
            ++stats.delayed;
        else
            stats.oldest_ready_age = std::max(stats.oldest_ready_age.value_or(Milliseconds::zero()),
                                              Milliseconds(now - entry.due));
    }
    stats.queued = counts[JobState::queued];
    stats.processing = counts[JobState::processing];
    stats.succeeded = counts[JobState::succeeded];
    stats.failed = counts[JobState::failed];
    stats.cancelled = counts[JobState::cancelled];
    while (!finished_.empty() && finished_.front() <= now - std::chrono::minutes(1))
        finished_.pop_front();
    stats.finished_last_minute = static_cast<std::int64_t>(finished_.size());
    return stats;
}

EventCursor MapStore::cursor(std::uint64_t row) const {
    return history_ + "-" + std::to_string(row);
}

EventCursor MapStore::events_end() {
    const std::lock_guard lock(mutex_);
    return cursor(last_row_);
}

EventPage MapStore::events(const EventCursor& after, int limit) {
    check("limit", limit, 1, 1000);
    const std::lock_guard lock(mutex_);
    const std::uint64_t before_first = last_row_ - rows_.size();
    std::uint64_t row = before_first;
    if (!after.empty()) {
        // Whatever is no cursor of a row that is kept, does not come back the same.
        const char* const digits = after.data() + std::min(after.size(), history_.size() + 1);
        std::from_chars(digits, after.data() + after.size(), row);
        if (after != cursor(row) || row < before_first || row > last_row_) {
            const EventCursor end = cursor(last_row_);
            return {.events = {Event{.kind = Event::Kind::reset, .cursor = end}}, .cursor = end};
        }
    }
    EventPage page;
    while (row < last_row_ && page.events.size() < static_cast<std::size_t>(limit)) {
        const Row& read = rows_[row - before_first];
        Event event{.kind = read.kind, .cursor = cursor(++row), .id = read.job.id};
        if (!jobs_.contains(event.id))
            event.kind = Event::Kind::deleted;
        if (event.kind == Event::Kind::job)
            event.job = read.job;
        page.events.push_back(std::move(event));
    }
    page.cursor = cursor(row);
    return page;
}

std::vector<LogLine> MapStore::logs(const LogQuery& query) {
    check("limit", query.limit, 1, 1000);
    const std::lock_guard lock(mutex_);
    std::vector<LogLine> lines;
    std::uint64_t sequence = last_row_ - rows_.size();
    for (const Row& row : rows_) {
        ++sequence;
        if (row.note.message.empty() || row.note.level < query.min_level ||
            (query.job && row.job.id != *query.job) || (query.since && row.time < *query.since))
            continue;
        lines.push_back({.sequence = sequence,
                         .time = row.time,
                         .level = row.note.level,
                         .job = row.job.id,
                         .state = row.job.state,
                         .message = row.note.message,
                         .worker = row.note.worker,
                         .request_id = row.job.request_id});
    }
    const auto limit = static_cast<std::size_t>(query.limit);
    if (lines.size() > limit)
        lines.erase(lines.begin(), lines.end() - query.limit);
    return lines;
}
