/// \file
/// What happens to jobs: events, and lines of the processing log.
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
    /// What an event tells.
    enum class Kind {
        job,     ///< A job was created or changed; `job` is as it was right after.
        deleted, ///< The job is gone; only `id` is set.
        reset,   ///< Events were missed (the cursor is too old or of another history): list anew,
                 ///< then go on from `cursor`.
    };
    Kind kind = Kind::job;    ///< Says which of the members below are set.
    EventCursor cursor{};     ///< Reading on from here repeats nothing and misses nothing.
    JobId id{};               ///< The job's; nil for a reset.
    std::optional<Job> job{}; ///< Set for Kind::job only.
};

/// What one call reads of a store's events.
struct EventPage {
    std::vector<Event> events{}; ///< Oldest first.
    EventCursor cursor{};        ///< Where to read on, also when `events` is empty.
};

/// How much a log line matters; they are ordered.
enum class LogLevel {
    debug,   ///< For those who look for a fault.
    info,    ///< The ordinary course of things.
    warning, ///< Something went wrong and was dealt with, as an attempt that is tried again.
    error,   ///< Something failed for good.
};

/// `debug`, `info`, `warning`, `error`.
THUMBJOBS_API std::string_view to_string(LogLevel level) noexcept;

/// The inverse of to_string(); nothing for an unknown name.
THUMBJOBS_API std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;

/// One line of the processing log that the store keeps for all processes.
struct LogLine {
    std::uint64_t sequence = 0;        ///< Grows with every line of one store.
    WallTime time{};                   ///< By the store's clock.
    LogLevel level = LogLevel::info;   ///< How much it matters.
    JobId job{};                       ///< The job that it is about.
    JobState state = JobState::queued; ///< After the transition that the line tells of.
    std::string message{};             ///< One line for people; no paths, no secrets.
    std::string worker{};              ///< The process that wrote it; may be empty.
    std::string request_id{};          ///< Of the request that submitted the job; may be empty.
};

} // namespace thumbjobs
