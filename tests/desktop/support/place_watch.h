#pragma once

#include "desktop/support/ask.h"

#include <map>
#include <vector>

namespace desktop::test {

/// Remembers what a place has told since this object was made.
class PlaceWatch : public QObject {
public:
    explicit PlaceWatch(Place& place) {
        connect(&place, &Place::events, this, [this](const std::vector<thumbjobs::Event>& batch) {
            ++batches;
            for (const auto& event : batch) {
                ++events;
                if (event.job)
                    jobs.insert_or_assign(event.id, *event.job);
                else
                    ++deletions[event.id];
            }
        });
        connect(&place, &Place::reset, this, [this] { ++resets; });
        connect(&place, &Place::connection_changed, this,
                [this](const Connection& now) { states.push_back(now.state); });
    }

    /// Waits until an event has told that the job is in that state.
    bool sees(const thumbjobs::JobId& id, thumbjobs::JobState state) const {
        return QTest::qWaitFor(
            [&] {
                const auto found = jobs.find(id);
                return found != jobs.end() && found->second.state == state;
            },
            patience_ms);
    }

    int events = 0;
    int batches = 0;
    int resets = 0;
    std::map<thumbjobs::JobId, thumbjobs::Job> jobs; ///< As the last event told.
    std::map<thumbjobs::JobId, int> deletions;
    std::vector<Connection::State> states;
};

/// Whether the event loop of this thread comes round while it lives.
class LoopProbe : public QObject {
public:
    LoopProbe() {
        last_.start();
        startTimer(5);
    }

    /// The longest time between two turns so far.
    qint64 longest_ms() const { return longest_; }
    int turns() const { return turns_; }

protected:
    void timerEvent(QTimerEvent*) override {
        longest_ = std::max(longest_, last_.restart());
        ++turns_;
    }

private:
    QElapsedTimer last_;
    qint64 longest_ = 0;
    int turns_ = 0;
};

} // namespace desktop::test
