#include "backends/common/store_checks.h"

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

void throw_no_job(const JobId& id) {
    throw Error(ErrorCode::not_found, "There is no job " + id.to_string() + ".");
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
