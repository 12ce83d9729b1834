#include "backends/common/store_checks.h"

#include <algorithm>
#include <charconv>

namespace thumbjobs {

void require_range(std::string_view field, std::int64_t value, std::int64_t least,
                   std::int64_t most) {
    if (value < least || value > most)
        throw Error(ErrorCode::invalid_argument,
                    std::string(field) + " is " + std::to_string(value) + "; it must be " +
                        std::to_string(least) + " to " + std::to_string(most) + ".");
}

void require_progress(double progress) {
    if (!(progress >= 0 && progress <= 1))
        throw Error(ErrorCode::invalid_argument,
                    "progress is " + std::to_string(progress) + "; it must be 0 to 1.");
}

void require_claim(const ClaimRequest& request) {
    require_range("max_jobs", request.max_jobs, 1, 100);
    if (request.lease <= Milliseconds::zero())
        throw Error(ErrorCode::invalid_argument, "lease is " +
                                                     std::to_string(request.lease.count()) +
                                                     " ms; it must be greater than zero.");
}

void require_kept(const Completion& completion) {
    const std::vector<std::string>& keys = completion.rendition_keys;
    require_range("rendition_keys", static_cast<std::int64_t>(keys.size()), 0, most_renditions);
    for (std::size_t i = 0; i < std::max(keys.size(), completion.kept.size()); ++i) {
        const std::size_t bytes = i < completion.kept.size() ? completion.kept[i].size() : 0;
        const bool has_key = i >= keys.size() || !keys[i].empty();
        if (has_key == (bytes > 0))
            throw Error(ErrorCode::invalid_argument,
                        "Rendition " + std::to_string(i) +
                            (has_key ? " is to be kept, but is not without a key."
                                     : " has neither a key nor bytes to keep."));
        require_range("kept", static_cast<std::int64_t>(bytes), 0, most_kept_bytes);
    }
}

void throw_no_job(const JobId& id) {
    throw Error(ErrorCode::not_found, "There is no job " + id.to_string() + ".");
}

void throw_no_image(const JobId& id) {
    throw Error(ErrorCode::not_found, "The image of job " + id.to_string() + " is gone.");
}

void throw_lease_lost() {
    throw Error(ErrorCode::lease_lost, "The lease on this job is lost.");
}

void throw_queue_full(std::int64_t max_queued) {
    throw Error(ErrorCode::queue_full, "The queue is full: " + std::to_string(max_queued) +
                                           " jobs wait already. Try again later.");
}

void throw_idempotency_conflict() {
    throw Error(ErrorCode::idempotency_conflict,
                "This idempotency key was used before, with another image or other options.");
}

void throw_deadline_passed() {
    throw Error(ErrorCode::timed_out, "The job could not be recorded in time. Submit it again.");
}

std::string make_list_cursor(const JobId& last, bool ascending) {
    std::string cursor(1, ascending ? 'a' : 'd');
    cursor += last.to_string();
    return cursor;
}

JobId parse_list_cursor(std::string_view cursor, bool ascending) {
    if (!cursor.empty() && cursor.front() == (ascending ? 'a' : 'd'))
        if (const std::optional<JobId> id = JobId::parse(cursor.substr(1)))
            return *id;
    throw Error(ErrorCode::invalid_argument,
                "cursor is not one that the page before gave for the same order.");
}

EventCursor make_event_cursor(std::string_view history, std::uint64_t sequence) {
    EventCursor cursor(history);
    cursor += '-';
    cursor += std::to_string(sequence);
    return cursor;
}

std::optional<std::uint64_t> parse_event_cursor(std::string_view cursor, std::string_view history) {
    if (!cursor.starts_with(history) || cursor.size() < history.size() + 2 ||
        cursor[history.size()] != '-')
        return std::nullopt;
    const std::string_view digits = cursor.substr(history.size() + 1);
    std::uint64_t sequence = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    return sequence;
}

} // namespace thumbjobs
