#include "place/job_json.h"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace desktop {
namespace {

namespace json = boost::json;
using thumbjobs::Job;
using thumbjobs::JobId;
using thumbjobs::WallTime;

constexpr std::int64_t max_int = std::numeric_limits<int>::max();
constexpr std::int64_t max_bytes = std::int64_t{1} << 50;
constexpr std::size_t max_text = 4'096;
constexpr std::size_t max_list = 1'000;
constexpr std::size_t max_cursor = 256;

[[noreturn]] void refuse(std::string_view member) {
    throw BadAnswer("The server's answer has no usable \"" + std::string(member) + "\".");
}

json::value parse(std::string_view text) {
    json::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error);
    if (error)
        throw BadAnswer("The server's answer is not JSON.");
    return value;
}

const json::object& object_of(const json::value& value, std::string_view name) {
    if (!value.is_object())
        refuse(name);
    return value.get_object();
}

/// A member, or null where it is missing.
const json::value* find(const json::object& object, std::string_view name) {
    return object.if_contains({name.data(), name.size()});
}

std::string text(const json::object& object, std::string_view name) {
    const json::value* value = find(object, name);
    if (value == nullptr || !value->is_string() || value->get_string().size() > max_text)
        refuse(name);
    const json::string& content = value->get_string();
    return {content.data(), content.size()};
}

std::int64_t number(const json::value& value, std::string_view name, std::int64_t least,
                    std::int64_t most) {
    json::error_code error;
    const auto result = value.to_number<std::int64_t>(error);
    if (error || result < least || result > most)
        refuse(name);
    return result;
}

std::int64_t number(const json::object& object, std::string_view name, std::int64_t least,
                    std::int64_t most) {
    const json::value* value = find(object, name);
    if (value == nullptr)
        refuse(name);
    return number(*value, name, least, most);
}

int integer(const json::object& object, std::string_view name, std::int64_t least = 0) {
    return static_cast<int>(number(object, name, least, max_int));
}

/// A side of an image; 0 for null.
int side(const json::object& object, std::string_view name) {
    const json::value* value = find(object, name);
    return value == nullptr || value->is_null() ? 0 : integer(object, name);
}

bool boolean(const json::object& object, std::string_view name) {
    const json::value* value = find(object, name);
    if (value == nullptr || !value->is_bool())
        refuse(name);
    return value->get_bool();
}

std::optional<WallTime> optional_time(const json::object& object, std::string_view name) {
    const json::value* value = find(object, name);
    if (value == nullptr || value->is_null())
        return std::nullopt;
    const auto time = thumbjobs::parse_time(text(object, name));
    if (!time)
        refuse(name);
    return time;
}

WallTime time(const json::object& object, std::string_view name) {
    const auto result = optional_time(object, name);
    if (!result)
        refuse(name);
    return *result;
}

JobId job_id(const json::object& object, std::string_view name) {
    const auto id = JobId::parse(text(object, name));
    if (!id)
        refuse(name);
    return *id;
}

thumbjobs::JobState state(const json::object& object) {
    const auto result = thumbjobs::parse_job_state(text(object, "status"));
    if (!result)
        refuse("status");
    return *result;
}

const json::array& array(const json::object& object, std::string_view name) {
    const json::value* value = find(object, name);
    if (value == nullptr || !value->is_array() || value->get_array().size() > max_list)
        refuse(name);
    return value->get_array();
}

/// The name as it is shown and offered for files: no folder, no control characters.
std::string file_name(std::string name) {
    name.erase(0, name.find_last_of("/\\") + 1);
    std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    return name;
}

std::vector<thumbjobs::Rendition> renditions(const json::object& object) {
    std::vector<thumbjobs::Rendition> result;
    for (const json::value& element : array(object, "renditions")) {
        const json::object& given = object_of(element, "renditions");
        thumbjobs::Rendition rendition;
        rendition.name = text(given, "name");
        const bool usable = std::ranges::all_of(rendition.name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        });
        if (!usable || rendition.name.empty() || rendition.name.size() > 64)
            refuse("name");
        rendition.media_type = text(given, "media_type");
        rendition.width = integer(given, "width");
        rendition.height = integer(given, "height");
        rendition.bytes = number(given, "bytes", 0, max_bytes);
        rendition.checksum = text(given, "checksum");
        result.push_back(std::move(rendition));
    }
    return result;
}

std::map<std::string, std::string> metadata(const json::object& object) {
    const json::value* value = find(object, "metadata");
    if (value == nullptr)
        return {};
    const json::object& given = object_of(*value, "metadata");
    if (given.size() > max_list)
        refuse("metadata");
    std::map<std::string, std::string> result;
    for (const auto& member : given) {
        const std::string_view key(member.key().data(), member.key().size());
        result.emplace(key, text(given, key));
    }
    return result;
}

std::optional<thumbjobs::JobError> job_error(const json::object& object) {
    const json::value* value = find(object, "error");
    if (value == nullptr || value->is_null())
        return std::nullopt;
    const json::object& given = object_of(*value, "error");
    // A code of a newer server is still a failure, and its message says which.
    const auto code = thumbjobs::parse_error_code(text(given, "code"));
    return thumbjobs::JobError{code.value_or(thumbjobs::ErrorCode::internal),
                               text(given, "message")};
}

