#pragma once

#include "logging/logger.h"
#include "metrics/metrics.h"

#include <thumbjobs/observer.h>

namespace thumbd {

/// Turns what an engine tells into log lines and metrics. Both outlive it.
class EngineObserver final : public thumbjobs::Observer {
public:
    EngineObserver(Logger& logger, Metrics& metrics) : logger_(logger), metrics_(metrics) {}

    void on_log(const thumbjobs::LogRecord& record) override;
    void on_transition(const thumbjobs::Job& job, thumbjobs::JobState from) override;
    void on_submitted(const thumbjobs::Job& job, bool created) override;
    void on_removed(const thumbjobs::JobId& id) override;
    void on_stage(thumbjobs::Stage stage, std::chrono::nanoseconds duration) override;
    void on_bytes(std::int64_t in, std::int64_t out) override;
    void on_retry(thumbjobs::ErrorCode code) override;
    void on_crash(thumbjobs::ErrorCode code) override;
    void on_lease_lost() override;
    void on_workers_busy(int busy) override;
    void on_sweep(int requeued, int expired, int orphans) override;
    void on_outage(bool down) override;

private:
    Logger& logger_;
    Metrics& metrics_;
};

} // namespace thumbd
