#pragma once

#include "events/job_waiters.h"
#include "handlers/query.h"
#include "handlers/services.h"

#include <thumbjobs/job.h>

#include <string>

namespace thumbd {

/// The query of a routed request. Throws BadRequest for a parameter that its route does not know.
Parameters parameters_of(const http::Exchange& exchange);

/// Answers with JSON.
void answer_json(http::Exchange& exchange, int status, const std::string& json,
                 http::Headers headers = {});

/// Answers with plain text.
void answer_text(http::Exchange& exchange, int status, const std::string& text);

/// Answers with a job and its ETag; 304 when the client of a GET has it already.
void answer_job(http::Exchange& exchange, int status, const thumbjobs::Job& job,
                http::Headers headers = {});

/// Whether an `If-None-Match` field names `etag`, compared weakly (RFC 9110, 8.8.3.2).
bool matches_etag(std::string_view field, std::string_view etag) noexcept;

/// A wait for a job's end that begins before one looks at the job, so that the end is not missed.
struct Wait {
    thumbjobs::Milliseconds timeout{0};
    JobWaiters::Moment since = 0;
};

/// Does not wait at all, with a time-out of 0, if `timeout` is that or the end could not be seen
/// from here. May block for the store; for use on the executor.
Wait begin_wait(Services& services, thumbjobs::Milliseconds timeout);

/// Answers with the job once it has ended, or as it is when the wait is over: with 200 or
/// `unfinished_status`.
void answer_when_ended(Services& services, const ExchangePtr& exchange, thumbjobs::Job job,
                       const Wait& wait, int unfinished_status, http::Headers headers = {});

} // namespace thumbd
