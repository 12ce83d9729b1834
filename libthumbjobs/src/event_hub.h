#pragma once

#include "src/core.h"

#include <thumbjobs/engine.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace thumbjobs {

/// Reads the store's events for all who listen in this process, with one thread, and only while
/// somebody does. Those who stand at the same cursor share one read. Thread-safe.
class EventHub {
public:
    explicit EventHub(const Core& core);

    /// Ends all subscriptions: nothing is delivered after it.
    ~EventHub();

    /// See Engine::subscribe().
    std::shared_ptr<Engine::Subscription> subscribe(Engine::EventHandler handler,
                                                    std::optional<EventCursor> from);

    /// The store says that there are new events.
    void events_arrived() noexcept;

private:
    struct Follower;
    struct Shared;
    class Handle;
    using FollowerPtr = std::shared_ptr<Follower>;

    void run();
    bool read_all();
    void deliver(const FollowerPtr& follower, const EventPage& page);

    const Core& core_;
    const std::shared_ptr<Shared> shared_; ///< Outlives the hub while subscriptions do.
    std::thread thread_;
};

} // namespace thumbjobs
