/// \file
/// The interface of job stores: the records of jobs, and the queue.
#pragma once

#include <thumbjobs/blob.h>
#include <thumbjobs/event.h>
#include <thumbjobs/job.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// A job as the store keeps it: what users see, and what only the engine needs.
struct JobRecord {
    Job job{};                  ///< What users see.
    std::string original_key{}; ///< In the storage; empty once the original was dropped.
    std::vector<std::string>
        rendition_keys{};   ///< Beside job.renditions; committed with the success. An empty one:
                            ///< the store keeps this rendition, see JobStore::open_kept().
    std::string claim_id{}; ///< Of the latest claim: outputs of that attempt are under
                            ///< `<job>/<claim id>/`. Empty before the first.
    bool deleted = false;   ///< A tombstone: hidden from users; its blobs are being removed.
};

/// The proof that a worker holds a job. Every later call about the attempt must match it.
struct Lease {
    JobId job{};             ///< The job that is held.
    std::uint64_t token = 0; ///< Grows with every claim of the job.
    std::string claim_id{};  ///< `<token>-<16 hexadecimal digits>`: never used twice, even by a
                             ///< store that lost history.

    /// Member by member.
    friend bool operator==(const Lease&, const Lease&) = default;
};

/// The line that a transition leaves in the processing log.
struct LogNote {
    LogLevel level = LogLevel::info; ///< How much it matters.
    std::string message{};           ///< No line when empty.
    std::string worker{};            ///< The process that acts.
};

/// What create() needs.
struct NewJob {
    JobId id{};                                    ///< New.
    Original original{};                           ///< Checked by its first bytes, not decoded.
    std::string original_key{};                    ///< Where it has been stored.
    std::vector<RenditionSpec> specs{};            ///< Validated.
    int priority = 0;                              ///< -100 to 100; higher runs first.
    int max_attempts = 3;                          ///< 1 to 100.
    std::map<std::string, std::string> metadata{}; ///< Validated.
    std::string request_id{};                      ///< Kept with the job; on its log lines.
    std::string traceparent{};                     ///< Kept with the job; may be empty.
    std::string idempotency_key{};                 ///< Empty: none.
    std::string idempotency_fingerprint{};         ///< SHA-256 of image and canonical options.
    std::int64_t max_queued = 0; ///< Refuse when so many jobs are queued; 0: no bound.
    BootTime deadline =
        BootTime::max(); ///< Refuse when this has passed by the time it would be written.
    LogNote note{};      ///< For the processing log.
};

/// What create() answers.
struct CreateResult {
    Job job{};            ///< As it is now.
    bool created = false; ///< False: the earlier job of the same idempotency key.
};

/// What list() is asked for.
struct ListQuery {
    std::vector<JobState> states{}; ///< Empty: all.
    int limit = 50;                 ///< 1 to 500.
    std::string cursor{};           ///< Of the page before; empty: from the start.
    bool ascending = false;         ///< False: newest first.
};

/// What list() answers.
struct JobPage {
    std::vector<Job> jobs{};     ///< In the order that was asked for.
    std::string next_cursor{};   ///< Empty at the end.
    EventCursor events_cursor{}; ///< Following the events from here misses no change to this page.
};

/// What claim() is asked for.
struct ClaimRequest {
    std::string worker{}; ///< Names the claiming process in logs.
    std::string nonce{}; ///< Unique for this call. A repeat with the same nonce, while the batch is
                         ///< still held, returns the same batch.
    int max_jobs = 1;    ///< 1 to 100.
    Milliseconds lease{}; ///< Greater than zero.
};

/// A job that its worker now holds.
struct ClaimedJob {
    JobRecord record{}; ///< State processing, attempts already counted.
    Lease lease{};      ///< To be shown by every later call about it.
};

/// What claim() answers.
struct ClaimResult {
    std::vector<ClaimedJob> jobs{}; ///< In the order to work on them; empty when none is ready.
    std::optional<Milliseconds>
        next_due{}; ///< When none was ready: how long until a waiting retry becomes ready.
};

/// What renew() answers for each lease.
enum class LeaseState {
    held, ///< Extended.
    lost, ///< Another worker holds the job, or it is no longer processing, or gone.
};

/// What complete() commits.
struct Completion {
    int original_width = 0;                    ///< Pixels.
    int original_height = 0;                   ///< Pixels.
    std::vector<Rendition> renditions{};       ///< One for each spec, in that order.
    std::vector<std::string> rendition_keys{}; ///< Where each has been stored; empty for those
                                               ///< that the store is to keep.
    std::vector<Bytes> kept{};  ///< Beside rendition_keys: what the store is to keep, and nothing
                                ///< for the others. May be empty if every rendition has a key.
    bool drop_original = false; ///< Forget the original's key; the caller then removes the blob.
    std::optional<Milliseconds> retention{}; ///< Sets expires_at, counted from now.
    LogNote note{};                          ///< For the processing log.
};

