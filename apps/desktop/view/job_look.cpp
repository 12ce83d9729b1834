#include "view/job_look.h"

#include "view/icons.h"
#include "view/state_bar.h"
#include "view/theme.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace desktop {
namespace {

constexpr int sign_size = 16;
constexpr qreal sign_gap = grid * 0.75;
constexpr int check_size = 6; ///< Of the pattern behind what is transparent.
constexpr qreal bar_height = 4;

Glyph glyph_of(RowState state) {
    switch (state) {
    case RowState::waiting:
    case RowState::queued:
        return Glyph::clock;
    case RowState::uploading:
        return Glyph::up;
    case RowState::processing:
        return Glyph::retry;
    case RowState::succeeded:
        return Glyph::check;
    case RowState::failed:
    case RowState::refused:
        return Glyph::warning;
    case RowState::cancelled:
        return Glyph::cancel;
    }
    return Glyph::info;
}

void draw_bar(QPainter& painter, const QRectF& area, double progress, const QColor& colour,
              const QColor& track) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(track);
    painter.drawRoundedRect(area, bar_height / 2, bar_height / 2);
    const auto width = area.width() * std::clamp(progress, 0.0, 1.0);
    if (width < 1)
        return;
    painter.setBrush(colour);
    painter.drawRoundedRect(QRectF(area.topLeft(), QSizeF(std::max(width, bar_height), bar_height)),
                            bar_height / 2, bar_height / 2);
}

/// Light, whatever the theme: black on transparent is to be seen in the dark, too.
void draw_checks(QPainter& painter, const QRectF& area) {
    painter.fillRect(area, Qt::white);
    for (int y = 0; y * check_size < area.height(); ++y) {
        for (int x = y % 2; x * check_size < area.width(); x += 2)
            painter.fillRect(QRectF(area.left() + x * check_size, area.top() + y * check_size,
                                    check_size, check_size),
                             QColor(0xe4e6ea));
    }
}

} // namespace

QString row_state_name(RowState state) {
    switch (state) {
    case RowState::waiting:
        return QCoreApplication::translate("desktop::JobLook", "Waiting");
    case RowState::uploading:
        return QCoreApplication::translate("desktop::JobLook", "Submitting");
    case RowState::refused:
        return QCoreApplication::translate("desktop::JobLook", "Refused");
    default:
        return state_name(group_of(state));
    }
}

thumbjobs::JobState group_of(RowState state) {
    switch (state) {
    case RowState::waiting:
    case RowState::uploading:
    case RowState::queued:
        return thumbjobs::JobState::queued;
    case RowState::processing:
        return thumbjobs::JobState::processing;
    case RowState::succeeded:
        return thumbjobs::JobState::succeeded;
    case RowState::failed:
    case RowState::refused:
        return thumbjobs::JobState::failed;
    case RowState::cancelled:
        return thumbjobs::JobState::cancelled;
    }
    return thumbjobs::JobState::queued;
}

RowStates rows_of(thumbjobs::JobState group) {
    RowStates states = 0;
    for (const auto state : all_row_states) {
        if (group_of(state) == group)
            states = static_cast<RowStates>(states | in_set(state));
    }
    return states;
}

bool is_failure(RowState state) {
    return state == RowState::failed || state == RowState::refused;
}