Job job_of(const json::value& value) {
    const json::object& given = object_of(value, "job");
    Job job;
    job.id = job_id(given, "id");
    job.state = state(given);
    job.original.filename = file_name(text(given, "filename"));
    job.original.media_type = text(given, "media_type");
    job.original.bytes = number(given, "bytes", 0, max_bytes);
    job.original.width = side(given, "width");
    job.original.height = side(given, "height");
    if (const json::value* links = find(given, "links"))
        job.original.available = find(object_of(*links, "links"), "original") != nullptr;
    job.renditions = renditions(given);
    job.priority = integer(given, "priority", -100);
    job.attempts = integer(given, "attempts");
    job.max_attempts = integer(given, "max_attempts");
    job.crashes = integer(given, "crashes");
    const json::value* progress = find(given, "progress");
    if (progress == nullptr)
        refuse("progress");
    json::error_code error;
    job.progress = progress->to_number<double>(error);
    if (error || !std::isfinite(job.progress))
        refuse("progress");
    job.progress = std::clamp(job.progress, 0.0, 1.0);
    job.error = job_error(given);
    job.metadata = metadata(given);
    job.created_at = time(given, "created_at");
    job.updated_at = time(given, "updated_at");
    job.started_at = optional_time(given, "started_at");
    job.finished_at = optional_time(given, "finished_at");
    job.next_attempt_at = optional_time(given, "next_attempt_at");
    job.expires_at = optional_time(given, "expires_at");
    return job;
}

} // namespace

Job parse_job(std::string_view text) {
    return job_of(parse(text));
}

thumbjobs::JobPage parse_job_page(std::string_view json_text) {
    const json::value value = parse(json_text);
    const json::object& given = object_of(value, "jobs");
    thumbjobs::JobPage page;
    for (const json::value& job : array(given, "jobs"))
        page.jobs.push_back(job_of(job));
    const json::value* next = find(given, "next_cursor");
    if (next != nullptr && !next->is_null())
        page.next_cursor = text(given, "next_cursor");
    page.events_cursor = checked_cursor(text(given, "events_cursor"));
    return page;
}

thumbjobs::EngineStats parse_stats(std::string_view json_text) {
    const json::value value = parse(json_text);
    const json::object& given = object_of(value, "jobs");
    const json::value* counts_value = find(given, "jobs");
    const json::value* workers_value = find(given, "workers");
    if (counts_value == nullptr || workers_value == nullptr)
        refuse("jobs");
    const json::object& counts = object_of(*counts_value, "jobs");
    const json::object& workers = object_of(*workers_value, "workers");
    const auto count = [&counts](std::string_view name) {
        return number(counts, name, 0, max_bytes);
    };
    thumbjobs::EngineStats stats;
    stats.store.queued = count("queued");
    stats.store.processing = count("processing");
    stats.store.succeeded = count("succeeded");
    stats.store.failed = count("failed");
    stats.store.cancelled = count("cancelled");
    stats.store.delayed = count("delayed");
    stats.store.finished_last_minute = number(given, "finished_last_minute", 0, max_bytes);
    const json::value* age = find(given, "oldest_queued_age_seconds");
    if (age != nullptr && !age->is_null()) {
        json::error_code error;
        const double seconds = age->to_number<double>(error);
        if (error || !(seconds >= 0) || seconds > 1e10)
            refuse("oldest_queued_age_seconds");
        stats.store.oldest_ready_age =
            thumbjobs::Milliseconds(static_cast<std::int64_t>(seconds * 1'000));
    }
    stats.workers = integer(workers, "total");
    stats.workers_busy = integer(workers, "busy");
    stats.draining = boolean(given, "draining");
    stats.outage = boolean(given, "outage");
    return stats;
}

std::vector<thumbjobs::LogLine> parse_log_lines(std::string_view json_text) {
    const json::value value = parse(json_text);
    const json::object& given = object_of(value, "lines");
    std::vector<thumbjobs::LogLine> lines;
    for (const json::value& element : array(given, "lines")) {
        const json::object& entry = object_of(element, "lines");
        thumbjobs::LogLine line;
        line.sequence = static_cast<std::uint64_t>(
            number(entry, "sequence", 0, std::numeric_limits<std::int64_t>::max()));
        line.time = time(entry, "time");
        const auto level = thumbjobs::parse_log_level(text(entry, "level"));
        if (!level)
            refuse("level");
        line.level = *level;
        line.job = job_id(entry, "job_id");
        line.state = state(entry);
        line.message = text(entry, "message");
        line.worker = text(entry, "worker");
        line.request_id = text(entry, "request_id");
        lines.push_back(std::move(line));
    }
    return lines;
}

JobId parse_deleted(std::string_view json_text) {
    const json::value value = parse(json_text);
    return job_id(object_of(value, "id"), "id");
}

thumbjobs::EventCursor parse_reset(std::string_view json_text) {
    const json::value value = parse(json_text);
    return checked_cursor(text(object_of(value, "cursor"), "cursor"));
}

thumbjobs::EventCursor checked_cursor(std::string_view cursor) {
    const bool usable = cursor.size() <= max_cursor &&
                        std::ranges::all_of(cursor, [](char c) { return c > 0x20 && c < 0x7F; });
    if (!usable)
        refuse("cursor");
    return std::string(cursor);
}

Problem parse_problem(std::string_view json_text) noexcept {
    try {
        const json::value value = parse(json_text);
        const json::object& given = object_of(value, "problem");
        return {text(given, "code"), text(given, "detail")};
    } catch (const std::exception&) {
        return {};
    }
}

} // namespace desktop
