#include "src/periodic.h"

#include <utility>

namespace thumbjobs {

Periodic::Periodic(std::function<void(const CancelToken&)> task) : task_(std::move(task)) {}

Periodic::~Periodic() {
    stop();
}

void Periodic::start(Milliseconds interval) {
    stopping_ = false;
    thread_ = std::thread([this, interval] { run(interval); });
}

void Periodic::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        if (running_)
            running_->cancel();
    }
    wake_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void Periodic::run(Milliseconds interval) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval, [this] { return stopping_; })) {
        CancelToken token;
        running_ = &token;
        lock.unlock();
        task_(token);
        lock.lock();
        running_ = nullptr;
    }
}

} // namespace thumbjobs
