#include "view/time_chart.h"

#include "view/theme.h"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QStyle>
#include <QStyleOptionFocusRect>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace desktop {
namespace {

// Where the curve of one series goes on without a gap.
std::vector<QPolygonF> runs_of(const std::vector<double>& values,
                               const std::function<QPointF(std::size_t, double)>& place) {
    std::vector<QPolygonF> runs;
    bool open = false;
    for (std::size_t at = 0; at < values.size(); ++at) {
        if (std::isnan(values[at])) {
            open = false;
            continue;
        }
        if (!open)
            runs.emplace_back();
        open = true;
        runs.back() << place(at, values[at]);
    }
    return runs;
}

} // namespace

double round_maximum(double value) {
    if (!(value > 0))
        return 1;
    const auto power = std::pow(10.0, std::floor(std::log10(value)));
    for (const auto factor : {1.0, 2.0, 5.0}) {
        if (value <= factor * power * (1 + 1e-9))
            return factor * power;
    }
    return 10 * power;
}

struct TimeChart::Layout {
    QRectF head, plot;
    double maximum = 1;
    std::size_t length = 0;

    QPointF place(std::size_t at, double value) const {
        const auto steps = length > 1 ? static_cast<double>(length - 1) : 1.0;
        const auto clipped = std::clamp(value, 0.0, maximum);
        return {plot.left() + plot.width() * static_cast<double>(at) / steps,
                plot.bottom() - plot.height() * clipped / maximum};
    }
};

TimeChart::TimeChart(const QString& title, QWidget* parent) : QWidget(parent), title_(title) {
    setMouseTracking(true);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(title);
    format_ = [](double value) { return QLocale().toString(value, 'g', 4); };
}

void TimeChart::set_format(Format format) {
    format_ = std::move(format);
    update();
}

void TimeChart::set_least_maximum(double value) {
    least_maximum_ = value;
    update();
}

void TimeChart::set_series(std::vector<Series> series, std::chrono::seconds step) {
    series_ = std::move(series);
    step_ = step;
    length_ = series_.empty() ? 0 : series_.front().values.size();
    if (marked_ >= static_cast<int>(length_))
        marked_ = -1;
    if (length_ > 0)
        setAccessibleDescription(reading(length_ - 1));
    update();
}

QSize TimeChart::sizeHint() const {
    return {grid * 40, grid * 20};
}

QSize TimeChart::minimumSizeHint() const {
    return {grid * 22, grid * 15};
}

TimeChart::Layout TimeChart::lay_out() const {
    Layout layout;
    layout.length = length_;
    double highest = least_maximum_;
    for (const auto& one : series_) {
        for (const auto value : one.values) {
            if (!std::isnan(value))
                highest = std::max(highest, value);
        }
    }
    layout.maximum = round_maximum(highest);

    const QFontMetricsF caption(caption_font(font()));
    const QFontMetricsF heading(heading_font(font()));
    const auto area = QRectF(rect()).adjusted(grid * 1.5, grid, -grid * 1.5, -grid);
    layout.head = QRectF(area.topLeft(), QSizeF(area.width(), heading.height()));
    const auto scale_width = std::max(caption.horizontalAdvance(value_text(layout.maximum)),
                                      caption.horizontalAdvance(value_text(layout.maximum / 2))) +
                             grid;
    layout.plot = QRectF(area.left(), layout.head.bottom() + grid, area.width() - scale_width, 0);
    layout.plot.setBottom(area.bottom() - caption.height() - grid / 2.0);
    return layout;
}

QColor TimeChart::colour_of(const Series& series) const {
    return series.colour.isValid() ? series.colour : palette().color(QPalette::Highlight);
}

QString TimeChart::value_text(double value) const {
    return std::isnan(value) ? QStringLiteral("\u2013") : format_(value);
}

QString TimeChart::time_text(std::size_t at) const {
    const auto seconds = static_cast<qint64>(length_ - 1 - at) * step_.count();
    if (seconds == 0)
        return tr("now");
    if (seconds < 60)
        return tr("%1 s ago").arg(seconds);
    if (seconds % 60 == 0)
        return tr("%1 min ago").arg(seconds / 60);
    return tr("%1 min %2 s ago").arg(seconds / 60).arg(seconds % 60);
}

QString TimeChart::reading(std::size_t at) const {
    QStringList parts;
    for (const auto& one : series_) {
        if (at >= one.values.size())
            continue;
        const auto value = value_text(one.values[at]);
        parts << (one.name.isEmpty() ? value : tr("%1: %2").arg(one.name, value));
    }
    return tr("%1, %2").arg(parts.join(QStringLiteral(", ")), time_text(at));
}

void TimeChart::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hairline(palette()), 1));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 6, 6);
    }
    const auto layout = lay_out();
    draw_head(painter, layout);
    draw_scale(painter, layout);
    for (const auto& one : series_)
        draw_series(painter, layout, one);
    if (marked_ >= 0 && marked_ < static_cast<int>(length_))
        draw_marker(painter, layout);
}

