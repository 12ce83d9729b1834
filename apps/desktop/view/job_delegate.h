#pragma once

#include "view/job_look.h"

#include <QStyledItemDelegate>

namespace desktop {

/// What the model says of a row.
JobLook look_of(const QModelIndex& index);

/// Draws the cells of the table: preview, name over what there is to say of it, state with
/// progress; other columns are plain text.
class JobTableDelegate final : public QStyledItemDelegate {
    Q_OBJECT

public:
    explicit JobTableDelegate(QObject* parent = nullptr);
    static int row_height(const QFontMetrics& metrics);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;
};

/// Draws a tile of the grid: preview, name, state.
class JobTileDelegate final : public QStyledItemDelegate {
    Q_OBJECT

public:
    explicit JobTileDelegate(QObject* parent = nullptr);
    static QSize tile_size(const QFontMetrics& metrics);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;
};

} // namespace desktop