/// What fail() commits.
struct Failure {
    JobError error{};       ///< Stays with the job, also while it waits for a retry.
    bool crash = false;     ///< The decoder died: counts as crash, judged by `max_crashes`.
    bool retryable = false; ///< Of a failure that is no crash: whether another attempt may help.
    int max_crashes = 3;    ///< 1 to 100: crashes after which the job has failed.
    Milliseconds backoff{}; ///< Until the next attempt, if there is one.
    std::optional<Milliseconds> retention{}; ///< Sets expires_at if the job fails for good.
    int original_width = 0;                  ///< If the header could be read.
    int original_height = 0;                 ///< If the header could be read.
    LogNote note{};                          ///< For the processing log.
};

/// What a sweep did.
struct SweepResult {
    int requeued = 0;  ///< Expired leases given back.
    int crashed = 0;   ///< Of those, attempts counted as crashes (marked decoding).
    int failed = 0;    ///< Of those, jobs that reached the crash limit.
    int expired = 0;   ///< Jobs turned into tombstones by retention.
    bool more = false; ///< The bound on one sweep was reached: sweep again.
};

/// What sweep() is asked for.
struct SweepRequest {
    std::string worker{};                    ///< Names the sweeping process in logs.
    int max_crashes = 3;                     ///< 1 to 100: crashes after which a job has failed.
    std::optional<Milliseconds> retention{}; ///< For jobs that a sweep fails.
    Milliseconds tombstone_delay{}; ///< How long a tombstone of retention is kept at the least.
    int limit = 100;                ///< At most so many jobs of each kind, 1 to 1000.
};

/// What stats() answers: jobs, without tombstones.
struct StoreStats {
    std::int64_t queued = 0;     ///< Ready and delayed.
    std::int64_t processing = 0; ///< Held by a worker.
    std::int64_t succeeded = 0;  ///< Kept until retention or removal, as those below.
    std::int64_t failed = 0;     ///< For good.
    std::int64_t cancelled = 0;  ///< On request.
    std::int64_t delayed = 0;    ///< Of the queued: waiting for their back-off.
    std::optional<Milliseconds> oldest_ready_age{}; ///< Since creation, or since its back-off
                                                    ///< ended; unset when none is ready.
    std::int64_t finished_last_minute = 0;          ///< Jobs that reached a terminal state.

    /// How many are in `state`.
    THUMBJOBS_API std::int64_t count(JobState state) const noexcept;
};

/// What logs() is asked for.
struct LogQuery {
    std::optional<JobId> job{};           ///< Of this job only; unset: of all.
    LogLevel min_level = LogLevel::debug; ///< This one and those that matter more.
    std::optional<WallTime> since{};      ///< At or after this time; unset: from the start.
    int limit = 200;                      ///< 1 to 1000; the newest lines that match, oldest first.
};

/// The durable records of jobs and the queue.
///
/// Thread-safe. A call either took effect as a whole or not at all. Every method may throw
/// Error(store_unavailable), which is retryable; after it, the effect of a mutating call is
/// unknown, and the call may be repeated: each says what a repeat does.
///
/// Attempts: a claim adds one. give_back(), release of an expired lease that was not marked
/// decoding, take it back. A crash adds one to `crashes` as well; attempts - crashes is held
/// against max_attempts, crashes against max_crashes.
///
/// Every mutation that a user can see appends one event, and a log line if it has a note, in
/// the same transaction. Both histories are bounded rings.
class THUMBJOBS_API JobStore {
public:
    /// What changed, for a listener.
    struct Change {
        bool work = false;   ///< Jobs may have become ready.
        bool events = false; ///< There are new events.
    };

    /// See set_listener().
    using Listener = std::function<void(Change)>;

    virtual ~JobStore();

    /// For logs: `sqlite:/var/lib/thumbjobs/jobs.db`. Without secrets.
    virtual std::string describe() const = 0;

    /// Names this store's content; made once, at random, with the store. 1 to 64 of `a-z 0-9 -`.
    virtual std::string id() = 0;

    /// Throws Error(store_unavailable) unless the store can be read and written now. Cheap.
    virtual void probe() = 0;

    /// Sets the one function that is told of changes, of this and of other processes; an empty one
    /// ends it. It is called from any thread, even within a call of the store; it must return
    /// quickly and not call the store. After this returns, the former one is not running any more.
    /// Notices are hints: some may come for nothing, a foreign change may take up to a second.
    virtual void set_listener(Listener listener) = 0;

    // --- Submitting

    /// Records a job as queued, durably. Create-or-return by idempotency key: with the same
    /// fingerprint the earlier job, else Error(idempotency_conflict). A repeat with the same id
    /// returns that job as created. Throws Error(queue_full), Error(storage_full), Error(timed_out)
    /// once the deadline has passed.
    virtual CreateResult create(const NewJob& job) = 0;

