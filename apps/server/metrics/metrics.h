#pragma once

#include "http/options.h"
#include "http/server_pool.h"

#include <thumbjobs/engine.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace thumbd {

/// One metric family; docs/metrics.md explains each.
struct MetricInfo {
    std::string_view name;
    std::string_view type;   ///< `counter`, `gauge`, `histogram`
    std::string_view labels; ///< Separated by commas.
    std::string_view help;
};

/// Every family that is exported.
std::span<const MetricInfo> metric_table();

/// What is read at a scrape, not counted along.
struct MetricsSnapshot {
    http::GateStatistics gate;
    std::uint64_t log_lines_dropped = 0;
    std::size_t requests_waiting = 0; ///< For a thread of the executor.
};

/// The process's metrics, in a registry of prometheus-cpp. Thread-safe.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // --- Counted along, by the engine's observer and the gate's access log.
    void count_transition(thumbjobs::JobState from, thumbjobs::JobState to);
    void count_submitted(bool created);
    void count_removed();
    void observe_stage(std::string_view stage, std::chrono::nanoseconds duration);
    void count_image_bytes(std::int64_t in, std::int64_t out);
    void count_failure(thumbjobs::ErrorCode code);
    void count_retry(thumbjobs::ErrorCode code);
    void count_crash(thumbjobs::ErrorCode code);
    void count_lease_lost();
    void set_workers_busy(int busy);
    void count_sweep(int requeued, int expired, int orphans);
    void set_outage(bool down);
    void set_sandboxed(bool sandboxed);
    void count_request(const http::AccessRecord& record);

    // --- At a scrape.
    void set_engine(const thumbjobs::EngineStats& stats);
    void set_store_reachable(bool reachable);
    void set_snapshot(const MetricsSnapshot& snapshot);

    /// All metrics as Prometheus text, those of the process read now.
    std::string text();

private:
    struct Families;
    void set_process();

    std::unique_ptr<Families> families_;
};

} // namespace thumbd
