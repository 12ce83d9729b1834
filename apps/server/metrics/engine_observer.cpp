#include "metrics/engine_observer.h"

#include "http/trace.h"

#include <algorithm>
#include <string>

namespace thumbd {

void EngineObserver::on_log(const thumbjobs::LogRecord& record) {
    if (!logger_.enabled(record.level))
        return;
    const std::string id = record.job != nullptr ? record.job->to_string() : std::string();
    logger_.write(record.level, record.message,
                  {{"job_id", id},
                   {"request_id", record.request_id},
                   {"trace_id", http::trace_id(record.traceparent)},
                   {"code", record.error_code},
                   {"detail", record.detail}});
}

void EngineObserver::on_transition(const thumbjobs::Job& job, thumbjobs::JobState from) {
    metrics_.count_transition(from, job.state);
    if (job.state == thumbjobs::JobState::failed && job.error)
        metrics_.count_failure(job.error->code);
    if (job.state == thumbjobs::JobState::succeeded && job.finished_at)
        metrics_.observe_stage(
            "total", std::max(*job.finished_at - job.created_at, thumbjobs::WallTime::duration{0}));
}

void EngineObserver::on_submitted(const thumbjobs::Job&, bool created) {
    metrics_.count_submitted(created);
}

void EngineObserver::on_removed(const thumbjobs::JobId&) {
    metrics_.count_removed();
}

void EngineObserver::on_stage(thumbjobs::Stage stage, std::chrono::nanoseconds duration) {
    metrics_.observe_stage(to_string(stage), duration);
}

void EngineObserver::on_bytes(std::int64_t in, std::int64_t out) {
    metrics_.count_image_bytes(in, out);
}

void EngineObserver::on_retry(thumbjobs::ErrorCode code) {
    metrics_.count_retry(code);
}

void EngineObserver::on_crash(thumbjobs::ErrorCode code) {
    metrics_.count_crash(code);
}

void EngineObserver::on_lease_lost() {
    metrics_.count_lease_lost();
}

void EngineObserver::on_workers_busy(int busy) {
    metrics_.set_workers_busy(busy);
}

void EngineObserver::on_sweep(int requeued, int expired, int orphans) {
    metrics_.count_sweep(requeued, expired, orphans);
}

void EngineObserver::on_outage(bool down) {
    metrics_.set_outage(down);
}

} // namespace thumbd
