#pragma once

#include "model/file_drag.h"
#include "model/intake.h"
#include "model/job_feed.h"
#include "model/jobs_model.h"
#include "model/paste_spool.h"
#include "model/queue.h"
#include "model/saver.h"
#include "model/statistics.h"
#include "place/place.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <functional>

namespace desktop {

/// All models of one place, put together: what a window works on. Another place, another workspace.
class Workspace : public QObject {
    Q_OBJECT

public:
    /// `pending_file`: where images that were not submitted yet outlive the app, pasted ones in a
    /// folder beside it; empty: nowhere. Read now, when there is one, and kept up to date, so that
    /// a crash loses nothing either. The place outlives the workspace and is opened by its owner.
    explicit Workspace(Place& place, const QString& pending_file = {}, QObject* parent = nullptr);

    Place& place() noexcept { return place_; }
    JobsModel& jobs() noexcept { return jobs_; }
    JobFeed& feed() noexcept { return feed_; }
    Intake& intake() noexcept { return intake_; }
    Queue& queue() noexcept { return queue_; }
    Saver& saver() noexcept { return saver_; }
    Statistics& statistics() noexcept { return statistics_; }
    FileDrag& drag() noexcept { return drag_; }

    /// Before the app ends, or takes another place: carries out removals, stops savings, keeps what
    /// is not submitted or looked through yet. Calls `done` when all that is through, or after a
    /// moment at the latest.
    void shut_down(std::function<void()> done);

private:
    void take_pending(const Pending& pending);
    void keep_pending(bool last);
    void keep_last();
    void look_whether_done();

    Place& place_;
    QString pending_file_;
    DiskThread disk_;
    PasteSpool spool_;
    JobsModel jobs_;
    JobFeed feed_;
    Intake intake_;
    Queue queue_;
    Saver saver_;
    Statistics statistics_;
    FileDrag drag_;
    std::function<void()> done_; ///< Set while it shuts down.
    bool kept_ = false;          ///< For the last time.
    bool keeping_last_ = false;
    bool loaded_ = false;  ///< What the file held is known.
    bool keeping_ = false; ///< A file is being written.
    QTimer keep_timer_;
    QTimer patience_;
};

} // namespace desktop
