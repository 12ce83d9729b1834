#include "place/event_batcher.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace desktop {

EventBatcher::EventBatcher(QObject* parent) : QObject(parent) {
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &EventBatcher::flush);
}

void EventBatcher::add(thumbjobs::Event event) {
    const std::lock_guard lock(mutex_);
    if (event.kind == thumbjobs::Event::Kind::reset || pending_.size() >= max_pending) {
        pending_.clear();
        lost_ = true;
    } else {
        pending_.push_back(std::move(event));
    }
    if (!std::exchange(awake_, true))
        QMetaObject::invokeMethod(this, &EventBatcher::schedule, Qt::QueuedConnection);
}

void EventBatcher::clear() {
    const std::lock_guard lock(mutex_);
    pending_.clear();
    lost_ = false;
}

void EventBatcher::schedule() {
    const qint64 passed = since_flush_.isValid() ? since_flush_.elapsed() : interval_ms;
    timer_.start(static_cast<int>(std::clamp<qint64>(interval_ms - passed, 0, interval_ms)));
}

void EventBatcher::flush() {
    since_flush_.start();
    std::vector<thumbjobs::Event> events;
    bool was_lost = false;
    {
        const std::lock_guard lock(mutex_);
        const auto end =
            pending_.begin() + static_cast<std::ptrdiff_t>(std::min(batch_size, pending_.size()));
        events.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(end));
        pending_.erase(pending_.begin(), end);
        was_lost = std::exchange(lost_, false);
        awake_ = !pending_.empty();
        if (awake_)
            timer_.start(interval_ms);
    }
    if (was_lost)
        emit lost();
    if (!events.empty())
        emit batch(events);
}

} // namespace desktop
