#include "view/job_grid.h"

#include "model/jobs_model.h"
#include "view/drag_picture.h"
#include "view/job_delegate.h"
#include "view/theme.h"

#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyleOptionRubberBand>

#include <algorithm>

namespace desktop {

JobGrid::JobGrid(QWidget* parent) : QAbstractItemView(parent) {
    setItemDelegate(new JobTileDelegate(this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setTabKeyNavigation(false);
    setDragEnabled(true);
    setDragDropMode(DragOnly);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    setFrameShape(NoFrame);
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_Hover);
    setAccessibleName(tr("Jobs"));
}

void JobGrid::setModel(QAbstractItemModel* model) {
    QAbstractItemView::setModel(model);
    if (!model)
        return;
    connect(model, &QAbstractItemModel::rowsRemoved, this, &JobGrid::refresh);
    connect(model, &QAbstractItemModel::modelReset, this, &JobGrid::refresh);
    connect(model, &QAbstractItemModel::layoutChanged, this, &JobGrid::refresh);
    refresh();
}

int JobGrid::rows() const {
    return model() ? model()->rowCount() : 0;
}

QSize JobGrid::tile() const {
    return JobTileDelegate::tile_size(fontMetrics());
}

int JobGrid::columns() const {
    return std::max(1, (viewport()->width() - grid) / (tile().width() + grid / 2));
}

int JobGrid::margin() const {
    // What is left over is shared by both sides.
    const auto used = columns() * (tile().width() + grid / 2) - grid / 2;
    return std::max(grid / 2, (viewport()->width() - used) / 2);
}

QRect JobGrid::rect_of(int row) const {
    const auto size = tile();
    const auto across = columns();
    return {QPoint(margin() + row % across * (size.width() + grid / 2),
                   grid / 2 + row / across * (size.height() + grid / 2) - verticalOffset()),
            size};
}

int JobGrid::row_near(int y) const {
    const auto line = std::max(0, y - grid / 2) / (tile().height() + grid / 2);
    return line * columns();
}

QModelIndex JobGrid::indexAt(const QPoint& point) const {
    const auto first = row_near(point.y() + verticalOffset());
    for (auto row = first; row < std::min(rows(), first + columns()); ++row) {
        if (rect_of(row).contains(point))
            return model()->index(row, JobsModel::name_column, rootIndex());
    }
    return {};
}

QRect JobGrid::visualRect(const QModelIndex& index) const {
    return index.isValid() ? rect_of(index.row()) : QRect();
}

void JobGrid::scrollTo(const QModelIndex& index, ScrollHint hint) {
    if (!index.isValid())
        return;
    const auto rect = rect_of(index.row());
    auto* bar = verticalScrollBar();
    const auto room = viewport()->height();
    if (hint == PositionAtTop || (hint == EnsureVisible && rect.top() < 0))
        bar->setValue(bar->value() + rect.top() - grid / 2);
    else if (hint == PositionAtBottom || (hint == EnsureVisible && rect.bottom() > room))
        bar->setValue(bar->value() + rect.bottom() - room + grid / 2);
    else if (hint == PositionAtCenter)
        bar->setValue(bar->value() + rect.center().y() - room / 2);
}

QModelIndex JobGrid::moveCursor(CursorAction action, Qt::KeyboardModifiers) {
    if (rows() == 0)
        return {};
    const auto lines = std::max(1, viewport()->height() / (tile().height() + grid / 2));
    auto row = currentIndex().isValid() ? currentIndex().row() : -1;
    if (row < 0)
        return model()->index(0, JobsModel::name_column, rootIndex());
    const auto down = [&](int count) {
        // In the last but one line there may be nothing straight below.
        const auto last_line = (rows() - 1) / columns();
        if (row / columns() < last_line)
            row = std::min(rows() - 1, row + count * columns());
    };
    const auto up = [&](int count) { row = std::max(row % columns(), row - count * columns()); };
    switch (action) {
    case MoveLeft:
    case MovePrevious:
        row = std::max(0, row - 1);
        break;
    case MoveRight:
    case MoveNext:
        row = std::min(rows() - 1, row + 1);
        break;
    case MoveUp:
        up(1);
        break;
    case MoveDown:
        down(1);
        break;
    case MovePageUp:
        up(lines);
        break;
    case MovePageDown:
        down(lines);
        break;
    case MoveHome:
        row = 0;
        break;
    case MoveEnd:
        row = rows() - 1;
        break;
    }
    return model()->index(row, JobsModel::name_column, rootIndex());
}

int JobGrid::verticalOffset() const {
    return verticalScrollBar()->value();
}

bool JobGrid::isIndexHidden(const QModelIndex& index) const {
    return index.column() != JobsModel::name_column;
}

void JobGrid::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) {
    const auto area = rect.normalized();
    QItemSelection selection;
    const auto add = [&](int first, int last) {
        selection.select(model()->index(first, 0, rootIndex()),
                         model()->index(last, model()->columnCount() - 1, rootIndex()));
    };
    // Without a rubber band, the corners are where a selection begins and ends in reading order.
    const auto from = indexAt(rect.topLeft());
    const auto to = indexAt(rect.bottomRight());
    if (rubber_band_.isNull() && from.isValid() && to.isValid()) {
        add(std::min(from.row(), to.row()), std::max(from.row(), to.row()));
    } else {
        const auto first = row_near(area.top() + verticalOffset());
        const auto end = std::min(rows(), row_near(area.bottom() + verticalOffset()) + columns());
        int run = -1;
        for (auto row = first; row <= end; ++row) {
            const bool in = row < end && rect_of(row).intersects(area);
            if (in && run < 0)
                run = row;
            if (!in && run >= 0) {
                add(run, row - 1);
                run = -1;
            }
        }
    }
    selectionModel()->select(selection, command);
}

QRegion JobGrid::visualRegionForSelection(const QItemSelection& selection) const {
    QRegion region;
    const auto first = row_near(verticalOffset());
    const auto last = row_near(verticalOffset() + viewport()->height()) + columns();
    for (const auto& range : selection) {
        for (auto row = std::max(range.top(), first); row <= std::min(range.bottom(), last); ++row)
            region += rect_of(row);
    }
    return region;
}

void JobGrid::updateGeometries() {
    const auto lines = (rows() + columns() - 1) / columns();
    const auto step = tile().height() + grid / 2;
    const auto height = lines * step + grid / 2;
    auto* bar = verticalScrollBar();
    bar->setSingleStep(step / 3);
    bar->setPageStep(viewport()->height());
    bar->setRange(0, std::max(0, height - viewport()->height()));
    QAbstractItemView::updateGeometries();
    tell_sight();
}

void JobGrid::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    if (rows() == 0)
        return;
    QStyleOptionViewItem base;
    initViewItemOption(&base);
    const auto pointer = viewport()->mapFromGlobal(QCursor::pos());
    const auto hovered = viewport()->underMouse() ? indexAt(pointer) : QModelIndex();
    const auto first = row_near(event->rect().top() + verticalOffset());
    const auto end =
        std::min(rows(), row_near(event->rect().bottom() + verticalOffset()) + columns());
    for (auto row = first; row < end; ++row) {
        const auto index = model()->index(row, JobsModel::name_column, rootIndex());
        auto option = base;
        option.rect = rect_of(row);
        if (selectionModel()->isRowSelected(row, rootIndex()))
            option.state |= QStyle::State_Selected;
        if (index.row() == currentIndex().row() && hasFocus())
            option.state |= QStyle::State_HasFocus;
        option.state.setFlag(QStyle::State_MouseOver, index == hovered);
        itemDelegate()->paint(&painter, option, index);
    }
    if (!rubber_band_.isNull()) {
        QStyleOptionRubberBand band;
        band.initFrom(viewport());
        band.rect = rubber_band_.translated(0, -verticalOffset());
        style()->drawControl(QStyle::CE_RubberBand, &band, &painter, viewport());
    }
}

