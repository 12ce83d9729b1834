#include "view/activity_panel.h"

#include "view/theme.h"
#include "view/time_chart.h"

#include <QCoreApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QLocale>

#include <cmath>

namespace desktop {

QString seconds_text(double seconds) {
    const QLocale locale;
    if (std::isnan(seconds))
        return QStringLiteral("\u2013");
    if (seconds == 0)
        return locale.toString(0);
    if (seconds < 1) {
        return QCoreApplication::translate("desktop::ActivityPanel", "%1 ms")
            .arg(locale.toString(std::lround(seconds * 1000)));
    }
    if (seconds < 60) {
        return QCoreApplication::translate("desktop::ActivityPanel", "%1 s")
            .arg(locale.toString(seconds, 'g', 3));
    }
    const auto whole = std::lround(seconds);
    if (whole % 60 == 0 || whole >= 3600) {
        return QCoreApplication::translate("desktop::ActivityPanel", "%1 min")
            .arg(locale.toString(static_cast<qlonglong>(whole / 60)));
    }
    return QCoreApplication::translate("desktop::ActivityPanel", "%1 min %2 s")
        .arg(whole / 60)
        .arg(whole % 60);
}

ActivityPanel::ActivityPanel(QWidget* parent)
    : QWidget(parent),
      rate_(new TimeChart(tr("Jobs per minute"), this)),
      depth_(new TimeChart(tr("In the queue"), this)),
      latency_(new TimeChart(tr("Time to thumbnail"), this)) {
    const auto whole = [](double value) { return QLocale().toString(value, 'f', 0); };
    rate_->set_format([](double value) { return QLocale().toString(value, 'f', 0); });
    rate_->set_least_maximum(10);
    depth_->set_format(whole);
    depth_->set_least_maximum(10);
    latency_->set_format(seconds_text);
    latency_->set_least_maximum(0.1);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(grid * 2, grid, grid * 2, grid);
    row->setSpacing(grid * 1.5);
    for (auto* chart : {rate_, depth_, latency_})
        row->addWidget(chart, 1);
    setAccessibleName(tr("Activity of the last minutes"));
}

void ActivityPanel::set_history(const History& history) {
    history_ = history;
    draw();
}

void ActivityPanel::draw() {
    const auto done = state_colour(thumbjobs::JobState::succeeded, palette());
    const auto waiting = state_colour(thumbjobs::JobState::processing, palette());
    const auto median = state_colour(thumbjobs::JobState::processing, palette());
    const auto slow = state_colour(thumbjobs::JobState::cancelled, palette());
    rate_->set_series({{{}, done, history_.per_minute, true}}, history_.step);
    depth_->set_series({{{}, waiting, history_.depth, true}}, history_.step);
    latency_->set_series(
        {{tr("p50"), median, history_.p50, false}, {tr("p95"), slow, history_.p95, false}},
        history_.step);
}

void ActivityPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        draw();
}

} // namespace desktop
