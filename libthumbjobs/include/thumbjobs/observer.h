/// \file
/// The hook for logs and metrics.
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

/// `store`, `enqueue`, `wait`, `fetch`, `resize`, `put`, `commit`.
THUMBJOBS_API std::string_view to_string(Stage stage) noexcept;

/// A line for the process's own log.
struct LogRecord {
    LogLevel level = LogLevel::info; ///< How much it matters.
    std::string_view message{};      ///< One line for people. Borrowed, as all views here.
    const JobId* job = nullptr;      ///< Null when it is about no job.
    std::string_view request_id{};   ///< May be empty.
    std::string_view traceparent{};  ///< May be empty.
    std::string_view error_code{};   ///< May be empty.
    std::string_view detail{};       ///< For the log only; may be empty.
};

/// Watches an engine: logs and metrics hang on it. Every method does nothing by default, is called
/// from any of the engine's threads, must be thread-safe and quick, and must not call the engine.
class THUMBJOBS_API Observer {
public:
    virtual ~Observer();

    /// A line for the process's own log; the record is borrowed.
    virtual void on_log(const LogRecord&) {}

    /// A transition made by this process. `job` is as it is now.
    virtual void on_transition(const Job& /*job*/, JobState /*from*/) {}

    /// A submit was acknowledged; `created` is false if the job was there already.
    virtual void on_submitted(const Job& /*job*/, bool /*created*/) {}

    /// This process removed a job.
    virtual void on_removed(const JobId& /*id*/) {}

    /// A part of a submit or an attempt took so long.
    virtual void on_stage(Stage, std::chrono::nanoseconds) {}

    /// Bytes of the original and of all renditions of one job that succeeded here.
    virtual void on_bytes(std::int64_t /*in*/, std::int64_t /*out*/) {}

    /// An attempt of this process failed of that, and its job will be tried again.
    virtual void on_retry(ErrorCode) {}

    /// An attempt took its decoder down.
    virtual void on_crash(ErrorCode) {}

    /// An attempt of this process ended in vain: its job was cancelled, removed or taken over.
    virtual void on_lease_lost() {}

    /// How many CPU slots of this process are in use, at every change; 0 to EngineOptions::workers.
    virtual void on_workers_busy(int /*busy*/) {}

    /// Housekeeping did something: leases given back, jobs expired, orphaned blobs deleted.
    virtual void on_sweep(int /*requeued*/, int /*expired*/, int /*orphans*/) {}

    /// The store or storage became unusable, or usable again, for the workers.
    virtual void on_outage(bool /*down*/) {}
};

} // namespace thumbjobs