    // --- Reading

    /// The records of `ids`, in that order; nothing for unknown ones. Tombstones are found, too.
    virtual std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) = 0;

    /// One page of jobs, by age; tombstones are left out. A job that is there during a whole run
    /// through the pages is listed once. Throws Error(invalid_argument) for a bad limit or cursor.
    virtual JobPage list(const ListQuery& query) = 0;

    /// Counts of jobs, all of one moment. Cheap: metrics and full queues ask for it.
    virtual StoreStats stats() = 0;

    /// At most `limit` (1 to 1000) events after `after`. A cursor that is too old, of another
    /// history or malformed gives a page that begins with a reset event.
    virtual EventPage events(const EventCursor& after, int limit) = 0;

    /// The cursor after the newest event.
    virtual EventCursor events_end() = 0;

    /// Lines of the processing log. Throws Error(invalid_argument) for a bad limit.
    virtual std::vector<LogLine> logs(const LogQuery& query) = 0;

    // --- Working

    /// Takes ready jobs: highest priority first, then oldest. Never blocks for work.
    virtual ClaimResult claim(const ClaimRequest& request) = 0;

    /// Extends leases to `lease` from now; one answer for each, in that order. A lease whose time
    /// is over but that nobody took is held again.
    virtual std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) = 0;

    /// Marks the attempt as decoding: if its lease now expires, that counts as a crash. Called only
    /// when the decoder runs in this process. Throws Error(lease_lost). Repeats do no harm.
    virtual void mark_decoding(const Lease& lease) = 0;

    /// Publishes progress, 0 to 1. Throws Error(lease_lost).
    virtual void report_progress(const Lease& lease, double progress) = 0;

    /// Commits the attempt's results, durably, and claims the next jobs in the same call if `next`
    /// is given. A repeat after a success of the same claim succeeds without effect. Throws
    /// Error(lease_lost): nothing was committed nor claimed, and the caller removes its output.
    virtual ClaimResult complete(const Lease& lease, const Completion& completion,
                                 const ClaimRequest* next) = 0;

    /// Ends the attempt without a result: queues the job again with its back-off, or fails it.
    /// Returns the job after. A repeat by the same claim returns the same. Throws
    /// Error(lease_lost).
    virtual Job fail(const Lease& lease, const Failure& failure) = 0;

    /// Queues the job again, free of charge, ready after `delay`. Throws Error(lease_lost). A
    /// repeat by the same claim succeeds.
    virtual void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) = 0;

    // --- Controlling

    /// Cancels a job that is not terminal; returns it. An already cancelled one is returned as it
    /// is. Throws Error(not_found), Error(conflict) for one that succeeded or failed.
    virtual Job cancel(const JobId& id, std::optional<Milliseconds> retention,
                       const LogNote& note) = 0;

    /// Queues a failed or cancelled job anew: attempts, crashes and error are cleared. A queued or
    /// processing one is returned as it is. Throws Error(not_found), Error(conflict) for one that
    /// succeeded or whose original was dropped, Error(queue_full).
    virtual Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note) = 0;

    /// Turns a job, of any state, into a tombstone that is kept for at least `tombstone_delay`;
    /// frees its idempotency key. Returns its record. Throws Error(not_found), for a tombstone as
    /// well.
    virtual JobRecord remove(const JobId& id, Milliseconds tombstone_delay,
                             const LogNote& note) = 0;

    // --- Keeping house. Any process may do it, several at once.

    /// Gives back expired leases, and turns jobs past their retention into tombstones. Costs next
    /// to nothing when there is nothing to do.
    virtual SweepResult sweep(const SweepRequest& request) = 0;

    /// At most `limit` tombstones whose delay is over: remove their blobs, then forget() them.
    virtual std::vector<JobRecord> tombstones(int limit) = 0;

    /// Erases tombstones for good; ids that are none are left alone.
    virtual void forget(std::span<const JobId> ids) = 0;

    /// Takes or extends the named store-wide lease for `owner`; false while another owner holds it.
    virtual bool acquire(std::string_view name, std::string_view owner, Milliseconds duration) = 0;

    // --- Keeping small renditions. A store that keeps none has no need of these.

    /// The most bytes of a rendition that complete() may hand over in place of a key; 0: none, as
    /// unless overridden. Never changes. Only complete() that takes effect leaves anything, in the
    /// commit of its success: one that lost its lease or is a repeat does not. What is kept never
    /// changes, is opened by open_kept() until the job is a tombstone, and is gone from the store
    /// with that, so that nobody has to remove it.
    virtual std::int64_t keeps_up_to() const noexcept;

    /// Opens the rendition `index`, counted as in Job::renditions, whose key is empty. It is in
    /// memory. Throws Error(not_found), for a tombstone as well.
    virtual BlobPtr open_kept(const JobId& id, std::size_t index);
};

} // namespace thumbjobs