void draw_preview(QPainter& painter, const QRectF& area, const JobLook& look,
                  const QPalette& palette) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    if (look.preview.isNull()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(raised_surface(palette));
        painter.drawRoundedRect(area, 4, 4);
        const auto side = std::min({area.width() * 0.5, area.height() * 0.5, 40.0});
        QRectF square(0, 0, side, side);
        square.moveCenter(area.center());
        draw_glyph(painter, is_failure(look.state) ? Glyph::broken_image : Glyph::image, square,
                   blend(raised_surface(palette), palette.color(QPalette::Text), 0.38));
        painter.restore();
        return;
    }
    // Never enlarged beyond its pixels: a small image stays sharp.
    const auto ratio = painter.device()->devicePixelRatioF();
    auto size = QSizeF(look.preview.size()) / ratio;
    if (size.width() > area.width() || size.height() > area.height())
        size.scale(area.size(), Qt::KeepAspectRatio);
    QRectF target(QPointF(), size);
    target.moveCenter(area.center());
    target.moveTopLeft({std::round(target.x()), std::round(target.y())});
    QPainterPath shape;
    shape.addRoundedRect(target, 3, 3);
    painter.setClipPath(shape);
    if (look.preview.hasAlphaChannel())
        draw_checks(painter, target);
    painter.drawImage(target, look.preview);
    painter.setClipping(false);
    // White images need an edge on white.
    auto edge = palette.color(QPalette::Text);
    edge.setAlphaF(0.14F);
    painter.setPen(QPen(edge, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(target.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.restore();
}

void draw_name(QPainter& painter, const QRectF& area, const JobLook& look, const QPalette& palette,
               const QFont& font, bool selected) {
    const auto text = palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    const QFontMetricsF metrics(font);
    const auto small = caption_font(font);
    const QFontMetricsF small_metrics(small);
    const auto gap = 2.0;
    const auto both =
        look.note.isEmpty() ? metrics.height() : metrics.height() + gap + small_metrics.height();
    QRectF line(area.left(), area.center().y() - both / 2, area.width(), metrics.height());
    painter.setFont(font);
    painter.setPen(text);
    // The end of a name tells files apart.
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                     metrics.elidedText(look.name, Qt::ElideMiddle, line.width()));
    if (look.note.isEmpty())
        return;
    line = QRectF(area.left(), line.bottom() + gap, area.width(), small_metrics.height());
    painter.setFont(small);
    if (selected)
        painter.setPen(text);
    else if (is_failure(look.state))
        painter.setPen(state_colour(thumbjobs::JobState::failed, palette));
    else
        painter.setPen(quiet_text(palette));
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                     small_metrics.elidedText(look.note, Qt::ElideRight, line.width()));
}

qreal state_width(RowState state, const QFont& font) {
    return sign_size + sign_gap + QFontMetricsF(font).horizontalAdvance(row_state_name(state));
}

void draw_state(QPainter& painter, const QRectF& area, const JobLook& look, const QPalette& palette,
                const QFont& font, bool selected) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const auto accent = selected ? palette.color(QPalette::HighlightedText)
                                 : state_colour(group_of(look.state), palette);
    const QFontMetricsF metrics(font);
    // A bar that does not move says nothing: there is one only once progress is told.
    const bool working = look.state == RowState::processing && look.progress > 0;
    const auto height = working ? metrics.height() + 4 + bar_height : metrics.height();
    QRectF line(area.left(), area.center().y() - height / 2, area.width(), metrics.height());
    auto name = row_state_name(look.state);
    if (working)
        name += QStringLiteral("  ") + QLocale().toString(std::floor(look.progress * 100), 'f', 0) +
                QLocale().percent();
    painter.setFont(font);
    painter.setPen(accent);
    auto text = line;
    if (!working && area.width() >= state_width(look.state, font)) {
        draw_glyph(painter, glyph_of(look.state),
                   QRectF(line.left(), line.center().y() - sign_size / 2.0, sign_size, sign_size),
                   accent);
        text.setLeft(line.left() + sign_size + sign_gap);
    }
    painter.drawText(text, Qt::AlignVCenter | Qt::AlignLeft,
                     metrics.elidedText(name, Qt::ElideRight, text.width()));
    if (working) {
        auto track = accent;
        track.setAlphaF(0.25F);
        draw_bar(painter,
                 QRectF(area.left(), line.bottom() + 4, std::min(area.width(), 120.0), bar_height),
                 look.progress, accent, track);
    }
    painter.restore();
}

} // namespace desktop
