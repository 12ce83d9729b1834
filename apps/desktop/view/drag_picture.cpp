#include "view/drag_picture.h"

#include "model/jobs_model.h"
#include "view/theme.h"

#include <QDrag>
#include <QLocale>
#include <QMimeData>
#include <QPainter>

namespace desktop {
namespace {

constexpr int side = 72;
constexpr int shown = 3;

QPixmap picture_of(const QModelIndexList& rows, const QWidget& widget) {
    const auto ratio = widget.devicePixelRatioF();
    QPixmap picture((QSizeF(side + grid * 3, side + grid * 3) * ratio).toSize());
    picture.setDevicePixelRatio(ratio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const auto count = qMin<qsizetype>(rows.size(), shown);
    for (auto i = count - 1; i >= 0; --i) {
        const auto image = rows[i].data(JobsModel::preview_role).value<QImage>();
        QRectF area(static_cast<qreal>(i) * grid, static_cast<qreal>(i) * grid, side, side);
        if (!image.isNull()) {
            auto size = QSizeF(image.size());
            size.scale(area.size(), Qt::KeepAspectRatio);
            QRectF target(QPointF(), size);
            target.moveCenter(area.center());
            painter.drawImage(target, image);
            painter.setPen(QPen(Qt::white, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(target);
        }
    }
    if (rows.size() > 1) {
        const auto text = QLocale().toString(rows.size());
        const auto& palette = widget.palette();
        const QFontMetricsF metrics(heading_font(widget.font()));
        const auto width = qMax(metrics.horizontalAdvance(text) + grid, metrics.height() + 4);
        const QRectF badge(side + grid * 3 - width, side + grid, width, metrics.height() + 4);
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette.color(QPalette::Highlight));
        painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2);
        painter.setFont(heading_font(widget.font()));
        painter.setPen(palette.color(QPalette::HighlightedText));
        painter.drawText(badge, Qt::AlignCenter, text);
    }
    return picture;
}

} // namespace

void start_drag_of_jobs(QAbstractItemView& view, Qt::DropActions actions) {
    QModelIndexList rows;
    for (const auto& index : view.selectionModel()->selectedRows()) {
        if (index.flags() & Qt::ItemIsDragEnabled)
            rows << index;
    }
    auto* mime = rows.isEmpty() ? nullptr : view.model()->mimeData(rows);
    if (!mime)
        return;
    auto* drag = new QDrag(&view);
    drag->setMimeData(mime);
    drag->setPixmap(picture_of(rows, view));
    drag->setHotSpot({grid * 2, grid * 2});
    drag->exec(actions, Qt::CopyAction);
}

} // namespace desktop
