#include "backends/redis/store/listener.h"

#include "backends/redis/store/operations.h"

#include <algorithm>
#include <array>

namespace thumbjobs::redis {
namespace {

constexpr Milliseconds longest_block{1'000};
constexpr Milliseconds event_pause{10};   ///< Between two notices of events.
constexpr Milliseconds work_pause{1'000}; ///< Between two notices of work that events told of.
constexpr Milliseconds idle_pause{1};     ///< Between running dry and waiting to be woken.
constexpr Milliseconds failure_pause{100};

std::string seconds_text(Milliseconds time) {
    std::string text = std::to_string(time.count() / 1'000) + ".";
    const std::string rest = std::to_string(time.count() % 1'000);
    return text + std::string(3 - rest.size(), '0') + rest;
}

} // namespace

Listener::Listener(Client& client, const std::string& prefix, Notifier& notifier)
    : client_(client),
      prefix_(prefix),
      events_key_(prefix + "events"),
      wake_key_(prefix + "wake"),
      notifier_(notifier) {}

Listener::~Listener() {
    stop();
}

void Listener::start() {
    const std::lock_guard lifecycle(lifecycle_);
    if (events_thread_.joinable())
        return;
    {
        const std::lock_guard lock(mutex_);
        running_ = true;
    }
    events_connection_ = client_.dedicated();
    work_connection_ = client_.dedicated();
    first_event_.clear();
    try {
        first_event_ = newest_event(*events_connection_);
    } catch (const Error&) { // the thread goes on trying
    }
    events_thread_ = std::thread([this] { follow_events(); });
    work_thread_ = std::thread([this] { wait_for_work(); });
}

void Listener::stop() {
    const std::lock_guard lifecycle(lifecycle_);
    if (!events_thread_.joinable())
        return;
    {
        const std::lock_guard lock(mutex_);
        running_ = false;
    }
    changed_.notify_all();
    events_connection_->interrupt();
    work_connection_->interrupt();
    events_thread_.join();
    work_thread_.join();
}

void Listener::set_idle(bool idle) {
    {
        const std::lock_guard lock(mutex_);
        if (idle_ == idle)
            return;
        idle_ = idle;
    }
    changed_.notify_all();
}

bool Listener::rest(Milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return !running_; });
    return running_;
}

/// `0-0` while there is none.
std::string Listener::newest_event(Connection& connection) {
    const Reply newest =
        connection.command({"XREVRANGE", events_key_, "+", "-", "COUNT", "1"}, Milliseconds{0});
    return newest.array().empty() ? "0-0" : newest.at(0).at(0).text();
}

void Listener::follow_events() {
    std::string last = first_event_;
    while (rest(Milliseconds{0})) {
        try {
            if (last.empty()) { // after an outage: whatever was missed
                last = newest_event(*events_connection_);
                notifier_.notify({.work = true, .events = true});
            }
            wait_for_events(last);
        } catch (const Error&) {
            last.clear();
            rest(failure_pause);
        }
    }
}

void Listener::wait_for_events(std::string& last) {
    Milliseconds block = longest_block;
    if (work_pending_) {
        const auto due = std::chrono::ceil<Milliseconds>(work_told_ + work_pause - Clock::now());
        block = std::clamp(due, Milliseconds{1}, longest_block);
    }
    const Reply news =
        events_connection_->command({"XREAD", "COUNT", "1", "BLOCK", std::to_string(block.count()),
                                     "STREAMS", events_key_, last},
                                    block);
    JobStore::Change change;
    if (!news.require().is_nil()) {
        last = newest_event(*events_connection_); // the reader of events needs one notice for all
        change.events = true;
        work_pending_ = true;
    }
    if (work_pending_ && Clock::now() >= work_told_ + work_pause) {
        change.work = true;
        work_pending_ = false;
        work_told_ = Clock::now();
    }
    if (change.events || change.work)
        notifier_.notify(change);
    if (change.events)
        rest(event_pause);
}

void Listener::wait_for_work() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return idle_ || !running_; });
            if (!running_)
                return;
            // While jobs come one by one, some gather, and one wake-up serves them all.
            if (changed_.wait_for(lock, idle_pause, [this] { return !idle_ || !running_; }))
                continue;
        }
        try {
            take_token();
        } catch (const Error&) {
            rest(failure_pause);
        }
    }
}

void Listener::take_token() {
    const Reply token =
        work_connection_->command({"BLPOP", wake_key_, seconds_text(longest_block)}, longest_block);
    if (token.require().is_nil())
        return;
    bool idle = false;
    {
        const std::lock_guard lock(mutex_);
        idle = idle_;
    }
    if (idle) {
        notifier_.notify({.work = true, .events = false});
        return;
    }
    const std::array<std::string_view, 1> keys{prefix_};
    client_.eval(operations().wake.script, keys, {}, Repeat::always).require();
}

} // namespace thumbjobs::redis