void JobGrid::resizeEvent(QResizeEvent* event) {
    // What was at the top stays at the top, in however many columns.
    const auto first = rows() > 0 ? row_near(verticalOffset()) : 0;
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
    if (first > 0 && first < rows())
        scrollTo(model()->index(first, JobsModel::name_column, rootIndex()), PositionAtTop);
}

void JobGrid::showEvent(QShowEvent* event) {
    QAbstractItemView::showEvent(event);
    updateGeometries();
}

void JobGrid::scrollContentsBy(int, int) {
    viewport()->update();
    tell_sight();
}

void JobGrid::mousePressEvent(QMouseEvent* event) {
    QAbstractItemView::mousePressEvent(event);
    band_start_ = event->pos() + QPoint(0, verticalOffset());
}

void JobGrid::mouseMoveEvent(QMouseEvent* event) {
    const bool drawing = state() == DragSelectingState && event->buttons() & Qt::LeftButton;
    if (drawing) {
        rubber_band_ = QRect(band_start_, event->pos() + QPoint(0, verticalOffset())).normalized();
    }
    QAbstractItemView::mouseMoveEvent(event);
    viewport()->update();
}

void JobGrid::mouseReleaseEvent(QMouseEvent* event) {
    QAbstractItemView::mouseReleaseEvent(event);
    rubber_band_ = {};
    viewport()->update();
}

void JobGrid::startDrag(Qt::DropActions actions) {
    start_drag_of_jobs(*this, actions);
}

void JobGrid::rowsInserted(const QModelIndex& parent, int start, int end) {
    QAbstractItemView::rowsInserted(parent, start, end);
    refresh();
}

void JobGrid::dataChanged(const QModelIndex& top_left, const QModelIndex& bottom_right,
                          const QList<int>& roles) {
    QAbstractItemView::dataChanged(top_left, bottom_right, roles);
    const auto first = std::max(top_left.row(), row_near(verticalOffset()));
    const auto last =
        std::min(bottom_right.row(), row_near(verticalOffset() + viewport()->height()) + columns());
    for (auto row = first; row <= last; ++row)
        viewport()->update(rect_of(row));
}

void JobGrid::tell_sight() {
    if (!isVisible() || rows() == 0) {
        emit in_sight(-1, -1);
        return;
    }
    emit in_sight(
        row_near(verticalOffset()),
        std::min(rows() - 1, row_near(verticalOffset() + viewport()->height()) + columns() - 1));
}

void JobGrid::refresh() {
    updateGeometries();
    viewport()->update();
}

} // namespace desktop
