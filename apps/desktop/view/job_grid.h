#pragma once

#include <QAbstractItemView>

namespace desktop {

/// The jobs as tiles. Unlike QListView it keeps nothing for each row, so that a hundred thousand of
/// them cost nothing until they are in sight.
class JobGrid final : public QAbstractItemView {
    Q_OBJECT

public:
    explicit JobGrid(QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model) override;
    QModelIndex indexAt(const QPoint& point) const override;
    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;

signals:
    /// Rows `first` to `last` are in sight; -1: none.
    void in_sight(int first, int last);

protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override { return 0; }
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex& index) const override;
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void updateGeometries() override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void startDrag(Qt::DropActions actions) override;

protected slots:
    void rowsInserted(const QModelIndex& parent, int start, int end) override;
    void dataChanged(const QModelIndex& top_left, const QModelIndex& bottom_right,
                     const QList<int>& roles) override;

private:
    int rows() const;
    int columns() const;
    QSize tile() const;
    int margin() const;
    QRect rect_of(int row) const; ///< In the viewport.
    int row_near(int y) const;    ///< The first row of the line at a height of the contents.
    void tell_sight();
    void refresh();

    QRect rubber_band_; ///< In the contents; empty: none is drawn.
    QPoint band_start_;
};

} // namespace desktop
