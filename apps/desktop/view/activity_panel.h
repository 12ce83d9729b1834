#pragma once

#include "model/statistics.h"

#include <QWidget>

namespace desktop {

class TimeChart;

/// The picture of the work over the last minutes: three charts side by side.
class ActivityPanel final : public QWidget {
    Q_OBJECT

public:
    explicit ActivityPanel(QWidget* parent = nullptr);
    void set_history(const History& history);

protected:
    void changeEvent(QEvent* event) override;

private:
    void draw();

    History history_;
    TimeChart* rate_;
    TimeChart* depth_;
    TimeChart* latency_;
};

/// "1.2 s", "350 ms", "2 min 5 s"; a dash for NaN.
QString seconds_text(double seconds);

} // namespace desktop
