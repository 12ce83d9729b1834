#pragma once

#include "view/state_bar.h"

#include <QAbstractButton>

#include <optional>
#include <vector>

class QButtonGroup;

namespace desktop {

/// A round button that shows a state, its name and how many jobs are in it.
class Chip final : public QAbstractButton {
    Q_OBJECT

public:
    /// Without a state: all jobs.
    explicit Chip(std::optional<thumbjobs::JobState> state, QWidget* parent = nullptr);

    void set_count(qint64 count);

    /// Leaves the name of the state out; the tool tip has it then.
    void set_compact(bool compact);
    std::optional<thumbjobs::JobState> state() const { return state_; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QString label() const;

    std::optional<thumbjobs::JobState> state_;
    qint64 count_ = 0;
    bool compact_ = false;
};

/// One chip for all jobs and one for each state; exactly one is chosen.
class FilterChips final : public QWidget {
    Q_OBJECT

public:
    explicit FilterChips(QWidget* parent = nullptr);

    void set_counts(const StateCounts& counts);

    /// Uses short chips if they would be wider than this otherwise.
    void fit_into(int width);

    /// Chooses a chip as a click does. Nothing: all.
    void choose(std::optional<thumbjobs::JobState> state);
    std::optional<thumbjobs::JobState> chosen() const;

signals:
    void filter_chosen(std::optional<thumbjobs::JobState> state);

private:
    std::vector<Chip*> chips_;
    QButtonGroup* group_;
};

} // namespace desktop
