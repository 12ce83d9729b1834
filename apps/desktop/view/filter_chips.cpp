#include "view/filter_chips.h"

#include "view/theme.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>

#include <algorithm>
#include <numeric>

namespace desktop {
namespace {

constexpr int chip_height = 28;
constexpr int dot = 8;

} // namespace

Chip::Chip(std::optional<thumbjobs::JobState> state, QWidget* parent)
    : QAbstractButton(parent), state_(state) {
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setText(state ? state_name(*state) : tr("All"));
    set_count(0);
}

void Chip::set_count(qint64 count) {
    const auto before = sizeHint();
    count_ = count;
    setAccessibleName(tr("%1: %n job(s)", nullptr, static_cast<int>(count)).arg(text()));
    if (sizeHint() != before)
        updateGeometry();
    update();
}

void Chip::set_compact(bool compact) {
    if (compact == compact_)
        return;
    compact_ = compact;
    setToolTip(compact ? text() : QString());
    updateGeometry();
    update();
}

QString Chip::label() const {
    return QLocale().toString(count_);
}

QSize Chip::sizeHint() const {
    const QFontMetrics metrics(heading_font(font()));
    // Room for four digits before the row of chips has to move.
    const auto number = std::max(metrics.horizontalAdvance(label()),
                                 metrics.horizontalAdvance(QStringLiteral("00")));
    const auto mark = state_ ? dot + grid * 3 / 4 : 0;
    const auto name = compact_ ? 0 : metrics.horizontalAdvance(text()) + grid * 3 / 4;
    return {grid * 3 + mark + name + number, std::max(chip_height, metrics.height() + grid)};
}

void Chip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto& colours = palette();
    const auto accent =
        state_ ? state_colour(*state_, colours) : colours.color(QPalette::Highlight);
    const auto window = colours.color(QPalette::Window);
    const auto shape = QRectF(rect()).adjusted(1, 1, -1, -1);
    const auto radius = shape.height() / 2;

    auto surface = blend(window, colours.color(QPalette::WindowText), underMouse() ? 0.10 : 0.05);
    if (isChecked())
        surface = blend(window, accent, is_dark(colours) ? 0.30 : 0.18);
    if (isDown())
        surface = blend(surface, colours.color(QPalette::WindowText), 0.08);
    painter.setBrush(surface);
    painter.setPen(isChecked() ? QPen(accent, 1) : Qt::NoPen);
    painter.drawRoundedRect(shape, radius, radius);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colours.color(QPalette::Highlight), 2));
        painter.drawRoundedRect(shape, radius, radius);
    }

    qreal x = grid * 1.5;
    if (state_) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(accent);
        painter.drawEllipse(QRectF(x, (height() - dot) / 2.0, dot, dot));
        x += dot + grid * 0.75;
    }
    // The size is that of the heavier font, so that nothing moves when a chip is chosen.
    const auto heavy = heading_font(font());
    painter.setFont(isChecked() ? heavy : font());
    painter.setPen(colours.color(QPalette::WindowText));
    const QRectF rest(x, 0, width() - x - grid * 1.5, height());
    if (!compact_)
        painter.drawText(rest, Qt::AlignLeft | Qt::AlignVCenter, text());
    painter.setFont(heavy);
    painter.setPen(count_ > 0 && state_
                       ? blend(surface, accent, 1.0)
                       : blend(surface, colours.color(QPalette::WindowText), 0.75));
    painter.drawText(rest, Qt::AlignRight | Qt::AlignVCenter, label());
}

void Chip::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void Chip::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

FilterChips::FilterChips(QWidget* parent) : QWidget(parent), group_(new QButtonGroup(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(grid);
    group_->setExclusive(true);
    const auto add = [&](std::optional<thumbjobs::JobState> state) {
        auto* chip = new Chip(state, this);
        chips_.push_back(chip);
        group_->addButton(chip);
        row->addWidget(chip);
        connect(chip, &Chip::toggled, this, [this, chip](bool on) {
            if (on)
                emit filter_chosen(chip->state());
        });
    };
    add(std::nullopt);
    for (const auto state : thumbjobs::all_job_states)
        add(state);
    chips_.front()->setChecked(true);
    setAccessibleName(tr("Show jobs by state"));
}

void FilterChips::set_counts(const StateCounts& counts) {
    chips_.front()->set_count(std::accumulate(counts.begin(), counts.end(), qint64{0}));
    for (auto* chip : chips_) {
        if (chip->state())
            chip->set_count(counts[static_cast<std::size_t>(*chip->state())]);
    }
}

void FilterChips::fit_into(int width) {
    // What they would take with their names, whatever they show now.
    auto wanted = grid * (static_cast<int>(chips_.size()) - 1);
    for (auto* chip : chips_) {
        chip->set_compact(false);
        wanted += chip->sizeHint().width();
    }
    for (auto* chip : chips_)
        chip->set_compact(wanted > width && chip->state());
}

void FilterChips::choose(std::optional<thumbjobs::JobState> state) {
    for (auto* chip : chips_) {
        if (chip->state() == state)
            chip->setChecked(true);
    }
}

std::optional<thumbjobs::JobState> FilterChips::chosen() const {
    for (const auto* chip : chips_) {
        if (chip->isChecked())
            return chip->state();
    }
    return std::nullopt;
}

} // namespace desktop
