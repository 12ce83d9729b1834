#include "loop.h"

#include <QMetaObject>
#include <QObject>
#include <QThread>

#include <utility>

namespace thumbd::http {

Loop::Loop() : context_(std::make_unique<QObject>()), thread_(QThread::currentThread()) {}
Loop::~Loop() = default;

bool Loop::post(Task task) {
    const std::lock_guard lock(mutex_);
    return context_ &&
           QMetaObject::invokeMethod(
               context_.get(), [task = std::move(task)] { task(); }, Qt::QueuedConnection);
}

bool Loop::is_current() const noexcept {
    return QThread::currentThread() == thread_;
}

void Loop::close() {
    std::unique_ptr<QObject> context;
    {
        const std::lock_guard lock(mutex_);
        context = std::move(context_);
    }
    // Destroyed outside the lock: a dropped task may hold the last reference to something that
    // posts in its destructor.
}

} // namespace thumbd::http
