#pragma once

#include <thumbjobs/job.h>

#include <QWidget>

#include <array>

namespace desktop {

/// How many jobs are in each state, in the order of thumbjobs::all_job_states.
using StateCounts = std::array<qint64, thumbjobs::all_job_states.size()>;

/// The states' shares of all jobs as one bar. What a colour means is in the tool tip and in the
/// accessible description, and beside it in the filter chips.
class StateBar final : public QWidget {
    Q_OBJECT

public:
    explicit StateBar(QWidget* parent = nullptr);
    void set_counts(const StateCounts& counts);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString description() const;

    StateCounts counts_{};
};

/// A state's name for people: "Queued", "Working", ...
QString state_name(thumbjobs::JobState state);

} // namespace desktop
