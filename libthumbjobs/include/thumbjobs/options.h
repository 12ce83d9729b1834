/// \file
/// How an engine is set up.
#pragma once

#include <thumbjobs/observer.h>
#include <thumbjobs/registry.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace thumbjobs {

/// What becomes of the submitted image once its job has succeeded.
enum class Originals {
    keep, ///< It stays as long as the job.
    drop, ///< It is deleted; the job cannot be run again.
};

/// How often and how patiently a job is tried again.
struct RetryPolicy {
    int max_attempts = 3;           ///< 1 to 100; crashes are not counted here.
    int max_crashes = 3;            ///< 1 to 100: decoder deaths after which a job has failed.
    Milliseconds base_delay{1'000}; ///< Greater than zero: the upper bound of the first delay.
    Milliseconds max_delay{60'000}; ///< At least base_delay.
};

/// How an Engine is set up. Plain values with defaults in place; Engine::open() validates them and
/// throws Error(invalid_argument) that names the field, its value and what is accepted.
struct EngineOptions {
    std::string store = "memory:";               ///< URL of the job store.
    std::string storage = "memory:";             ///< URL of the image storage.
    std::string resizer = "jpeg:png:webp:vips:"; ///< URL of the resizer.
    const Registry* registry =
        nullptr; ///< Where URLs are looked up; null: Registry::builtin(). Used by open() only.

    // Ready-made parts, which win over the URLs. Null: opened by URL.
    std::shared_ptr<JobStore> job_store;    ///< In place of `store`.
    std::shared_ptr<Storage> image_storage; ///< In place of `storage`.
    std::shared_ptr<Resizer> image_resizer; ///< In place of `resizer`.

    int workers = 2;  ///< 0 to 256: resizes at a time. 0: a pure producer; no resizer is opened.
    int io_slots = 0; ///< 0 to 1024: jobs under way at a time, so that fetching and storing overlap
                      ///< with resizing; those that are not needed are not made. 0: 64 times
                      ///< `workers`, up to 512, but at least twice `workers`.
    std::string worker_name{}; ///< 0 to 128 printable characters; empty: `<host>-<pid>-<random>`.

    ImageLimits limits;                ///< Each 1 or more.
    std::int64_t max_queued = 100'000; ///< Submits are refused beyond it; 0: no bound.
    RetryPolicy retry;                 ///< Of jobs that this engine submits and runs.
    Milliseconds lease{30'000};        ///< 1 s to 1 h: a dead worker's job is ready again after it.
                                       ///< Renewed every third of it.
    Originals originals = Originals::keep; ///< What becomes of submitted images.
    std::int64_t inline_thumbnails =
        32 << 10; ///< Bytes, 0 to 1 MiB: thumbnails up to this size are committed with their job's
                  ///< success, by job stores that can keep them (JobStore::keeps_up_to()); larger
                  ///< ones go to the storage. 0: all of them do.
    std::optional<Milliseconds>
        retention; ///< After its end, a job is removed; unset: kept for ever. 1 s or more.
    Milliseconds storage_timeout{30'000}; ///< 1 s to 1 h: no storage call takes longer. Tombstones
                                          ///< outlive one lease and this.
    Milliseconds orphan_grace{
        3'600'000}; ///< 1 min or more (tests go lower): blobs that no job names are deleted after
                    ///< it. A submit must reach its record within half of it.
    Milliseconds orphan_interval{
        600'000}; ///< How often the storage is searched for such blobs. Zero: never by itself.
    Milliseconds housekeeping_interval{
        1'000};                 ///< 10 ms to 5 s: expired leases, retention, tombstones.
    int event_history = 20'000; ///< As in BackendContext, for the backends opened by URL.
    std::int64_t disk_reserve = 64LL << 20; ///< Bytes, 0 or more; as in BackendContext.
    bool relaxed_durability = false;        ///< As in BackendContext.

    std::shared_ptr<Observer> observer;    ///< May be null.
    const Clock* clock = &Clock::system(); ///< Outlives the engine.

    /// A durable engine in one folder: SQLite in `<dir>/jobs.db`, images in `<dir>/images`.
    THUMBJOBS_API static EngineOptions in_directory(const std::string& directory);
};

} // namespace thumbjobs
