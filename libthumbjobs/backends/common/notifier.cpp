#include "backends/common/notifier.h"

#include <utility>

namespace thumbjobs {

void Notifier::set_listener(JobStore::Listener listener) {
    const std::lock_guard lock(mutex_);
    listener_.swap(listener);
}

void Notifier::notify(JobStore::Change change) {
    const std::lock_guard lock(mutex_);
    if (listener_)
        listener_(change);
}

} // namespace thumbjobs
