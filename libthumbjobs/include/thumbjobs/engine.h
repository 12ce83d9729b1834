/// \file
/// The class to start with, and what one submits.
#pragma once

#include <thumbjobs/options.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thumbjobs {

/// One image to be made into thumbnails.
struct SubmitRequest {
    BlobPtr image{};                                        ///< The file's bytes.
    std::vector<RenditionSpec> renditions{RenditionSpec{}}; ///< See validate().
    std::string filename{}; ///< Shown to users; a folder in it is cut off, at most 255 bytes of
                            ///< UTF-8 are kept.
    int priority = 0;       ///< -100 to 100; higher runs first.
    std::string idempotency_key{}; ///< Empty: none; 1 to 255 printable ASCII characters.
    std::map<std::string, std::string>
        metadata{};            ///< At most 32 entries, keys to 64, values to 1024 bytes.
    std::string request_id{};  ///< At most 128 printable ASCII characters; made if empty.
    std::string traceparent{}; ///< W3C trace context; may be empty.
};

/// What submit() answers.
struct SubmitResult {
    Job job{};            ///< As it was right after it was queued, or is, if it was there already.
    bool created = false; ///< False: an earlier job with the same idempotency key.
};

/// What stats() answers.
struct EngineStats {
    StoreStats store{};    ///< Of all processes on the store.
    int workers = 0;       ///< Of this process.
    int workers_busy = 0;  ///< Resizing now.
    bool draining = false; ///< stop() is under way or done.
    bool outage = false;   ///< The workers wait for the store or storage to come back.
};

/// Submits images, runs jobs, answers questions: the class to start with.
///
/// Thread-safe. Calls block for the disk (or network) of their store and storage; none of them
/// waits for a job but wait(). Every call may throw Error; those named at a method are its own. No
/// global state: several engines live side by side in a process.
class THUMBJOBS_API Engine {
public:
    /// Opens the backends. Throws Error(invalid_argument) for bad options, Error(incompatible),
    /// Error(store_unavailable), Error(storage_unavailable). No worker runs before start().
    static std::unique_ptr<Engine> open(EngineOptions options);

    /// Stops as by stop().
    virtual ~Engine();

    /// Starts workers and housekeeping. May be called again after stop(). Repeats do nothing.
    virtual void start() = 0;

    /// Drains: claims nothing more, lets running jobs finish for up to `patience`, then gives the
    /// rest back free of charge. Repeats do nothing. Submitting and reading go on working.
    virtual void stop(Milliseconds patience = Milliseconds{10'000}) = 0;

    /// Makes this engine's workers take no new jobs until resume(). Those of other processes go on.
    /// Repeats do nothing.
    virtual void pause() = 0;

    /// Ends pause(). Repeats do nothing.
    virtual void resume() = 0;

    /// Stores the image and queues its job. When it returns, both are durable. Throws Error:
    /// invalid_argument, empty_input, input_too_large, not_an_image, unsupported_format,
    /// idempotency_conflict, queue_full, storage_full, timed_out.
    virtual SubmitResult submit(const SubmitRequest& request) = 0;

    /// The job as it is now; nothing for an unknown or removed id.
    virtual std::optional<Job> get(const JobId& id) = 0;

    /// One page of jobs, by age. Throws Error(invalid_argument) for a bad limit or cursor.
    virtual JobPage list(const ListQuery& query) = 0;

    /// Waits until the job is terminal or `timeout` is over; returns it as it then is. Throws
    /// Error(not_found), also when it is removed meanwhile, Error(closed) when the engine is
    /// destroyed.
    virtual Job wait(const JobId& id, Milliseconds timeout) = 0;

    /// Cancels; see JobStore::cancel().
    virtual Job cancel(const JobId& id) = 0;

    /// Runs a failed or cancelled job again; see JobStore::retry().
    virtual Job retry(const JobId& id) = 0;

    /// Cancels if need be, then removes the job and its images. Throws Error(not_found).
    virtual void remove(const JobId& id) = 0;

    /// Opens the submitted image. Throws Error(not_found).
    virtual BlobPtr open_original(const JobId& id) = 0;

    /// What open_rendition() answers.
    struct OpenedRendition {
        Job job;             ///< As it is now.
        Rendition rendition; ///< What it is: type, size, checksum.
        BlobPtr blob;        ///< Its bytes.
    };

    /// Opens a rendition; an empty name means the first. Throws Error(not_found), Error(conflict)
    /// while the job has not succeeded.
    virtual OpenedRendition open_rendition(const JobId& id, std::string_view name = {}) = 0;

    /// Counts, of the store and of this engine's workers.
    virtual EngineStats stats() = 0;

    /// Lines of the processing log. Throws Error(invalid_argument) for a bad limit.
    virtual std::vector<LogLine> logs(const LogQuery& query) = 0;

    /// Reads events after a cursor; see JobStore::events().
    virtual EventPage events(const EventCursor& after, int limit = 500) = 0;

    /// The cursor after the newest event.
    virtual EventCursor events_end() = 0;

    /// Called in order, from one thread of the engine's; must return quickly and not call back into
    /// the engine. An exception that leaves it ends the subscription.
    using EventHandler = std::function<void(const Event&)>;

    /// A subscription; ends with its last reference. When the destructor returns, the handler is
    /// not running (unless it is the handler that drops it).
    class THUMBJOBS_API Subscription {
    public:
        virtual ~Subscription();
    };

    /// Delivers every event after `from` (by default: from now on) of all processes on the store,
    /// in order, without a gap; a reset event where that is impossible.
    virtual std::shared_ptr<Subscription>
    subscribe(EventHandler handler, std::optional<EventCursor> from = std::nullopt) = 0;

    /// Deletes blobs that no job names, now, if this process gets the sweeper's lease; returns how
    /// many, or nothing if it did not get the lease or the storage belongs to another store. Runs
    /// by itself every `orphan_interval` after start().
    virtual std::optional<int> sweep_orphans() = 0;

    /// Throws Error(store_unavailable) or Error(storage_unavailable) unless both can be used.
    virtual void probe() = 0;

    /// What it was opened with; lives as long as the engine.
    virtual const EngineOptions& options() const noexcept = 0;
};

} // namespace thumbjobs
