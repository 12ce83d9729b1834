#pragma once

#include <thumbjobs/job_store.h>

#include <deque>
#include <functional>

namespace thumbjobs {

/// The bounded history of transitions behind events and log. A row is an event, and also a log line
/// if it has a message. Not thread-safe.
class MemoryJournal {
public:
    MemoryJournal(std::string history, int capacity)
        : history_(std::move(history)), capacity_(static_cast<std::size_t>(capacity)) {}

    void append(Event::Kind kind, const Job& job, const LogNote& note, WallTime time);

    /// An event about a job that does not exist any more, by `exists`, tells only that it is gone.
    EventPage events(const EventCursor& after, int limit,
                     const std::function<bool(const JobId&)>& exists) const;
    EventCursor end() const;
    std::vector<LogLine> logs(const LogQuery& query) const;

private:
    struct Row {
        Event::Kind kind;
        Job job;
        LogNote note;
        WallTime time;
    };

    std::string history_;
    std::size_t capacity_;
    std::uint64_t last_ = 0; ///< The sequence of the newest row.
    std::deque<Row> rows_;
};

} // namespace thumbjobs
