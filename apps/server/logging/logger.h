#pragma once

#include "config/settings.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace thumbd {

/// A named value on a log line; left out when it is empty.
struct LogField {
    std::string_view name;
    std::string_view value;
};

/// The process's own log, on standard error: one line a record, as text or JSON.
///
/// Thread-safe. Writing never waits: a queue holds the lines for a thread of their own, for some
/// milliseconds unless it is a warning or an error; and when standard error is not read, the oldest
/// lines are dropped and counted.
class Logger {
public:
    Logger(LogFormat format, thumbjobs::LogLevel least);

    /// Gives the last lines a moment to go out.
    ~Logger();

    bool enabled(thumbjobs::LogLevel level) const noexcept { return level >= least_; }

    void write(thumbjobs::LogLevel level, std::string_view message,
               std::initializer_list<LogField> fields = {});

    void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(thumbjobs::LogLevel::info, message, fields);
    }
    void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(thumbjobs::LogLevel::warning, message, fields);
    }
    void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(thumbjobs::LogLevel::error, message, fields);
    }

    /// Lines dropped since the start.
    std::uint64_t dropped() const;

private:
    struct Sink;

    const LogFormat format_;
    const thumbjobs::LogLevel least_;
    std::unique_ptr<Sink> sink_;
};

} // namespace thumbd
