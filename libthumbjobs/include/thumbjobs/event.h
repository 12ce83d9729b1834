#pragma once

#include <thumbjobs/job.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// A place in a store's history of events; opaque. The empty cursor stands before everything kept.
using EventCursor = std::string;

/// Something that happened to a job.
struct Event {
    enum class Kind {
        job,     ///< A job was created or changed; `job` is as it was right after.
        deleted, ///< The job is gone; only `id` is set.
        reset,   ///< Events were missed (the cursor is too old or of another history): list anew,
                 ///< then go on from `cursor`.
    };
    Kind kind = Kind::job;
    EventCursor cursor{}; ///< Reading on from here repeats nothing and misses nothing.
    JobId id{};
    std::optional<Job> job{};
};

struct EventPage {
    std::vector<Event> events{};
    EventCursor cursor{}; ///< Where to read on, also when `events` is empty.
};

enum class LogLevel { debug, info, warning, error };

THUMBJOBS_API std::string_view to_string(LogLevel level) noexcept;
THUMBJOBS_API std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

/// One line of the processing log that the store keeps for all processes.
struct LogLine {
    std::uint64_t sequence = 0; ///< Grows with every line of one store.
    WallTime time{};
    LogLevel level = LogLevel::info;
    JobId job{};
    JobState state = JobState::queued; ///< After the transition that the line tells of.
    std::string message{};
    std::string worker{};     ///< The process that wrote it; may be empty.
    std::string request_id{}; ///< Of the request that submitted the job; may be empty.
};

} // namespace thumbjobs
