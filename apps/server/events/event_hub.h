#pragma once

#include "handlers/services.h"

#include <thumbjobs/engine.h>

#include <QByteArray>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace thumbd {

/// Which events a stream shows.
struct EventFilter {
    std::optional<thumbjobs::JobId> job;
    std::vector<thumbjobs::JobState> states; ///< Empty: all. Deletions and resets always pass.

    bool passes(const thumbjobs::Event& event) const;
};

/// An event as it goes over the wire: `id`, `event`, `data`.
QByteArray to_server_sent_event(const thumbjobs::Event& event);

/// Brings the engine's events to all event streams: one subscription, each event written out
/// once, and a ring of the latest, from which a stream that catches up joins without a gap or a
/// repeat. Thread-safe but where noted.
class EventHub {
public:
    EventHub(thumbjobs::Engine& engine, Executor& executor, JobWaiters& waiters, Logger& logger);
    ~EventHub();
    EventHub(const EventHub&) = delete;
    EventHub& operator=(const EventHub&) = delete;

    /// Subscribes at the first call; may block for the store. Nothing is read before somebody
    /// listens.
    void ensure_subscribed();

    /// Makes the exchange an event stream that begins after `since`, or now. On its loop's thread.
    void open(const ExchangePtr& exchange, EventFilter filter, std::optional<std::string> since);

    /// Writes a comment to every stream, so that proxies keep it and dead clients are noticed.
    void heartbeat();

    /// Ends the subscription. No stream may be opened any more.
    void stop();

private:
    struct Entry {
        thumbjobs::Event event; ///< Without the job's details beyond what filters need.
        QByteArray text;
    };
    using EntryPtr = std::shared_ptr<const Entry>;
    struct Stream;
    using StreamPtr = std::shared_ptr<Stream>;

    /// The streams of one loop thread; used on that thread only, but for what the mutex guards.
    struct Group {
        std::vector<StreamPtr> streams;
        std::uint64_t next = 0; ///< Index of the first entry that live streams have not had.
        ExchangePtr doorway;    ///< Guarded: any exchange of the loop, to post through.
        bool notified = false;  ///< Guarded: a delivery is on its way.
    };
    using GroupPtr = std::shared_ptr<Group>;

    static bool send(Stream& stream, const QByteArray& text);
    void on_event(const thumbjobs::Event& event);
    bool skip(const thumbjobs::Event& event);
    void notify_locked(const GroupPtr& group);
    void deliver(const GroupPtr& group);
    void begin(const GroupPtr& group, const StreamPtr& stream, bool from_now);
    void advance(const GroupPtr& group, const StreamPtr& stream);
    bool try_join(const GroupPtr& group, const StreamPtr& stream);
    void read_page(const GroupPtr& group, const StreamPtr& stream);
    void take_page(const GroupPtr& group, const StreamPtr& stream,
                   const thumbjobs::EventPage& page);
    void drop(const GroupPtr& group, const StreamPtr& stream);
    GroupPtr group_of_this_thread(const ExchangePtr& exchange);
    std::vector<EntryPtr> entries_from_locked(std::uint64_t index) const;

    thumbjobs::Engine& engine_;
    Executor& executor_;
    JobWaiters& waiters_;
    Logger& logger_;

    std::mutex subscribe_mutex_;
    std::shared_ptr<thumbjobs::Engine::Subscription> subscription_;

    std::mutex mutex_;
    std::deque<EntryPtr> ring_;
    std::uint64_t first_ = 0; ///< Index of ring_.front().
    std::size_t ring_bytes_ = 0;
    std::string before_ring_; ///< The cursor right before ring_.front().
    std::unordered_map<std::thread::id, GroupPtr> groups_;
};

} // namespace thumbd
