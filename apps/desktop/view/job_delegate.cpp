#include "view/job_delegate.h"

#include "model/jobs_model.h"
#include "view/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QDateTime>
#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>

namespace desktop {
namespace {

constexpr int table_preview = 40;
constexpr int tile_preview_width = 144;
constexpr int tile_preview_height = 112;

// Everything a row has to say, for whoever cannot read it in its cell.
QString full_text(const QModelIndex& index) {
    const auto look = look_of(index);
    auto text = look.name.toHtmlEscaped();
    if (is_failure(look.state) && !look.note.isEmpty())
        text += QStringLiteral("<br>") + look.note.toHtmlEscaped();
    const auto source = index.data(JobsModel::source_role).toString();
    if (!source.isEmpty())
        text += QStringLiteral("<br><small>%1</small>").arg(source.toHtmlEscaped());
    return QStringLiteral("<div>%1</div>").arg(text);
}

// The time of day, or, if it was not today, the day: the tool tip has both.
QString moment_text(const QDateTime& when) {
    const QLocale locale;
    if (when.date() == QDate::currentDate())
        return locale.toString(when.time(), QStringLiteral("HH:mm:ss"));
    return locale.toString(when.date(), QLocale::ShortFormat);
}

void draw_background(QPainter* painter, const QStyleOptionViewItem& option) {
    const auto* style = option.widget ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
}

bool show_help(QHelpEvent* event, QAbstractItemView* view, const QModelIndex& index) {
    if (!index.isValid() || event->type() != QEvent::ToolTip)
        return false;
    QToolTip::showText(event->globalPos(), full_text(index), view);
    return true;
}

} // namespace

JobLook look_of(const QModelIndex& index) {
    JobLook look;
    look.state = static_cast<RowState>(index.data(JobsModel::state_role).toInt());
    look.name = index.data(JobsModel::name_role).toString();
    look.progress = index.data(JobsModel::progress_role).toDouble();
    look.preview = index.data(JobsModel::preview_role).value<QImage>();
    look.note = index.data(JobsModel::message_role).toString();
    if (look.note.isEmpty()) {
        const auto size = index.data(JobsModel::original_size_role).toSize();
        if (!size.isEmpty()) {
            const QLocale locale;
            look.note = QStringLiteral("%1 \u00d7 %2")
                            .arg(locale.toString(size.width()), locale.toString(size.height()));
        }
    }
    return look;
}

JobTableDelegate::JobTableDelegate(QObject* parent) : QStyledItemDelegate(parent) {}

int JobTableDelegate::row_height(const QFontMetrics& metrics) {
    return qMax(table_preview + grid * 2, metrics.height() * 2 + grid * 2);
}

void JobTableDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                             const QModelIndex& index) const {
    QStyleOptionViewItem item(option);
    // The current row is marked as a whole, by the table.
    item.state &= ~QStyle::State_HasFocus;
    const bool selected = item.state & QStyle::State_Selected;
    switch (index.column()) {
    case JobsModel::preview_column: {
        draw_background(painter, item);
        QRectF square(0, 0, table_preview, table_preview);
        square.moveCenter(QRectF(item.rect).center());
        draw_preview(*painter, square, look_of(index), item.palette);
        return;
    }
    case JobsModel::name_column:
        draw_background(painter, item);
        draw_name(*painter, QRectF(item.rect).adjusted(grid, 0, -grid, 0), look_of(index),
                  item.palette, item.font, selected);
        return;
    case JobsModel::state_column:
        draw_background(painter, item);
        draw_state(*painter, QRectF(item.rect).adjusted(grid, 0, -grid, 0), look_of(index),
                   item.palette, item.font, selected);
        return;
    default:
        break;
    }
    draw_background(painter, item);
    const auto text = index.column() == JobsModel::submitted_column
                          ? moment_text(index.data(JobsModel::submitted_role).toDateTime())
                          : index.data().toString();
    const auto area = item.rect.adjusted(grid, 0, -grid, 0);
    painter->setFont(item.font);
    painter->setPen(selected ? item.palette.color(QPalette::HighlightedText)
                             : quiet_text(item.palette));
    const auto wanted = index.data(Qt::TextAlignmentRole);
    const auto alignment =
        wanted.isValid() ? Qt::Alignment(wanted.toInt()) : Qt::AlignLeft | Qt::AlignVCenter;
    painter->drawText(area, alignment,
                      item.fontMetrics.elidedText(text, Qt::ElideRight, area.width()));
}

QSize JobTableDelegate::sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
    const auto height = row_height(option.fontMetrics);
    if (index.column() == JobsModel::preview_column)
        return {table_preview + grid * 2, height};
    return {option.fontMetrics.horizontalAdvance(index.data().toString()) + grid * 2, height};
}

bool JobTableDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view,
                                 const QStyleOptionViewItem& option, const QModelIndex& index) {
    const auto column = index.column();
    if (column <= JobsModel::state_column)
        return show_help(event, view, index);
    return QStyledItemDelegate::helpEvent(event, view, option, index);
}

JobTileDelegate::JobTileDelegate(QObject* parent) : QStyledItemDelegate(parent) {}

QSize JobTileDelegate::tile_size(const QFontMetrics& metrics) {
    return {tile_preview_width + grid * 2, tile_preview_height + metrics.height() * 2 + grid * 4};
}

void JobTileDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    const auto look = look_of(index);
    const bool selected = option.state & QStyle::State_Selected;
    const auto& colours = option.palette;
    const auto tile = QRectF(option.rect).adjusted(2, 2, -2, -2);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    if (selected || option.state & QStyle::State_MouseOver) {
        painter->setBrush(selected ? colours.color(QPalette::Highlight) : raised_surface(colours));
        painter->drawRoundedRect(tile, 6, 6);
    }
    if (option.state & QStyle::State_HasFocus) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(selected ? colours.color(QPalette::HighlightedText)
                                      : colours.color(QPalette::Highlight),
                             selected ? 1 : 2));
        painter->drawRoundedRect(selected ? tile.adjusted(2, 2, -2, -2) : tile, 5, 5);
    }
    painter->restore();

    const QRectF picture(option.rect.center().x() + 0.5 - tile_preview_width / 2.0,
                         option.rect.top() + grid, tile_preview_width, tile_preview_height);
    draw_preview(*painter, picture, look, colours);
    const QFontMetricsF metrics(option.font);
    QRectF line(picture.left(), picture.bottom() + grid * 0.75, picture.width(), metrics.height());
    painter->setFont(option.font);
    painter->setPen(colours.color(selected ? QPalette::HighlightedText : QPalette::Text));
    painter->drawText(line, Qt::AlignCenter,
                      metrics.elidedText(look.name, Qt::ElideMiddle, line.width()));
    line.moveTop(line.bottom() + 2);
    if (look.state == RowState::succeeded) {
        painter->setFont(caption_font(option.font));
        if (!selected)
            painter->setPen(quiet_text(colours));
        painter->drawText(line, Qt::AlignCenter, look.note);
        return;
    }
    // Centred as the name is, a bar as wide as the preview.
    auto area = line;
    const auto wide = state_width(look.state, option.font);
    if (look.state == RowState::processing && look.progress > 0)
        area.setBottom(option.rect.bottom());
    else if (wide < area.width())
        area = QRectF(line.center().x() - wide / 2, line.top(), wide, line.height());
    draw_state(*painter, area, look, colours, option.font, selected);
}

QSize JobTileDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    return tile_size(option.fontMetrics);
}

bool JobTileDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view,
                                const QStyleOptionViewItem&, const QModelIndex& index) {
    return show_help(event, view, index);
}

} // namespace desktop
