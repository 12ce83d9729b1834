#pragma once

#include "model/jobs_model.h"
#include "place/place.h"

#include <QObject>
#include <QTimer>

#include <string>

namespace desktop {

/// Keeps a JobsModel what its place holds: lists it page by page, newest first, and follows its
/// events; lists anew when the place says that events were missed.
class JobFeed : public QObject {
    Q_OBJECT

public:
    JobFeed(Place& place, JobsModel& model, QObject* parent = nullptr);

    /// Why the list cannot be read at the moment; empty when it can. It is tried again by itself.
    QString obstacle() const { return obstacle_; }

    /// Whether the place holds more jobs than the list takes: the oldest are missing.
    bool cut_off() const noexcept { return cut_off_; }

signals:
    void obstacle_changed();

private:
    void start();
    void ask();
    void take(const Result<thumbjobs::JobPage>& answer);
    void take_events(const std::vector<thumbjobs::Event>& batch);
    void set_obstacle(const QString& obstacle);

    Place& place_;
    JobsModel& model_;
    QTimer retry_;
    int delay_ = 0;   ///< Milliseconds, until it is tried again.
    int listing_ = 0; ///< Answers to an earlier listing are not taken.
    int listed_ = 0;
    bool cut_off_ = false;
    std::string cursor_;
    QString obstacle_;
};

} // namespace desktop
