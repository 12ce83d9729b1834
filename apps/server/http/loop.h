#pragma once

#include <functional>
#include <memory>
#include <mutex>

class QObject;

namespace thumbd::http {

/// The way into a server's loop thread from elsewhere; outlives the thread. Safe from any thread.
class Loop {
public:
    using Task = std::function<void()>;

    /// To be made on the loop's own thread.
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs `task` on the loop's thread, after the calls made before. Returns false, and drops the
    /// task, when the loop has ended. A task that is still waiting when the loop ends is dropped.
    bool post(Task task);

    /// Whether the caller is on the loop's thread.
    bool is_current() const noexcept;

    /// On the loop's thread: takes no more tasks and drops those that wait.
    void close();

private:
    std::mutex mutex_;
    std::unique_ptr<QObject> context_;
    const void* thread_;
};

} // namespace thumbd::http
