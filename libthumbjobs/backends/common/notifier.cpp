#include "backends/common/notifier.h"

#include <utility>

namespace thumbjobs {

Notifier::~Notifier() {
    stop();
}

void Notifier::set_listener(JobStore::Listener listener) {
    const std::lock_guard setting(setting_);
    stop();
    if (!listener)
        return;
    listener_ = std::move(listener);
    {
        const std::lock_guard lock(mutex_);
        pending_ = {};
        running_ = true;
    }
    thread_ = std::thread([this] { run(); });
}

void Notifier::notify(JobStore::Change change) {
    {
        const std::lock_guard lock(mutex_);
        if (!running_)
            return;
        pending_.work |= change.work;
        pending_.events |= change.events;
    }
    wake_.notify_one();
}

void Notifier::stop() {
    {
        const std::lock_guard lock(mutex_);
        running_ = false;
    }
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
    listener_ = nullptr;
}

void Notifier::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return !running_ || pending_.work || pending_.events; });
        if (!running_)
            return;
        const JobStore::Change change = std::exchange(pending_, {});
        lock.unlock();
        listener_(change);
        lock.lock();
    }
}

} // namespace thumbjobs
