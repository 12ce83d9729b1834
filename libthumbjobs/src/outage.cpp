#include "src/outage.h"

#include <algorithm>
#include <utility>

namespace thumbjobs {

Outage::Outage(const Core& core, std::function<void()> before_end, std::function<void()> after_end)
    : core_(core), before_end_(std::move(before_end)), after_end_(std::move(after_end)) {}

Outage::~Outage() {
    stop();
}

void Outage::start() {
    stopping_ = false;
    giving_up_ = false;
    thread_ = std::thread([this] { run(); });
}

void Outage::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        giving_up_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
    if (active_.exchange(false))
        core_.watch.tell([](Observer& observer) { observer.on_outage(false); });
}

void Outage::begin(const std::exception& reason) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (active() || stopping_)
            return;
        active_.store(true, std::memory_order_release);
    }
    changed_.notify_all();
    core_.watch.tell([](Observer& observer) { observer.on_outage(true); });
    core_.watch.log(LogLevel::error, "the workers pause: the store or storage fails", reason);
}

void Outage::got_through() noexcept {
    if (!grown_.load(std::memory_order_relaxed))
        return;
    const std::lock_guard lock(mutex_);
    pause_ = first_pause;
    grown_ = false;
}

void Outage::give_up() noexcept {
    {
        const std::lock_guard lock(mutex_);
        giving_up_ = true;
    }
    changed_.notify_all();
}

bool Outage::wait_for_end() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return giving_up_ || !active(); });
    return !active();
}

void Outage::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || active(); });
        if (stopping_)
            return;
        const Milliseconds pause = pause_;
        pause_ = std::min(pause_ * 2, longest_pause);
        grown_ = true;
        changed_.wait_for(lock, pause, [this] { return stopping_; });
        if (stopping_)
            return;
        lock.unlock();
        const bool usable = probe();
        if (usable)
            before_end_();
        lock.lock();
        if (!usable)
            continue;
        active_.store(false, std::memory_order_release);
        lock.unlock();
        changed_.notify_all();
        core_.watch.tell([](Observer& observer) { observer.on_outage(false); });
        core_.watch.log(LogLevel::info, "the store and storage answer again; the workers go on");
        after_end_();
        lock.lock();
    }
}

bool Outage::probe() noexcept {
    try {
        core_.store.probe();
        core_.storage.probe();
        return true;
    } catch (...) { // it has been said that they fail
        return false;
    }
}

} // namespace thumbjobs
