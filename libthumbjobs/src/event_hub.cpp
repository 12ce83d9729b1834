#include "src/event_hub.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace thumbjobs {
namespace {

constexpr int page_size = 500;

/// What a lost notice costs.
constexpr Milliseconds poll_interval{1'000};

/// After each read. A job that is submitted, claimed and done, and those beside it, change the
/// store several times within this: one read brings it all.
constexpr Milliseconds gather_time{2};

constexpr Milliseconds first_pause{100};
constexpr Milliseconds longest_pause{5'000};

} // namespace

/// One subscription, as the hub sees it.
struct EventHub::Follower {
    Engine::EventHandler handler;
    EventCursor cursor;             ///< Of the hub's thread once it follows.
    std::atomic<bool> ended{false}; ///< Set with the mutex held.
    bool running = false;           ///< The handler is being called; guarded by the mutex.
};

struct EventHub::Shared {
    std::mutex mutex;
    std::condition_variable wake;         ///< For the hub's thread.
    std::condition_variable handler_left; ///< For those who end a subscription.
    std::vector<FollowerPtr> followers;
    std::thread::id dispatcher;
    bool pending = false;   ///< There may be events.
    bool gathering = false; ///< The hub's thread will look at `pending` soon, unasked.
    bool closed = false;
    std::atomic<bool> followed{false}; ///< Whether there are followers; read without the mutex.

    /// With the mutex held. Returns the handler, to be destroyed without it.
    Engine::EventHandler end(Follower& follower) {
        follower.ended = true;
        std::erase_if(followers,
                      [&](const FollowerPtr& other) { return other.get() == &follower; });
        followed = !followers.empty();
        return follower.running ? nullptr : std::exchange(follower.handler, nullptr);
    }
};

class EventHub::Handle final : public Engine::Subscription {
public:
    Handle(std::shared_ptr<Shared> shared, FollowerPtr follower)
        : shared_(std::move(shared)), follower_(std::move(follower)) {}

    ~Handle() override {
        Engine::EventHandler handler; // goes after the lock
        std::unique_lock lock(shared_->mutex);
        follower_->ended = true;
        if (std::this_thread::get_id() != shared_->dispatcher)
            shared_->handler_left.wait(lock, [this] { return !follower_->running; });
        handler = shared_->end(*follower_);
        lock.unlock();
    }

private:
    const std::shared_ptr<Shared> shared_;
    const FollowerPtr follower_;
};

EventHub::EventHub(const Core& core)
    : core_(core), shared_(std::make_shared<Shared>()), thread_([this] { run(); }) {}

EventHub::~EventHub() {
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->closed = true;
    }
    shared_->wake.notify_one();
    thread_.join();
    const std::lock_guard lock(shared_->mutex);
    shared_->dispatcher = {};
}

std::shared_ptr<Engine::Subscription> EventHub::subscribe(Engine::EventHandler handler,
                                                          std::optional<EventCursor> from) {
    auto follower = std::make_shared<Follower>();
    follower->handler = std::move(handler);
    follower->cursor = from ? std::move(*from) : core_.store.events_end();
    auto handle = std::make_shared<Handle>(shared_, follower);
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->followers.push_back(std::move(follower));
        shared_->followed = true;
        shared_->pending = true;
    }
    shared_->wake.notify_one();
    return handle;
}

void EventHub::events_arrived() noexcept {
    if (!shared_->followed)
        return;
    bool asleep = false;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->pending = true;
        asleep = !shared_->gathering;
    }
    if (asleep)
        shared_->wake.notify_one();
}

void EventHub::run() {
    Shared& shared = *shared_;
    Milliseconds pause = first_pause;
    std::unique_lock lock(shared.mutex);
    shared.dispatcher = std::this_thread::get_id();
    while (!shared.closed) {
        if (shared.followers.empty())
            shared.wake.wait(lock);
        else if (!shared.pending && !shared.wake.wait_for(lock, poll_interval, [&] {
                     return shared.pending || shared.closed;
                 }))
            shared.pending = true;
        if (!shared.pending || shared.closed || shared.followers.empty())
            continue;
        shared.pending = false;
        lock.unlock();
        const bool answered = read_all();
        lock.lock();
        if (answered) {
            pause = first_pause;
            shared.gathering = true;
            shared.wake.wait_for(lock, gather_time, [&] { return shared.closed; });
            shared.gathering = false;
            continue;
        }
        shared.pending = true;
        shared.wake.wait_for(lock, pause, [&] { return shared.closed; });
        pause = std::min(pause * 2, longest_pause);
    }
}

/// One page for everybody who follows. False if the store did not answer.
bool EventHub::read_all() {
    std::unordered_map<EventCursor, std::vector<FollowerPtr>> groups;
    {
        const std::lock_guard lock(shared_->mutex);
        for (const FollowerPtr& follower : shared_->followers)
            groups[follower->cursor].push_back(follower);
    }
    bool more = false;
    try {
        for (const auto& [cursor, followers] : groups) {
            const EventPage page = core_.store.events(cursor, page_size);
            more |= page.events.size() >= static_cast<std::size_t>(page_size);
            for (const FollowerPtr& follower : followers)
                deliver(follower, page);
        }
    } catch (const std::exception& error) {
        core_.watch.log(LogLevel::warning, "the store's events cannot be read", error);
        return false;
    } catch (...) {
        return false;
    }
    if (more) {
        const std::lock_guard lock(shared_->mutex);
        shared_->pending = true;
    }
    return true;
}

void EventHub::deliver(const FollowerPtr& follower, const EventPage& page) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (follower->ended)
            return;
        follower->running = true;
    }
    bool failed = false;
    try {
        for (const Event& event : page.events) {
            if (follower->ended)
                break;
            follower->handler(event);
        }
    } catch (const std::exception& error) {
        failed = true;
        core_.watch.log(LogLevel::error, "an event handler failed; its subscription ends", error);
    } catch (...) {
        failed = true;
        core_.watch.log(LogLevel::error, "an event handler failed; its subscription ends");
    }
    Engine::EventHandler finished; // goes after the lock
    {
        const std::lock_guard lock(shared_->mutex);
        follower->cursor = page.cursor;
        follower->running = false;
        if (failed || follower->ended)
            finished = shared_->end(*follower);
    }
    shared_->handler_left.notify_all();
}

} // namespace thumbjobs
