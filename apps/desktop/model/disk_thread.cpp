#include "model/disk_thread.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace desktop {

namespace {

constexpr auto patience = std::chrono::seconds(2);

} // namespace

struct DiskThread::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<Reply()>> tasks;
    QObject* home = nullptr; ///< Null once it is gone.
    bool running = false;    ///< The thread exists.
    std::function<void()> last;

    /// With the mutex held.
    static void add(const std::shared_ptr<Shared>& shared, std::function<Reply()> task) {
        shared->tasks.push_back(std::move(task));
        if (!std::exchange(shared->running, true))
            std::thread([shared] { work(shared); }).detach();
    }

    /// The thread: ends when there is nothing left to do.
    static void work(const std::shared_ptr<Shared>& shared) {
        std::unique_lock lock(shared->mutex);
        while (!shared->tasks.empty()) {
            const auto task = std::move(shared->tasks.front());
            shared->tasks.pop_front();
            lock.unlock();
            Reply reply = task();
            lock.lock();
            if (shared->home)
                QMetaObject::invokeMethod(shared->home, std::move(reply), Qt::QueuedConnection);
        }
        shared->running = false;
        shared->changed.notify_all();
    }
};

DiskThread::DiskThread() : shared_(std::make_shared<Shared>()) {
    shared_->home = &home_;
}

DiskThread::~DiskThread() {
    std::unique_lock lock(shared_->mutex);
    shared_->home = nullptr;
    shared_->tasks.clear();
    if (shared_->last)
        Shared::add(shared_, [last = std::move(shared_->last)] {
            last();
            return Reply();
        });
    shared_->changed.wait_for(lock, patience, [this] { return !shared_->running; });
}

void DiskThread::at_end(std::function<void()> work) {
    const std::lock_guard lock(shared_->mutex);
    shared_->last = std::move(work);
}

void DiskThread::post(std::function<Reply()> task) {
    const std::lock_guard lock(shared_->mutex);
    Shared::add(shared_, std::move(task));
}

} // namespace desktop
