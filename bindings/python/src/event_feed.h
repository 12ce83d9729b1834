#pragma once

#include <thumbjobs/engine.h>

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <vector>

namespace thumbjobs::python {

/// Which events a feed is for. Resets always are.
struct EventFilter {
    std::optional<JobId> job{};
    std::vector<JobState> states{}; ///< Empty: all. Deletions pass.

    bool passes(const Event& event) const;
};

/// Events on their way to Python: the engine's thread puts them in and never waits for Python, an
/// iterator takes them out. Bounded: one that lags behind more than `capacity` events goes on from
/// the cursor of the last that it took, so nothing is missed. Thread-safe; needs no GIL.
class EventFeed {
public:
    static constexpr std::size_t capacity = 1'024;

    EventFeed(const std::shared_ptr<Engine>& engine, EventFilter filter,
              std::optional<EventCursor> from);
    ~EventFeed();
    EventFeed(const EventFeed&) = delete;
    EventFeed& operator=(const EventFeed&) = delete;

    /// The next event, if it has arrived.
    std::optional<Event> take();

    /// Waits until there is an event or the feed is closed; false when `time` is over.
    bool wait(Milliseconds time);

    /// Readable while there is an event, or when the feed is closed. Owned by the feed.
    int descriptor();

    /// Ends it; may be called from any thread.
    void close();
    bool closed() const;

private:
    struct Inbox;

    void subscribe(Engine& engine, std::optional<EventCursor> from);

    const std::weak_ptr<Engine> engine_;
    const EventFilter filter_;
    const std::shared_ptr<Inbox> inbox_;                 ///< Shared with the handler.
    std::shared_ptr<Engine::Subscription> subscription_; ///< Guarded by the inbox's `taking`.
};

void bind_event_feed(pybind11::module_& module);

} // namespace thumbjobs::python
