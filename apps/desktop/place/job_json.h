#pragma once

#include <thumbjobs/engine.h>

#include <stdexcept>
#include <string_view>
#include <vector>

namespace desktop {

/// A server's answer is not what the contract (docs/http-api.md) says. The text names the member.
class BadAnswer : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// What thumbd answers, read without trust: a member that is missing, of the wrong type or out of
// its range throws BadAnswer; members that nobody asked for are left alone, since a newer server
// may have more. Depth is bounded, size by the caller.

/// A job; `specs`, `request_id` and `traceparent` stay empty, since the server does not tell them.
thumbjobs::Job parse_job(std::string_view json);

thumbjobs::JobPage parse_job_page(std::string_view json);
thumbjobs::EngineStats parse_stats(std::string_view json);
std::vector<thumbjobs::LogLine> parse_log_lines(std::string_view json);

/// The `id` of a deleted event's data.
thumbjobs::JobId parse_deleted(std::string_view json);

/// The `cursor` of a reset event's data.
thumbjobs::EventCursor parse_reset(std::string_view json);

/// A cursor that can go into a header: at most 256 printable ASCII characters. Throws BadAnswer.
thumbjobs::EventCursor checked_cursor(std::string_view text);

/// An RFC 9457 problem; empty members where the answer is none. Never throws.
struct Problem {
    std::string code{};
    std::string detail{};
};
Problem parse_problem(std::string_view json) noexcept;

} // namespace desktop
