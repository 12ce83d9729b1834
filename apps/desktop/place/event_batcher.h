#pragma once

#include <thumbjobs/event.h>

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <deque>
#include <mutex>
#include <vector>

namespace desktop {

/// Takes events from any thread and hands them to its own, the GUI thread, in batches, so that
/// thousands a second do not flood it. Bounded: a GUI that does not come to read for long gets
/// lost() instead of what was missed.
class EventBatcher : public QObject {
    Q_OBJECT

public:
    static constexpr int interval_ms = 50;
    static constexpr std::size_t batch_size = 1'000;
    static constexpr std::size_t max_pending = 20'000;

    explicit EventBatcher(QObject* parent = nullptr);

    /// Any thread. A reset event loses what is pending.
    void add(thumbjobs::Event event);

    /// Drops what is pending.
    void clear();

signals:
    void batch(const std::vector<thumbjobs::Event>& events);
    void lost();

private:
    void schedule();
    void flush();

    std::mutex mutex_;
    std::deque<thumbjobs::Event> pending_; ///< Under mutex_, as are the next two.
    bool lost_ = false;
    bool awake_ = false; ///< A flush is on its way.
    QTimer timer_;
    QElapsedTimer since_flush_;
};

} // namespace desktop
