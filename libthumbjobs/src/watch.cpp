#include "src/watch.h"

#include <thumbjobs/error.h>

namespace thumbjobs {

void Watch::stage(Stage stage, std::chrono::nanoseconds duration) const noexcept {
    tell([&](Observer& observer) { observer.on_stage(stage, duration); });
}

void Watch::transition(const Job& job, JobState from) const noexcept {
    tell([&](Observer& observer) { observer.on_transition(job, from); });
}

void Watch::log(LogLevel level, std::string_view message, const Job& job,
                std::string_view error_code, std::string_view detail) const noexcept {
    tell([&](Observer& observer) {
        observer.on_log({.level = level,
                         .message = message,
                         .job = &job.id,
                         .request_id = job.request_id,
                         .traceparent = job.traceparent,
                         .error_code = error_code,
                         .detail = detail});
    });
}

void Watch::log(LogLevel level, std::string_view message, std::string_view error_code,
                std::string_view detail) const noexcept {
    tell([&](Observer& observer) {
        observer.on_log({.level = level,
                         .message = message,
                         .request_id = {},
                         .traceparent = {},
                         .error_code = error_code,
                         .detail = detail});
    });
}

void Watch::log(LogLevel level, std::string_view message,
                const std::exception& error) const noexcept {
    if (const auto* ours = dynamic_cast<const Error*>(&error))
        log(level, message, to_string(ours->code()),
            ours->detail().empty() ? std::string_view(ours->what()) : ours->detail());
    else
        log(level, message, to_string(ErrorCode::internal), error.what());
}

} // namespace thumbjobs
