#include "backends/memory/memory_journal.h"

#include "backends/common/store_checks.h"

#include <algorithm>

namespace thumbjobs {

void MemoryJournal::append(Event::Kind kind, const Job& job, const LogNote& note, WallTime time) {
    rows_.push_back({.kind = kind, .job = job, .note = note, .time = time});
    ++last_;
    if (rows_.size() > capacity_)
        rows_.pop_front();
}

EventPage MemoryJournal::events(const EventCursor& after, int limit,
                                const std::function<bool(const JobId&)>& exists) const {
    const std::uint64_t before_first = last_ - rows_.size();
    std::uint64_t from = before_first;
    if (!after.empty()) {
        const auto sequence = parse_event_cursor(after, history_);
        if (!sequence || *sequence < before_first || *sequence > last_)
            return {.events = {Event{.kind = Event::Kind::reset, .cursor = end()}},
                    .cursor = end()};
        from = *sequence;
    }
    EventPage page;
    const std::uint64_t to = std::min(last_, from + static_cast<std::uint64_t>(limit));
    for (std::uint64_t sequence = from + 1; sequence <= to; ++sequence) {
        const Row& row = rows_[sequence - before_first - 1];
        Event event{
            .kind = row.kind, .cursor = make_event_cursor(history_, sequence), .id = row.job.id};
        if (event.kind == Event::Kind::job && !exists(row.job.id))
            event.kind = Event::Kind::deleted;
        if (event.kind == Event::Kind::job)
            event.job = row.job;
        page.events.push_back(std::move(event));
    }
    page.cursor = make_event_cursor(history_, to);
    return page;
}

EventCursor MemoryJournal::end() const {
    return make_event_cursor(history_, last_);
}

std::vector<LogLine> MemoryJournal::logs(const LogQuery& query) const {
    std::vector<LogLine> lines;
    std::uint64_t sequence = last_ + 1;
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
        --sequence;
        if (row->note.message.empty() || row->note.level < query.min_level ||
            (query.job && row->job.id != *query.job) || (query.since && row->time < *query.since))
            continue;
        lines.push_back({.sequence = sequence,
                         .time = row->time,
                         .level = row->note.level,
                         .job = row->job.id,
                         .state = row->job.state,
                         .message = row->note.message,
                         .worker = row->note.worker,
                         .request_id = row->job.request_id});
        if (lines.size() == static_cast<std::size_t>(query.limit))
            break;
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

} // namespace thumbjobs
