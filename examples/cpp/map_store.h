#pragma once

#include <thumbjobs/job_store.h>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

/// A job store out of a std::map and a mutex, written to be read: each method does what job_store.h
/// asks for in the fewest steps. It passes thumbjobs' suite for job stores.
///
/// What it does not do: it forgets everything with the process, serves that one process only, and
/// looks through all jobs where a store for many would keep an index. A store on a database keeps
/// this shape: one transaction in place of each lock, one index in place of each loop.
class MapStore final : public thumbjobs::JobStore {
public:
    explicit MapStore(const thumbjobs::Clock& clock = thumbjobs::Clock::system(),
                      int history = 20'000);

    std::string describe() const override { return "map:"; }
    std::string id() override { return id_; }
    void probe() override {}
    void set_listener(Listener listener) override;

    thumbjobs::CreateResult create(const thumbjobs::NewJob& job) override;

    std::vector<std::optional<thumbjobs::JobRecord>>
    find(std::span<const thumbjobs::JobId> ids) override;
    thumbjobs::JobPage list(const thumbjobs::ListQuery& query) override;
    thumbjobs::StoreStats stats() override;
    thumbjobs::EventPage events(const thumbjobs::EventCursor& after, int limit) override;
    thumbjobs::EventCursor events_end() override;
    std::vector<thumbjobs::LogLine> logs(const thumbjobs::LogQuery& query) override;

    thumbjobs::ClaimResult claim(const thumbjobs::ClaimRequest& request) override;
    std::vector<thumbjobs::LeaseState> renew(std::span<const thumbjobs::Lease> leases,
                                             thumbjobs::Milliseconds lease) override;
    void mark_decoding(const thumbjobs::Lease& lease) override;
    void report_progress(const thumbjobs::Lease& lease, double progress) override;
    thumbjobs::ClaimResult complete(const thumbjobs::Lease& lease,
                                    const thumbjobs::Completion& completion,
                                    const thumbjobs::ClaimRequest* next) override;
    thumbjobs::Job fail(const thumbjobs::Lease& lease, const thumbjobs::Failure& failure) override;
    void give_back(const thumbjobs::Lease& lease, thumbjobs::Milliseconds delay,
                   const thumbjobs::LogNote& note) override;

    thumbjobs::Job cancel(const thumbjobs::JobId& id,
                          std::optional<thumbjobs::Milliseconds> retention,
                          const thumbjobs::LogNote& note) override;
    thumbjobs::Job retry(const thumbjobs::JobId& id, std::int64_t max_queued,
                         const thumbjobs::LogNote& note) override;
    thumbjobs::JobRecord remove(const thumbjobs::JobId& id, thumbjobs::Milliseconds tombstone_delay,
                                const thumbjobs::LogNote& note) override;

    thumbjobs::SweepResult sweep(const thumbjobs::SweepRequest& request) override;
    std::vector<thumbjobs::JobRecord> tombstones(int limit) override;
    void forget(std::span<const thumbjobs::JobId> ids) override;
    bool acquire(std::string_view name, std::string_view owner,
                 thumbjobs::Milliseconds duration) override;

private:
    /// How the latest claim of a job ended: tells a repeated call from a late one.
    enum class Ending { open, completed, failed, given_back, revoked };

    struct Entry {
        thumbjobs::JobRecord record;
        std::uint64_t number = 0; ///< In the order of creation.
        std::string idempotency_key;
        std::string fingerprint;
        std::uint64_t token = 0; ///< Of the latest claim, as the two below.
        std::string nonce;
        Ending ending = Ending::open;
        bool decoding = false;
        thumbjobs::BootTime due{}; ///< Queued: ready from then on. Processing: end of the lease.
                                   ///< Tombstone: may be forgotten from then on.
    };

    /// One row of history: an event, and a log line if its note has a text.
    struct Row {
        thumbjobs::Event::Kind kind;
        thumbjobs::Job job;
        thumbjobs::LogNote note;
        thumbjobs::WallTime time;
    };

    struct StoreLease {
        std::string owner;
        thumbjobs::BootTime end{};
    };

    // Throw Error(invalid_argument).
    static void check(const char* field, int value, int least, int most);
    static void check(const thumbjobs::ClaimRequest& request);

    // All of these are called with the mutex held.
    Entry& require(const thumbjobs::JobId& id);
    Entry* leased(const thumbjobs::Lease& lease, Ending repeat);
    std::vector<Entry*> entries(const std::function<bool(const Entry&)>& wanted);
    void require_room(std::int64_t max_queued);
    void queue(Entry& entry, thumbjobs::Milliseconds delay);
    void finish(Entry& entry, thumbjobs::JobState state,
                std::optional<thumbjobs::Milliseconds> retention);
    void bury(Entry& entry, thumbjobs::Milliseconds delay);
    void take(Entry& entry, const thumbjobs::ClaimRequest& request);
    bool expire(Entry& entry, const thumbjobs::SweepRequest& request);
    void publish(const Entry& entry, const thumbjobs::LogNote& note);
    thumbjobs::ClaimResult claim_now(const thumbjobs::ClaimRequest& request);
    thumbjobs::EventCursor cursor(std::uint64_t row) const;

    const thumbjobs::Clock& clock_;
    const std::size_t capacity_; ///< Rows of history.
    const std::string id_;
    const std::string history_; ///< Names this history: cursors of another one are told by it.

    std::mutex mutex_; ///< Guards everything below.
    Listener listener_;
    std::map<thumbjobs::JobId, Entry> jobs_; ///< By id, and so by age; tombstones as well.
    std::deque<Row> rows_;
    std::uint64_t last_row_ = 0; ///< Number of the newest row, counted from 1.
    std::deque<thumbjobs::BootTime> finished_;
    std::map<std::string, StoreLease, std::less<>> leases_;
    std::uint64_t last_number_ = 0;
};
