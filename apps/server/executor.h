#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace thumbd {

/// Threads that wait for the store and storage, so that no event loop does. Thread-safe.
class Executor {
public:
    using Task = std::function<void()>;

    Executor(int threads, std::size_t max_waiting);

    /// As stop().
    ~Executor();
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;

    /// Runs `task` on one of the threads, in order of arrival; a task must not throw. False, and
    /// the task dropped, when too many wait already.
    bool post(Task task);

    /// As post(), however many wait: for the continuation of work that was admitted already. False
    /// only after stop().
    bool post_continuation(Task task);

    /// Runs what waits, then ends the threads. Repeats do nothing.
    void stop();

    std::size_t waiting() const;

private:
    bool enqueue(Task task, std::size_t limit);
    void run();

    const std::size_t max_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace thumbd
