#pragma once

#include "model/jobs_model.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace desktop {

/// What has happened over the last minutes, as series of equal steps, oldest first; the last one is
/// not over yet.
struct History {
    std::chrono::seconds step{};
    std::vector<double> per_minute{}; ///< Jobs that ended (succeeded or failed), per minute.
    std::vector<double> depth{}; ///< Jobs and images that were still to end, at the step's end.
    std::vector<double> p50{};   ///< Seconds from submission to the thumbnail; NaN: none.
    std::vector<double> p95{};
};

/// How the batch stands: all that is under way since last nothing was.
struct Batch {
    bool active = false;
    int total = 0;
    int succeeded = 0;
    int failed = 0; ///< With refused ones.
    int cancelled = 0;
    std::optional<std::chrono::seconds> remaining{}; ///< Unset: not known yet.

    int ended() const noexcept { return succeeded + failed + cancelled; }
    double progress() const noexcept { return total > 0 ? double(ended()) / total : 0; }
};

/// Watches what happens to the rows of a JobsModel. Bounded memory, on the GUI thread.
class Statistics : public QObject {
    Q_OBJECT

public:
    static constexpr std::chrono::seconds step{5};
    static constexpr int steps = 120; ///< Ten minutes.

    using Clock = std::function<qint64()>; ///< Milliseconds, never going back.

    /// Without a clock of its own it takes the machine's. `busy` tells whether more may come that
    /// is not in the list yet, as while a folder is scanned; may be empty.
    explicit Statistics(JobsModel& model, QObject* parent = nullptr, Clock clock = {});
    void set_busy(std::function<bool()> busy) { busy_ = std::move(busy); }

    History history() const;
    const Batch& batch() const noexcept { return batch_; }

    /// Jobs that ended in the last minute.
    int last_minute() const;

    /// Does what is due by now. Comes by itself every second.
    void tick();

signals:
    /// At most once a second, and when a batch begins or ends.
    void changed();

    /// Once for each batch, when nothing is under way any more.
    void batch_done(const desktop::Batch& batch);

private:
    static constexpr int max_samples = 256;
    struct Step {
        int ended = 0;
        double depth = 0;
        std::vector<float> seconds{}; ///< A fair sample of `seen` durations.
        int seen = 0;
    };

    void take(const std::vector<Transition>& happened);
    void take_end(const Transition& transition, RowState to);
    void take_listing();
    void begin_batch();
    void sample(Step& bucket, qint64 duration);
    Step& current();
    void advance();
    void estimate();
    void end_batch();
    int active() const;

    JobsModel& model_;
    Clock clock_;
    std::function<bool()> busy_;
    QElapsedTimer elapsed_;
    QTimer timer_;
    std::array<Step, steps> steps_;
    qint64 step_number_ = 0; ///< Of the last one, since the clock's zero.
    Batch batch_;
    qint64 batch_began_ = 0;
    std::optional<qint64> idle_since_;
    std::uint32_t random_ = 2'463'534'242U;
};

} // namespace desktop