void TimeChart::draw_head(QPainter& painter, const Layout& layout) const {
    const auto plain = font();
    const auto bold = heading_font(plain);
    auto right = layout.head.right();
    // From the right: the present values, each after a dot of its curve's colour.
    for (auto one = series_.rbegin(); one != series_.rend() && length_ > 0; ++one) {
        const auto value = value_text(one->values.back());
        painter.setFont(bold);
        const auto width = QFontMetricsF(bold).horizontalAdvance(value);
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(QRectF(right - width, layout.head.top(), width, layout.head.height()),
                         Qt::AlignVCenter, value);
        right -= width + grid / 2.0;
        if (!one->name.isEmpty()) {
            painter.setFont(plain);
            const auto name_width = QFontMetricsF(plain).horizontalAdvance(one->name);
            painter.setPen(quiet_text(palette()));
            painter.drawText(
                QRectF(right - name_width, layout.head.top(), name_width, layout.head.height()),
                Qt::AlignVCenter, one->name);
            right -= name_width + grid / 2.0;
            painter.setPen(Qt::NoPen);
            painter.setBrush(colour_of(*one));
            painter.drawEllipse(QPointF(right - 4, layout.head.center().y()), 4, 4);
            right -= grid * 2.0;
        }
    }
    painter.setFont(plain);
    painter.setPen(quiet_text(palette()));
    const auto room = std::max(0.0, right - grid - layout.head.left());
    painter.drawText(QRectF(layout.head.topLeft(), QSizeF(room, layout.head.height())),
                     Qt::AlignVCenter,
                     QFontMetricsF(plain).elidedText(title_, Qt::ElideRight, room));
}

void TimeChart::draw_scale(QPainter& painter, const Layout& layout) const {
    painter.setFont(caption_font(font()));
    const QFontMetricsF metrics(painter.font());
    for (const auto part : {0.0, 0.5, 1.0}) {
        const auto y = std::round(layout.plot.bottom() - layout.plot.height() * part) + 0.5;
        painter.setPen(QPen(hairline(palette()), 1, part == 0.0 ? Qt::SolidLine : Qt::DotLine));
        painter.drawLine(QPointF(layout.plot.left(), y), QPointF(layout.plot.right(), y));
        painter.setPen(quiet_text(palette()));
        painter.drawText(QRectF(layout.plot.right() + grid / 2.0, y - metrics.height() / 2,
                                width() - layout.plot.right(), metrics.height()),
                         Qt::AlignVCenter | Qt::AlignLeft, value_text(layout.maximum * part));
    }
    if (length_ < 2)
        return;
    const QRectF line(layout.plot.left(), layout.plot.bottom() + grid / 2.0, layout.plot.width(),
                      metrics.height());
    // Where the scale begins is told by the whole minute.
    const auto span = static_cast<qint64>(length_) * step_.count();
    painter.drawText(line, Qt::AlignLeft | Qt::AlignTop,
                     span >= 60 ? tr("%1 min ago").arg((span + 30) / 60) : time_text(0));
    painter.drawText(line, Qt::AlignRight | Qt::AlignTop, time_text(length_ - 1));
}

void TimeChart::draw_series(QPainter& painter, const Layout& layout, const Series& series) const {
    const auto colour = colour_of(series);
    const auto runs = runs_of(
        series.values, [&layout](std::size_t at, double value) { return layout.place(at, value); });
    for (const auto& run : runs) {
        if (series.filled) {
            auto area = run;
            area << QPointF(run.back().x(), layout.plot.bottom())
                 << QPointF(run.front().x(), layout.plot.bottom());
            auto shade = colour;
            shade.setAlphaF(0.16F);
            painter.setPen(Qt::NoPen);
            painter.setBrush(shade);
            painter.drawPolygon(area);
        }
        painter.setPen(QPen(colour, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(Qt::NoBrush);
        if (run.size() == 1)
            painter.drawPoint(run.front());
        else
            painter.drawPolyline(run);
    }
}

void TimeChart::draw_marker(QPainter& painter, const Layout& layout) const {
    const auto at = static_cast<std::size_t>(marked_);
    const auto x = layout.place(at, 0).x();
    painter.setPen(QPen(quiet_text(palette()), 1));
    painter.drawLine(QPointF(x, layout.plot.top()), QPointF(x, layout.plot.bottom()));
    for (const auto& one : series_) {
        if (at >= one.values.size() || std::isnan(one.values[at]))
            continue;
        painter.setPen(QPen(palette().color(QPalette::Base), 2));
        painter.setBrush(colour_of(one));
        painter.drawEllipse(layout.place(at, one.values[at]), 4.5, 4.5);
    }
}

void TimeChart::mark(int at) {
    if (at == marked_)
        return;
    marked_ = at;
    update();
    if (at < 0) {
        QToolTip::hideText();
        return;
    }
    const auto layout = lay_out();
    const auto place = layout.place(static_cast<std::size_t>(at), layout.maximum);
    QToolTip::showText(mapToGlobal(place.toPoint()), reading(static_cast<std::size_t>(at)), this);
}

void TimeChart::mouseMoveEvent(QMouseEvent* event) {
    const auto layout = lay_out();
    if (length_ < 2 || !layout.plot.adjusted(-4, -4, 4, 4).contains(event->position())) {
        mark(-1);
        return;
    }
    const auto part = (event->position().x() - layout.plot.left()) / layout.plot.width();
    mark(std::clamp(static_cast<int>(std::lround(part * static_cast<double>(length_ - 1))), 0,
                    static_cast<int>(length_) - 1));
}

void TimeChart::leaveEvent(QEvent* event) {
    mark(-1);
    QWidget::leaveEvent(event);
}

void TimeChart::keyPressEvent(QKeyEvent* event) {
    const auto last = static_cast<int>(length_) - 1;
    const auto from = marked_ < 0 ? last : marked_;
    switch (event->key()) {
    case Qt::Key_Left:
        mark(std::max(0, from - 1));
        break;
    case Qt::Key_Right:
        mark(std::min(last, from + 1));
        break;
    case Qt::Key_Home:
        mark(std::min(0, last));
        break;
    case Qt::Key_End:
        mark(last);
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void TimeChart::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void TimeChart::focusOutEvent(QFocusEvent* event) {
    mark(-1);
    QWidget::focusOutEvent(event);
    update();
}

} // namespace desktop
