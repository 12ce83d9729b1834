#include "view/state_bar.h"

#include "view/theme.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <numeric>

namespace desktop {
namespace {

constexpr int bar_height = 6;
// Finished states first, so that the bar fills from the left.
constexpr std::array order{thumbjobs::JobState::succeeded, thumbjobs::JobState::failed,
                           thumbjobs::JobState::cancelled, thumbjobs::JobState::processing,
                           thumbjobs::JobState::queued};

} // namespace

QString state_name(thumbjobs::JobState state) {
    switch (state) {
    case thumbjobs::JobState::queued:
        return QCoreApplication::translate("desktop::StateBar", "Queued");
    case thumbjobs::JobState::processing:
        return QCoreApplication::translate("desktop::StateBar", "Working");
    case thumbjobs::JobState::succeeded:
        return QCoreApplication::translate("desktop::StateBar", "Done");
    case thumbjobs::JobState::failed:
        return QCoreApplication::translate("desktop::StateBar", "Failed");
    case thumbjobs::JobState::cancelled:
        return QCoreApplication::translate("desktop::StateBar", "Cancelled");
    }
    return {};
}

StateBar::StateBar(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Jobs by state"));
}

void StateBar::set_counts(const StateCounts& counts) {
    if (counts == counts_)
        return;
    counts_ = counts;
    const auto text = description();
    setToolTip(text);
    setAccessibleDescription(text);
    update();
}

QSize StateBar::sizeHint() const {
    return {grid * 20, bar_height};
}

QSize StateBar::minimumSizeHint() const {
    return {grid * 4, bar_height};
}

QString StateBar::description() const {
    QStringList parts;
    for (const auto state : order) {
        const auto count = counts_[static_cast<std::size_t>(state)];
        if (count > 0)
            parts << tr("%1: %2").arg(state_name(state), QLocale().toString(count));
    }
    return parts.join(QStringLiteral(" \u00b7 "));
}

void StateBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF whole = rect();
    QPainterPath shape;
    shape.addRoundedRect(whole, whole.height() / 2, whole.height() / 2);
    painter.setClipPath(shape);
    painter.fillRect(whole, blend(palette().color(QPalette::Window),
                                  palette().color(QPalette::WindowText), 0.12));
    const auto total = std::accumulate(counts_.begin(), counts_.end(), qint64{0});
    if (total == 0)
        return;
    // A state that has jobs at all gets a few pixels, however small its share.
    constexpr qreal least = 4;
    std::array<qreal, order.size()> widths{};
    qreal sum = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto count = counts_[static_cast<std::size_t>(order[i])];
        if (count > 0) {
            widths[i] = std::max(least, whole.width() * static_cast<qreal>(count) /
                                            static_cast<qreal>(total));
        }
        sum += widths[i];
    }
    auto x = whole.left();
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto width = widths[i] * whole.width() / sum;
        if (width <= 0)
            continue;
        if (order[i] != thumbjobs::JobState::queued) {
            painter.fillRect(QRectF(x, whole.top(), width, whole.height()),
                             state_colour(order[i], palette()));
        }
        x += width;
    }
}

} // namespace desktop
