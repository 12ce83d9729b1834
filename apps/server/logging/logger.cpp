#include "logging/logger.h"

#include "logging/line_writer.h"
#include "routes/json_text.h"

#include <thumbjobs/time.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace thumbd {
namespace {

using thumbjobs::LogLevel;

constexpr std::size_t queue_size = 8192;
constexpr std::chrono::seconds farewell{1};

spdlog::level::level_enum to_spdlog(LogLevel level) noexcept {
    switch (level) {
    case LogLevel::debug:
        return spdlog::level::debug;
    case LogLevel::info:
        return spdlog::level::info;
    case LogLevel::warning:
        return spdlog::level::warn;
    case LogLevel::error:
        return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string now_text() {
    return thumbjobs::format_time(
        std::chrono::floor<thumbjobs::Milliseconds>(std::chrono::system_clock::now()));
}

std::string json_line(LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
    JsonObject line;
    line.add("time", now_text()).add("level", to_string(level)).add("message", message);
    for (const auto& field : fields)
        if (!field.value.empty())
            line.add(field.name, field.value);
    return line.text();
}

/// One line whatever the value holds: control characters are escaped.
void append_text(std::string& line, std::string_view value, bool quote) {
    const auto plain = [quote](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f &&
               (!quote || (c != ' ' && c != '"' && c != '='));
    };
    if (std::all_of(value.begin(), value.end(), plain))
        line += value;
    else
        line += json_quoted(value);
}

std::string text_line(LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
    std::string line = now_text();
    std::string name(to_string(level));
    name.resize(8, ' ');
    line += ' ';
    line += name;
    append_text(line, message, false);
    for (const auto& field : fields) {
        if (field.value.empty())
            continue;
        line += ' ';
        line += field.name;
        line += '=';
        append_text(line, field.value, true);
    }
    return line;
}

/// Hands finished lines to the thread that writes them.
class LineSink final : public spdlog::sinks::sink {
public:
    void log(const spdlog::details::log_msg& message) override {
        std::string line(message.payload.data(), message.payload.size());
        line += '\n';
        writer_.add(std::move(line), message.level >= spdlog::level::warn);
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

    std::uint64_t dropped() const { return writer_.dropped(); }

private:
    LineWriter writer_{STDERR_FILENO, queue_size};
};

} // namespace

struct Logger::Sink {
    std::shared_ptr<LineSink> lines = std::make_shared<LineSink>();
    spdlog::logger logger{"thumbd", lines};
};

Logger::Logger(LogFormat format, LogLevel least)
    : format_(format), least_(least), sink_(std::make_unique<Sink>()) {
    sink_->logger.set_level(spdlog::level::trace);
    sink_->logger.set_error_handler([](const std::string&) {});
}

Logger::~Logger() {
    // Emptying the queue takes as long as standard error blocks: that must not keep the process.
    std::promise<void> emptied;
    auto done = emptied.get_future();
    std::thread([sink = std::move(sink_), emptied = std::move(emptied)]() mutable {
        sink.reset();
        emptied.set_value();
    }).detach();
    done.wait_for(farewell);
}

void Logger::write(LogLevel level, std::string_view message,
                   std::initializer_list<LogField> fields) {
    if (!enabled(level))
        return;
    const auto line = format_ == LogFormat::json ? json_line(level, message, fields)
                                                 : text_line(level, message, fields);
    sink_->logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

std::uint64_t Logger::dropped() const {
    return sink_->lines->dropped();
}

} // namespace thumbd
