/// \file
/// Clocks, times and durations, and their texts.
#pragma once

#include <thumbjobs/export.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace thumbjobs {

/// Every duration of the interface.
using Milliseconds = std::chrono::milliseconds;

/// A calendar time in UTC, for people: creation, expiry, log lines. It may jump.
using WallTime = std::chrono::sys_time<Milliseconds>;

/// Time since the machine booted, suspend included (CLOCK_BOOTTIME): leases and back-off.
/// It never jumps and all processes of one boot agree on it.
using BootTime = std::chrono::duration<std::int64_t, std::milli>;

/// Where the library gets its time from. Thread-safe. Tests pass one of their own.
class THUMBJOBS_API Clock {
public:
    virtual ~Clock();

    /// The time of day now, for people.
    virtual WallTime wall() const = 0;

    /// The time since the machine booted, for leases and deadlines. Never goes back.
    virtual BootTime boot() const = 0;

    /// The machine's clocks.
    static const Clock& system();
};

/// RFC 3339 in UTC with milliseconds: `2026-01-31T09:30:00.250Z`.
THUMBJOBS_API std::string format_time(WallTime time);

/// Reads RFC 3339 (`Z` or an offset, 0 to 9 decimals); nothing when `text` is not such a time.
THUMBJOBS_API std::optional<WallTime> parse_time(std::string_view text);

/// Reads `500ms`, `30s`, `5m`, `12h`, `7d`; nothing when `text` is no such duration or overflows.
THUMBJOBS_API std::optional<Milliseconds> parse_duration(std::string_view text);

/// The shortest text that parse_duration() reads back to the same value: `90s`, `7d`, `0ms`.
THUMBJOBS_API std::string format_duration(Milliseconds duration);

} // namespace thumbjobs
