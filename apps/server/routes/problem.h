#pragma once

#include "http/options.h"
#include "http/request_head.h"

#include <thumbjobs/error.h>

#include <string>
#include <string_view>

namespace thumbd {

/// An answer that something went wrong: RFC 9457 `application/problem+json`.
struct Problem {
    int status = 500;
    std::string code;    ///< For programs; stable.
    std::string detail;  ///< A sentence for people.
    std::string job_id;  ///< Where it is about a job.
    int retry_after = 0; ///< Seconds; 0: no Retry-After.
};

http::Response to_response(const Problem& problem);

/// What a failed call of the library is to the client. An internal error's text is kept back.
Problem to_problem(const thumbjobs::Error& error, std::string_view job_id = {});

/// The gate's own refusals in the same form.
Problem to_problem(const http::Refusal& refusal);

/// A 400 for a query parameter, header or form field.
Problem bad_parameter(std::string_view name, std::string_view value, std::string_view accepted);

/// A 404 for a job.
Problem no_such_job(std::string_view id);

/// A 503: the process is about to end.
Problem draining_problem();

/// `Bad Request`, ...
std::string_view reason_phrase(int status) noexcept;

} // namespace thumbd
