#include "executor.h"

#include <limits>
#include <utility>

namespace thumbd {

Executor::Executor(int threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
    for (int i = 0; i < threads; ++i)
        threads_.emplace_back([this] { run(); });
}

Executor::~Executor() {
    stop();
}

bool Executor::post(Task task) {
    return enqueue(std::move(task), max_waiting_);
}

bool Executor::post_continuation(Task task) {
    return enqueue(std::move(task), std::numeric_limits<std::size_t>::max());
}

bool Executor::enqueue(Task task, std::size_t limit) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || tasks_.size() >= limit)
            return false;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

void Executor::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable())
            thread.join();
}

std::size_t Executor::waiting() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
}

void Executor::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        if (tasks_.empty())
            return;
        Task task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = nullptr; // what it holds may be large
        lock.lock();
    }
}

} // namespace thumbd
