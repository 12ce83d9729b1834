#include "view/jobs_page.h"

#include "view/activity_panel.h"
#include "view/details_panel.h"
#include "view/empty_state.h"
#include "view/filter_chips.h"
#include "view/icons.h"
#include "view/job_grid.h"
#include "view/job_look.h"
#include "view/job_table.h"
#include "view/theme.h"

#include <QAction>
#include <QApplication>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLineEdit>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace desktop {
namespace {

constexpr std::chrono::seconds notice_time{8};
constexpr int least_width_for_details = grid * 88;

StateCounts grouped(const RowCounts& counts) {
    StateCounts groups{};
    for (const auto state : all_row_states)
        groups[static_cast<std::size_t>(group_of(state))] += counts[index_of(state)];
    return groups;
}

QWidget* with_margins(QWidget* inner, const QMargins& margins, QWidget* parent) {
    auto* outer = new QWidget(parent);
    auto* column = new QVBoxLayout(outer);
    column->setContentsMargins(margins);
    column->setSpacing(grid / 2);
    column->addWidget(inner);
    return outer;
}

} // namespace

JobsPage::JobsPage(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      chips_(new FilterChips(this)),
      search_(new QLineEdit(this)),
      bar_(new StateBar(this)),
      banner_(new MessageStrip(this)),
      obstacle_(new MessageStrip(this)),
      notice_(new MessageStrip(this)),
      stack_(new QStackedWidget(this)),
      empty_(new EmptyState(this)),
      table_(new JobTable(this)),
      tiles_(new JobGrid(this)),
      selection_(new QItemSelectionModel(&workspace.jobs(), this)),
      details_(new DetailsPanel(workspace.jobs(), this)),
      activity_(new ActivityPanel(this)),
      across_(new QSplitter(Qt::Horizontal, this)),
      down_(new QSplitter(Qt::Vertical, this)),
      sheet_(new DropSheet(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(build_head());
    column->addWidget(build_list(), 1);
    connect_models();
    show_counts();
    show_obstacle();
    show_right_view();
    activity_->set_history(workspace_.statistics().history());
}

QWidget* JobsPage::build_head() {
    auto* head = new QWidget(this);
    search_->setPlaceholderText(tr("Search names"));
    search_->setClearButtonEnabled(true);
    search_->addAction(icon(Glyph::search), QLineEdit::LeadingPosition);
    search_->setMinimumWidth(grid * 18);
    search_->setMaximumWidth(grid * 36);
    search_->setMinimumHeight(grid * 3.5);
    search_->setAccessibleName(tr("Search jobs by name"));
    search_->installEventFilter(this);
    connect(search_, &QLineEdit::textChanged, &workspace_.jobs(), &JobsModel::set_search);
    connect(chips_, &FilterChips::filter_chosen, this,
            [this](std::optional<thumbjobs::JobState> group) {
                workspace_.jobs().set_state_filter(group ? rows_of(*group) : every_row_state);
            });
    auto* row = new QHBoxLayout;
    row->setSpacing(grid * 2);
    row->addWidget(chips_);
    row->addStretch(1);
    row->addWidget(search_, 2);
    auto* column = new QVBoxLayout(head);
    column->setContentsMargins(grid * 2, grid, grid * 2, grid);
    column->setSpacing(grid);
    column->addLayout(row);
    column->addWidget(bar_);
    column->addWidget(banner_);
    column->addWidget(obstacle_);
    return head;
}

QWidget* JobsPage::build_list() {
    stack_->addWidget(empty_);
    stack_->addWidget(table_);
    stack_->addWidget(tiles_);
    connect_list(table_);
    connect_list(tiles_);
    connect(table_, &JobTable::in_sight, this, [this](int first, int last) {
        if (layout_ == Layout::table)
            workspace_.jobs().set_visible_rows(first, last);
    });
    connect(tiles_, &JobGrid::in_sight, this, [this](int first, int last) {
        if (layout_ == Layout::tiles)
            workspace_.jobs().set_visible_rows(first, last);
    });
    connect(empty_, &EmptyState::images_wanted, this, &JobsPage::images_wanted);
    connect(empty_, &EmptyState::folder_wanted, this, &JobsPage::folder_wanted);
    connect(empty_, &EmptyState::all_wanted, this, [this] {
        search_->clear();
        filter(std::nullopt);
    });
    connect(selection_, &QItemSelectionModel::selectionChanged, this, [this] {
        details_->set_selection(selected());
        emit selection_changed();
    });

    auto* left = new QWidget(this);
    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(stack_, 1);
    column->addWidget(with_margins(notice_, {grid * 2, grid, grid * 2, 0}, left));
    notice_->parentWidget()->setMaximumHeight(0);
    notice_->installEventFilter(this);
    across_->addWidget(left);
    across_->addWidget(details_);
    across_->setStretchFactor(0, 1);
    across_->setStretchFactor(1, 0);
    across_->setCollapsible(0, false);
    across_->setCollapsible(1, false);
    across_->setSizes({grid * 90, grid * 36});
    down_->addWidget(across_);
    down_->addWidget(activity_);
    down_->setStretchFactor(0, 1);
    down_->setStretchFactor(1, 0);
    down_->setCollapsible(0, false);
    down_->setCollapsible(1, false);
    for (auto* splitter : {across_, down_}) {
        splitter->setHandleWidth(1);
        splitter->setChildrenCollapsible(false);
    }
    stack_->installEventFilter(this);
    return down_;
}

void JobsPage::connect_list(QAbstractItemView* view) {
    view->setModel(&workspace_.jobs());
    delete view->selectionModel();
    view->setSelectionModel(selection_);
    connect(view, &QWidget::customContextMenuRequested, this, [this, view](const QPoint& at) {
        emit menu_wanted(view->viewport()->mapToGlobal(at));
    });
    connect(view, &QAbstractItemView::activated, this, [this](const QModelIndex& index) {
        if (const auto key = workspace_.jobs().key_at(index.row()))
            emit open_wanted(key);
    });
}

void JobsPage::connect_models() {
    connect(&workspace_.jobs(), &JobsModel::counts_changed, this, &JobsPage::show_counts);
    for (const auto changed :
         {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
        connect(&workspace_.jobs(), changed, this, &JobsPage::show_right_view);
    }
    connect(&workspace_.jobs(), &QAbstractItemModel::modelReset, this, &JobsPage::show_right_view);
    connect(&workspace_.jobs(), &JobsModel::loading_changed, this, &JobsPage::show_right_view);
    connect(&workspace_.statistics(), &Statistics::changed, this, [this] {
        if (activity_->isVisible())
            activity_->set_history(workspace_.statistics().history());
    });
    connect(&workspace_.intake(), &Intake::obstacle_changed, this, &JobsPage::show_obstacle);
    connect(&workspace_.feed(), &JobFeed::obstacle_changed, this, &JobsPage::show_obstacle);
    connect(&workspace_.queue(), &Queue::removal_changed, this, &JobsPage::show_removal);
    connect(&workspace_.queue(), &Queue::finished, this, &JobsPage::show_finished);
    connect(&workspace_.intake(), &Intake::scan_finished, this, [this](const ScanSummary& summary) {
        QStringList parts;
        if (summary.cut_off)
            parts << tr("There were more than %n file(s); the rest was left out.", nullptr,
                        summary.files);
        if (summary.unreadable > 0)
            parts << tr("%n folder(s) could not be read.", nullptr, summary.unreadable);
        if (summary.files == 0 && summary.folders > 0 && !summary.stopped)
            parts << tr("No files were found there.");
        if (!parts.isEmpty())
            set_notice(MessageStrip::Tone::warning, parts.join(u' '));
    });
}

void JobsPage::set_layout(Layout layout) {
    const bool focused = list().hasFocus();
    layout_ = layout;
    show_right_view();
    if (selection_->currentIndex().isValid()) {
        table_->scrollTo(selection_->currentIndex());
        tiles_->scrollTo(selection_->currentIndex());
    }
    if (focused)
        list().setFocus();
}

QAbstractItemView& JobsPage::list() const {
    if (layout_ == Layout::table)
        return *table_;
    return *tiles_;
}

void JobsPage::show_details(bool shown) {
    details_wanted_ = shown;
    make_room();
}

void JobsPage::make_room() {
    chips_->fit_into(width() - search_->minimumWidth() - grid * 6);
    // Of nothing, there is nothing to tell; and a small window is for the list.
    details_->setVisible(details_wanted_ && workspace_.jobs().total() > 0 &&
                         width() >= least_width_for_details);
}

void JobsPage::show_activity(bool shown) {
    activity_->setVisible(shown);
    if (shown)
        activity_->set_history(workspace_.statistics().history());
}

void JobsPage::filter(std::optional<thumbjobs::JobState> group) {
    chips_->choose(group);
}

void JobsPage::focus_search() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

void JobsPage::save_state(QSettings& settings) const {
    settings.setValue(QStringLiteral("table"), table_->save_state());
    settings.setValue(QStringLiteral("across"), across_->saveState());
    settings.setValue(QStringLiteral("down"), down_->saveState());
}

void JobsPage::restore_state(const QSettings& settings) {
    table_->restore_state(settings.value(QStringLiteral("table")).toByteArray());
    across_->restoreState(settings.value(QStringLiteral("across")).toByteArray());
    down_->restoreState(settings.value(QStringLiteral("down")).toByteArray());
    for (auto* splitter : {across_, down_}) {
        splitter->setHandleWidth(1);
        splitter->setChildrenCollapsible(false);
    }
}

void JobsPage::show_row(RowKey key) {
    const auto index = workspace_.jobs().index_of(key);
    if (!index.isValid())
        return;
    selection_->setCurrentIndex(index,
                                QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    table_->scrollTo(index);
    tiles_->scrollTo(index);
}

std::vector<RowKey> JobsPage::selected() const {
    auto rows = selection_->selectedRows();
    std::sort(rows.begin(), rows.end());
    return workspace_.jobs().keys_of(rows);
}

void JobsPage::select_all() {
    const auto last = workspace_.jobs().rowCount() - 1;
    if (last < 0)
        return;
    // One range, however many rows.
    selection_->select(QItemSelection(workspace_.jobs().index(0, 0),
                                      workspace_.jobs().index(last, JobsModel::column_count - 1)),
                       QItemSelectionModel::ClearAndSelect);
    list().setFocus();
}

void JobsPage::show_right_view() {
    // The keyboard stays where the jobs are or would be: Ctrl+Z after the last one was removed is
    // not for the search field.
    const bool focused = stack_->isAncestorOf(QApplication::focusWidget());
    const auto keep_focus = [this, focused] {
        if (focused && !stack_->currentWidget()->isAncestorOf(QApplication::focusWidget()))
            stack_->currentWidget()->setFocus();
    };
    if (workspace_.jobs().rowCount() > 0) {
        stack_->setCurrentWidget(&list());
        keep_focus();
        return;
    }
    if (workspace_.jobs().total() > 0)
        empty_->set_kind(EmptyState::Kind::no_match);
    else if (workspace_.jobs().loading())
        empty_->set_kind(EmptyState::Kind::loading);
    else
        empty_->set_kind(EmptyState::Kind::no_jobs);
    stack_->setCurrentWidget(empty_);
    keep_focus();
}

void JobsPage::show_counts() {
    const auto groups = grouped(workspace_.jobs().counts());
    chips_->set_counts(groups);
    bar_->set_counts(groups);
    make_room();
    show_right_view();
}

void JobsPage::set_banner(MessageStrip::Tone tone, const QString& text, StripOffer offer) {
    if (text.isEmpty())
        banner_->hide();
    else
        banner_->show_message(tone, text, std::move(offer));
}

void JobsPage::set_notice(MessageStrip::Tone tone, const QString& text, StripOffer offer) {
    undo_shown_ = false;
    notice_->show_message(tone, text, std::move(offer), notice_time);
}

void JobsPage::show_obstacle() {
    // A connection that is away has a banner of its own.
    const auto intake = workspace_.intake().obstacle();
    const auto text = intake.isEmpty() ? workspace_.feed().obstacle() : intake;
    if (text.isEmpty() || !banner_->isHidden())
        obstacle_->hide();
    else
        obstacle_->show_message(MessageStrip::Tone::warning, text);
}

void JobsPage::show_removal() {
    const auto count = workspace_.queue().removed();
    if (count > 0) {
        notice_->show_message(MessageStrip::Tone::info, tr("%n job(s) removed", nullptr, count),
                              {tr("Undo"), [this] { workspace_.queue().undo_removal(); }});
        undo_shown_ = true;
    } else if (undo_shown_) {
        undo_shown_ = false;
        notice_->hide();
    }
}

void JobsPage::show_finished(const CommandSummary& summary) {
    if (summary.failed == 0)
        return;
    QString text;
    switch (summary.kind) {
    case CommandSummary::Kind::cancel:
        text = tr("%n job(s) could not be cancelled: %1", nullptr, summary.failed);
        break;
    case CommandSummary::Kind::retry:
        text = tr("%n job(s) could not be tried again: %1", nullptr, summary.failed);
        break;
    case CommandSummary::Kind::remove:
        text = tr("%n job(s) could not be removed: %1", nullptr, summary.failed);
        break;
    }
    set_notice(MessageStrip::Tone::warning, text.arg(summary.message));
}

void JobsPage::set_hover(const std::optional<QString>& text) {
    const bool inviting = stack_->currentWidget() == empty_ && workspace_.jobs().total() == 0;
    empty_->set_hovered(text.has_value() && inviting);
    sheet_->setVisible(text.has_value() && !inviting);
    if (!text)
        return;
    sheet_->set_text(*text);
    place_sheet();
    sheet_->raise();
}

void JobsPage::place_sheet() {
    sheet_->setGeometry(QRect(stack_->mapTo(this, QPoint()), stack_->size()));
}

void JobsPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    make_room();
    place_sheet();
}

bool JobsPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == notice_ &&
        (event->type() == QEvent::ShowToParent || event->type() == QEvent::HideToParent)) {
        // Hidden, its margins must not stay behind.
        notice_->parentWidget()->setMaximumHeight(notice_->isHidden() ? 0 : QWIDGETSIZE_MAX);
    }
    if (watched == search_ && event->type() == QEvent::KeyPress) {
        const auto key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape && !search_->text().isEmpty()) {
            search_->clear();
            return true;
        }
        if (key == Qt::Key_Down || key == Qt::Key_Escape) {
            list().setFocus();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace desktop
