#pragma once

#include "model/intake.h"
#include "model/jobs_model.h"
#include "place/place.h"

#include <QObject>
#include <QTimer>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace desktop {

/// What became of one command on many rows: one notice, however many failed.
struct CommandSummary {
    enum class Kind { cancel, retry, remove };
    Kind kind = Kind::cancel;
    int done = 0;
    int unchanged = 0; ///< Rows that the command does not apply to (any more).
    int failed = 0;
    QString message{}; ///< Why the first of them failed.
};

/// What users do to the queue and to its rows.
///
/// Removing hides the rows at once and deletes nothing for `undo_time`; undo_removal() shows them
/// again. Another removal carries out the one before, and so does carry_out_removal(), which is
/// called when the app ends: what was removed stays removed, undo does not outlive the app.
class Queue : public QObject {
    Q_OBJECT

public:
    static constexpr int undo_time = 8'000; ///< Milliseconds.

    Queue(Place& place, JobsModel& model, Intake& intake, QObject* parent = nullptr);

    // --- The queue as a whole

    enum class Mode {
        running,
        paused,   ///< No more jobs are begun; where the place cannot pause, no more submitted.
        stopping, ///< Neither begun nor submitted; some are still under way.
        stopped,  ///< The same, and none is under way.
    };
    Mode mode() const noexcept { return mode_; }
    void pause();
    void resume();
    void stop_after_current();

    // --- Rows. Each ends with finished().

    void cancel(const std::vector<RowKey>& keys);
    void retry(const std::vector<RowKey>& keys);
    void retry_all_failed(); ///< Jobs that failed; also images that the place refused.
    void remove(const std::vector<RowKey>& keys);

    int removed() const noexcept { return static_cast<int>(removed_.size()); } ///< Can be undone.
    void undo_removal();
    void carry_out_removal();
    void set_undo_time(int milliseconds) { undo_timer_.setInterval(milliseconds); }

    /// Whether calls of a command are still to be answered.
    bool busy() const noexcept { return under_way_ > 0 || !tasks_.empty(); }

signals:
    void mode_changed();
    void removal_changed(); ///< removed() is another than before.
    void finished(const desktop::CommandSummary& summary);
    void idle(); ///< busy() has become false.

private:
    struct Command {
        CommandSummary summary{};
        std::size_t left = 0; ///< Rows to be done.
    };
    struct Task {
        RowKey key = 0;
        std::shared_ptr<Command> command{};
    };

    void begin(CommandSummary::Kind kind, const std::vector<RowKey>& keys, int done_already);
    void run_more();
    void run(const Task& task);
    void end(const Task& task, const std::optional<Failure>& failure);
    void set_mode(Mode mode);
    void look_whether_stopped();

    Place& place_;
    JobsModel& model_;
    Intake& intake_;
    Mode mode_ = Mode::running;
    std::vector<RowKey> removed_;
    QTimer undo_timer_;
    std::deque<Task> tasks_;
    int under_way_ = 0;
    bool running_more_ = false;
};

} // namespace desktop
