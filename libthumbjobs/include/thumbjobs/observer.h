#pragma once

#include <thumbjobs/event.h>

#include <string_view>

namespace thumbjobs {

/// A part of a job's life whose duration is measured.
enum class Stage {
    store,   ///< Submit: the original into the storage.
    enqueue, ///< Submit: the record into the job store.
    wait,    ///< From ready to claimed.
    fetch,   ///< The original out of the storage.
    resize,  ///< Decoding, resizing, encoding; waiting for a CPU slot not included.
    put,     ///< The renditions into the storage.
    commit,  ///< The result into the job store.
};

THUMBJOBS_API std::string_view to_string(Stage stage) noexcept;

/// A line for the process's own log.
struct LogRecord {
    LogLevel level = LogLevel::info;
    std::string_view message{};
    const JobId* job = nullptr;     ///< Null when it is about no job.
    std::string_view request_id{};  ///< May be empty.
    std::string_view traceparent{}; ///< May be empty.
    std::string_view error_code{};  ///< May be empty.
    std::string_view detail{};      ///< For the log only; may be empty.
};

/// Watches an engine: logs and metrics hang on it. Every method does nothing by default, is called
/// from any of the engine's threads, must be thread-safe and quick, and must not call the engine.
class THUMBJOBS_API Observer {
public:
    virtual ~Observer();
    virtual void on_log(const LogRecord&) {}

    /// A transition made by this process. `job` is as it is now.
    virtual void on_transition(const Job& /*job*/, JobState /*from*/) {}
    virtual void on_submitted(const Job& /*job*/, bool /*created*/) {}
    virtual void on_removed(const JobId& /*id*/) {}
    virtual void on_stage(Stage, std::chrono::nanoseconds) {}
    virtual void on_bytes(std::int64_t /*in*/, std::int64_t /*out*/) {} ///< Of one finished job.
    virtual void on_retry(ErrorCode) {}
    virtual void on_crash(ErrorCode) {}
    virtual void on_lease_lost() {}
    virtual void on_workers_busy(int /*busy*/) {}
    virtual void on_sweep(int /*requeued*/, int /*expired*/, int /*orphans*/) {}
    virtual void on_outage(bool /*down*/) {
    } ///< The store or storage became unusable, or usable again, for the workers.
};

} // namespace thumbjobs
