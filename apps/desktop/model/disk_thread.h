#pragma once

#include <QMetaObject>
#include <QObject>

#include <functional>
#include <memory>
#include <utility>

namespace desktop {

/// A thread for calls that wait for a disk, one after the other. What they make comes back to the
/// thread that made this object. It may go while a disk hangs: it waits for a moment, then leaves
/// the thread to itself.
class DiskThread {
public:
    DiskThread();
    ~DiskThread();
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    /// Runs `work` there, then `done` with its result here, unless this object is gone by then.
    template <class Work, class Done>
    void run(Work work, Done done) {
        post([work = std::move(work), done = std::move(done)]() mutable {
            return [result = work(), done = std::move(done)] { done(result); };
        });
    }

    /// What is still done when this object goes, in place of all that waits.
    void at_end(std::function<void()> work);

private:
    using Reply = std::function<void()>;
    struct Shared;
    void post(std::function<Reply()> task);

    std::shared_ptr<Shared> shared_;
    QObject home_; ///< Where replies are delivered.
};

} // namespace desktop
