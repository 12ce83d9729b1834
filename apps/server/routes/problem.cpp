#include "routes/problem.h"

#include "routes/json_text.h"

#include <thumbjobs/memory_full.h>

#include <array>
#include <utility>

namespace thumbd {
namespace {

using thumbjobs::ErrorCode;

struct Mapping {
    ErrorCode code;
    int status;
    int retry_after;
};

/// Every code that is not named here is a fault of ours: 500.
constexpr std::array mappings{
    Mapping{ErrorCode::invalid_argument, 400, 0},
    Mapping{ErrorCode::not_found, 404, 0},
    Mapping{ErrorCode::conflict, 409, 0},
    Mapping{ErrorCode::idempotency_conflict, 422, 0},
    Mapping{ErrorCode::empty_input, 400, 0},
    Mapping{ErrorCode::input_too_large, 413, 0},
    Mapping{ErrorCode::not_an_image, 415, 0},
    Mapping{ErrorCode::unsupported_format, 415, 0},
    Mapping{ErrorCode::image_too_large, 422, 0},
    Mapping{ErrorCode::image_truncated, 422, 0},
    Mapping{ErrorCode::image_corrupt, 422, 0},
    Mapping{ErrorCode::queue_full, 429, 5},
    Mapping{ErrorCode::storage_full, 507, 60},
    Mapping{ErrorCode::store_unavailable, 503, 2},
    Mapping{ErrorCode::storage_unavailable, 503, 2},
    Mapping{ErrorCode::timed_out, 503, 2},
    Mapping{ErrorCode::closed, 503, 2},
};

constexpr int memory_full_retry_after = 10; ///< Seconds.

constexpr std::array<std::pair<int, std::string_view>, 22> reasons{{
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

} // namespace

http::Response to_response(const Problem& problem) {
    JsonObject body;
    body.add("type", "about:blank");
    body.add("title", reason_phrase(problem.status));
    body.add("status", problem.status);
    body.add("detail", problem.detail);
    body.add("code", problem.code);
    if (!problem.job_id.empty())
        body.add("job_id", problem.job_id);
    http::Response response;
    response.status = problem.status;
    response.headers.add("Content-Type", "application/problem+json");
    response.headers.add("Cache-Control", "no-store");
    if (problem.retry_after > 0)
        response.headers.add("Retry-After", std::to_string(problem.retry_after));
    response.body = QByteArray::fromStdString(body.text() + '\n');
    return response;
}

Problem to_problem(const thumbjobs::Error& error, std::string_view job_id) {
    Problem problem{500, std::string(to_string(error.code())), error.what(), std::string(job_id),
                    0};
    if (dynamic_cast<const thumbjobs::MemoryFull*>(&error) != nullptr) {
        problem.status = 503;
        problem.retry_after = memory_full_retry_after;
        return problem;
    }
    for (const auto& mapping : mappings) {
        if (mapping.code == error.code()) {
            problem.status = mapping.status;
            problem.retry_after = mapping.retry_after;
            return problem;
        }
    }
    problem.detail = "Something went wrong here; the log has the details.";
    return problem;
}

Problem to_problem(const http::Refusal& refusal) {
    return {refusal.status, refusal.code, refusal.detail, {}, refusal.retry_after};
}

Problem bad_parameter(std::string_view name, std::string_view value, std::string_view accepted) {
    constexpr std::size_t longest = 100;
    std::string detail = std::string(name) + ": \"" + std::string(value.substr(0, longest)) +
                         (value.size() > longest ? "...\"" : "\"") + " is not accepted; it takes " +
                         std::string(accepted) + '.';
    return {400, "invalid_argument", std::move(detail), {}, 0};
}

Problem no_such_job(std::string_view id) {
    return {404, "not_found", "There is no such job.", std::string(id.substr(0, 64)), 0};
}

Problem draining_problem() {
    return {503, "draining", "The process is about to end; ask another one.", {}, 1};
}

std::string_view reason_phrase(int status) noexcept {
    for (const auto& [known, phrase] : reasons)
        if (known == status)
            return phrase;
    return "Error";
}

} // namespace thumbd
