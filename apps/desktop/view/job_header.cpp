#include "view/job_header.h"

#include "model/jobs_model.h"
#include "view/icons.h"
#include "view/theme.h"

#include <QPainter>

namespace desktop {
namespace {

constexpr int arrow_size = 12;

bool is_number(int column) {
    return column >= JobsModel::progress_column && column <= JobsModel::duration_column;
}

} // namespace

JobHeader::JobHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
    setSectionsMovable(true);
    setSectionsClickable(true);
    setHighlightSections(false);
    setStretchLastSection(false);
    setSortIndicatorShown(true);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setAccessibleName(tr("Columns"));
}

QSize JobHeader::sizeHint() const {
    return {QHeaderView::sizeHint().width(), fontMetrics().height() + grid * 3 / 2};
}

QSize JobHeader::sectionSizeFromContents(int column) const {
    const auto text = model()->headerData(column, Qt::Horizontal).toString();
    return {fontMetrics().horizontalAdvance(text) + grid * 2 + arrow_size, sizeHint().height()};
}

void JobHeader::paintSection(QPainter* painter, const QRect& rect, int column) const {
    painter->save();
    painter->fillRect(rect, palette().color(QPalette::Base));
    painter->setPen(QPen(hairline(palette()), 1));
    painter->drawLine(rect.bottomLeft(), rect.bottomRight());
    // The preview needs no name to be understood; it has one for the columns' menu.
    const auto text = column == JobsModel::preview_column
                          ? QString()
                          : model()->headerData(column, Qt::Horizontal).toString();
    auto area = rect.adjusted(grid, 0, -grid, 0);
    const bool sorted = sortIndicatorSection() == column && !text.isEmpty();
    painter->setFont(caption_font(font()));
    const auto width = painter->fontMetrics().horizontalAdvance(text);
    if (sorted) {
        const QRectF square(is_number(column)
                                ? area.right() - arrow_size + 1
                                : qMin(area.left() + width + 4, area.right() - arrow_size + 1),
                            rect.center().y() - arrow_size / 2.0 + 1, arrow_size, arrow_size);
        draw_glyph(*painter, sortIndicatorOrder() == Qt::AscendingOrder ? Glyph::up : Glyph::down,
                   square, quiet_text(palette()));
        area.setRight(area.right() - arrow_size - 2);
    }
    painter->setPen(sorted ? palette().color(QPalette::Text) : quiet_text(palette()));
    painter->drawText(area, Qt::AlignVCenter | (is_number(column) ? Qt::AlignRight : Qt::AlignLeft),
                      painter->fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
    painter->restore();
}

} // namespace desktop
