#include "view/job_table.h"

#include "model/jobs_model.h"
#include "view/drag_picture.h"
#include "view/job_delegate.h"
#include "view/job_header.h"
#include "view/job_look.h"
#include "view/theme.h"

#include <QEvent>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QtMath>

#include <algorithm>
#include <utility>

namespace desktop {

JobTable::JobTable(QWidget* parent) : QTableView(parent) {
    setHorizontalHeader(new JobHeader(this));
    setItemDelegate(new JobTableDelegate(this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setShowGrid(false);
    setAlternatingRowColors(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setCornerButtonEnabled(false);
    setDragEnabled(true);
    setDragDropMode(DragOnly);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setFrameShape(NoFrame);
    setSortingEnabled(true);
    setAccessibleName(tr("Jobs"));
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    auto* header = horizontalHeader();
    connect(header, &QWidget::customContextMenuRequested, this, &JobTable::offer_columns);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &JobTable::tell_sight);
    set_row_height();
}

void JobTable::setModel(QAbstractItemModel* model) {
    QTableView::setModel(model);
    if (!model)
        return;
    set_columns();
    for (const auto changed :
         {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
        connect(model, changed, this, &JobTable::tell_sight);
    }
    connect(model, &QAbstractItemModel::modelReset, this, &JobTable::tell_sight);
    tell_sight();
}

void JobTable::set_row_height() {
    const auto height = JobTableDelegate::row_height(fontMetrics());
    verticalHeader()->setMinimumSectionSize(height);
    verticalHeader()->setDefaultSectionSize(height);
    verticalScrollBar()->setSingleStep(height / 2);
}

void JobTable::set_columns() {
    auto* header = horizontalHeader();
    const auto letters = [this](int count) {
        return fontMetrics().averageCharWidth() * count + grid * 2;
    };
    header->setMinimumSectionSize(grid * 6);
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(JobsModel::preview_column, QHeaderView::Fixed);
    header->setSectionResizeMode(JobsModel::name_column, QHeaderView::Stretch);
    qreal state = 0;
    for (const auto one : all_row_states)
        state = std::max(state, state_width(one, font()));
    const std::pair<int, int> least[] = {{JobsModel::state_column, qCeil(state) + grid * 2 + 1},
                                         {JobsModel::progress_column, letters(9)},
                                         {JobsModel::before_column, letters(12)},
                                         {JobsModel::after_column, letters(12)},
                                         {JobsModel::duration_column, letters(11)},
                                         {JobsModel::submitted_column, letters(13)}};
    // In some languages, the head of a column is longer than what is in it.
    for (const auto& [column, width] : least)
        header->resizeSection(column, std::max(width, header->sectionSizeHint(column)));
    header->resizeSection(JobsModel::preview_column, grid * 7);
    // It is drawn in the state's cell.
    setColumnHidden(JobsModel::progress_column, true);
    sortByColumn(JobsModel::submitted_column, Qt::DescendingOrder);
}

void JobTable::offer_columns(const QPoint& at) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (int column = 0; column < model()->columnCount(); ++column) {
        if (column == JobsModel::name_column)
            continue; // always there
        auto* action = menu->addAction(model()->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(column));
        connect(action, &QAction::toggled, this,
                [this, column](bool shown) { setColumnHidden(column, !shown); });
    }
    menu->popup(horizontalHeader()->mapToGlobal(at));
}

QByteArray JobTable::save_state() const {
    return horizontalHeader()->saveState();
}

void JobTable::restore_state(const QByteArray& state) {
    if (state.isEmpty() || !horizontalHeader()->restoreState(state))
        return;
    // What a broken or older state must not take away.
    auto* header = horizontalHeader();
    setColumnHidden(JobsModel::name_column, false);
    header->setSectionResizeMode(JobsModel::preview_column, QHeaderView::Fixed);
    header->setSectionResizeMode(JobsModel::name_column, QHeaderView::Stretch);
    header->resizeSection(JobsModel::preview_column, grid * 7);
    sortByColumn(header->sortIndicatorSection(), header->sortIndicatorOrder());
}

void JobTable::tell_sight() {
    if (!isVisible() || !model() || model()->rowCount() == 0) {
        emit in_sight(-1, -1);
        return;
    }
    const auto first = rowAt(0);
    const auto last = rowAt(viewport()->height() - 1);
    emit in_sight(qMax(first, 0), last < 0 ? model()->rowCount() - 1 : last);
}

void JobTable::paintEvent(QPaintEvent* event) {
    QTableView::paintEvent(event);
    QPainter painter(viewport());
    painter.setPen(QPen(hairline(palette()), 1));
    const auto first = qMax(rowAt(0), 0);
    for (auto row = first; model() && row < model()->rowCount(); ++row) {
        const auto y = rowViewportPosition(row) + rowHeight(row) - 1;
        if (y > viewport()->height())
            break;
        if (selectionModel()->isRowSelected(row))
            continue;
        painter.drawLine(grid, y, viewport()->width() - grid, y);
    }
    if (!hasFocus() || !currentIndex().isValid())
        return;
    const auto row = currentIndex().row();
    const QRectF frame(0, rowViewportPosition(row), viewport()->width(), rowHeight(row));
    const bool selected = selectionModel()->isRowSelected(row);
    painter.setPen(QPen(palette().color(selected ? QPalette::HighlightedText : QPalette::Highlight),
                        1, selected ? Qt::DotLine : Qt::SolidLine));
    painter.drawRect(frame.adjusted(1.5, 1.5, -2.5, -2.5));
}

void JobTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    tell_sight();
}

void JobTable::showEvent(QShowEvent* event) {
    QTableView::showEvent(event);
    tell_sight();
}

void JobTable::changeEvent(QEvent* event) {
    QTableView::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        set_row_height();
}

void JobTable::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QTableView::currentChanged(current, previous);
    viewport()->update(); // the mark is around the row, not around the cell
}

void JobTable::startDrag(Qt::DropActions actions) {
    start_drag_of_jobs(*this, actions);
}

} // namespace desktop
