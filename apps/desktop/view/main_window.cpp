#include "view/main_window.h"

#include "view/about_box.h"
#include "view/details_panel.h"
#include "view/preset_dialog.h"
#include "view/preset_edit.h"
#include "view/window_actions.h"

#include <QAbstractItemView>
#include <QCloseEvent>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMenuBar>
#include <QProgressBar>
#include <QSettings>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>

#include <algorithm>

namespace desktop {
namespace {

QString remaining_text(std::chrono::seconds remaining) {
    const auto seconds = remaining.count();
    if (seconds < 60)
        return MainWindow::tr("less than a minute left");
    const auto minutes = static_cast<int>((seconds + 30) / 60);
    if (minutes < 90)
        return MainWindow::tr("about %n minute(s) left", nullptr, minutes);
    return MainWindow::tr("about %n hour(s) left", nullptr, (minutes + 30) / 60);
}

} // namespace

MainWindow::MainWindow(Presets& presets, QWidget* parent)
    : QMainWindow(parent), presets_(presets), actions_(new WindowActions(this)) {
    setWindowTitle(QStringLiteral("thumbjobs"));
    setAcceptDrops(true);
    actions_->fill_menus(*menuBar());
    build_toolbar();
    build_status_bar();
    connect_actions();
    connect_job_actions();
    resize(grid * 142, grid * 92);
    setMinimumSize(grid * 60, grid * 45);
    update_actions();
}

MainWindow::~MainWindow() = default;

void MainWindow::build_toolbar() {
    auto* bar = addToolBar(tr("Toolbar"));
    bar->setObjectName(QStringLiteral("toolbar"));
    bar->setMovable(false);
    bar->setFloatable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->setIconSize({20, 20});
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const auto button = [bar](QAction* action, const QString& text) {
        action->setIconText(text);
        bar->addAction(action);
    };
    button(actions_->add_images, tr("Add images"));
    button(actions_->add_folder, tr("Add folder"));
    bar->addSeparator();
    auto* label = new QLabel(tr("P&reset:"), bar);
    preset_box_ = new QComboBox(bar);
    label->setBuddy(preset_box_);
    label->setContentsMargins(grid, 0, grid, 0);
    preset_box_->setModel(&presets_);
    preset_box_->setCurrentIndex(presets_.current());
    preset_box_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    preset_box_->setMinimumWidth(grid * 18);
    preset_box_->setMaximumWidth(grid * 30);
    preset_box_->setToolTip(tr("What is made of images that come in from now on"));
    preset_box_->setAccessibleName(tr("Preset"));
    bar->addWidget(label);
    bar->addWidget(preset_box_);
    bar->addAction(actions_->presets);
    bar->addSeparator();
    button(actions_->pause, tr("Pause"));
    button(actions_->retry_failed, tr("Retry failed"));
    button(actions_->save_all, tr("Save all"));
    auto* space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    bar->addActions({actions_->as_table, actions_->as_tiles});
    bar->addSeparator();
    bar->addActions({actions_->activity, actions_->details});
    for (auto* action : {actions_->presets, actions_->as_table, actions_->as_tiles,
                         actions_->activity, actions_->details}) {
        if (auto* tool = qobject_cast<QToolButton*>(bar->widgetForAction(action)))
            tool->setToolButtonStyle(Qt::ToolButtonIconOnly);
    }
    for (auto* tool : bar->findChildren<QToolButton*>()) {
        tool->setFocusPolicy(Qt::TabFocus);
        if (tool->defaultAction())
            tool->setAccessibleName(tool->defaultAction()->iconText().remove(u'&'));
    }
    connect(preset_box_, &QComboBox::activated, &presets_, &Presets::set_current);
    const auto take_preset = [this] {
        preset_box_->setCurrentIndex(presets_.current());
        if (workspace_)
            workspace_->intake().set_renditions(presets_.current_renditions());
    };
    connect(&presets_, &Presets::current_changed, this, take_preset);
    connect(&presets_, &QAbstractItemModel::dataChanged, this, take_preset);
    connect(&presets_, &QAbstractItemModel::modelReset, this, take_preset);
}

void MainWindow::build_status_bar() {
    progress_text_ = new QLabel(this);
    progress_text_->setObjectName(QStringLiteral("progress"));
    progress_ = new QProgressBar(this);
    progress_->setTextVisible(false);
    progress_->setFixedSize(grid * 22, grid);
    progress_->setAccessibleName(tr("Progress of all jobs"));
    progress_->hide();
    stop_scan_ = new QToolButton(this);
    stop_scan_->setAutoRaise(true);
    stop_scan_->setIcon(icon(Glyph::close));
    stop_scan_->setToolTip(actions_->stop_scan->toolTip());
    stop_scan_->setAccessibleName(tr("Stop looking through folders"));
    stop_scan_->setFocusPolicy(Qt::TabFocus);
    stop_scan_->hide();
    connect(stop_scan_, &QToolButton::clicked, actions_->stop_scan, &QAction::trigger);
    place_button_ = new QToolButton(this);
    place_button_->setAutoRaise(true);
    place_button_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    place_button_->setFocusPolicy(Qt::TabFocus);
    place_button_->setToolTip(actions_->connect_place->toolTip());
    connect(place_button_, &QToolButton::clicked, actions_->connect_place, &QAction::trigger);
    auto* bar = statusBar();
    bar->setSizeGripEnabled(false);
    bar->setContentsMargins(grid, 0, grid / 2, 0);
    bar->addWidget(progress_text_);
    bar->addWidget(stop_scan_);
    bar->addWidget(progress_);
    bar->addPermanentWidget(place_button_);
}

void MainWindow::show_place(const PlaceInfo& place, Workspace& workspace) {
    leave_place();
    workspace_ = &workspace;
    page_ = new JobsPage(workspace, this);
    setCentralWidget(page_);
    connect_page();
    place_button_->setText(place.title);
    place_button_->setIcon(icon(place.remote ? Glyph::server : Glyph::computer));
    place_button_->setAccessibleName(tr("Place: %1").arg(place.title));
    setWindowTitle(place.remote ? tr("%1 \u2013 thumbjobs").arg(place.title)
                                : QStringLiteral("thumbjobs"));
    workspace.intake().set_renditions(presets_.current_renditions());
    page_->set_layout(actions_->as_tiles->isChecked() ? JobsPage::Layout::tiles
                                                      : JobsPage::Layout::table);
    page_->show_details(actions_->details->isChecked());
    page_->show_activity(actions_->activity->isChecked());
    QSettings settings;
    settings.beginGroup(QStringLiteral("page"));
    page_->restore_state(settings);
    update_mode();
    update_actions();
    update_progress();
    page_->list().setFocus();
}

void MainWindow::leave_place() {
    if (!workspace_)
        return;
    save_state();
    // What a dialog asks about are rows of the place that goes.
    for (auto* dialog : findChildren<QDialog*>())
        dialog->reject();
    for (QObject* model : std::initializer_list<QObject*>{
             &workspace_->jobs(), &workspace_->intake(), &workspace_->queue(), &workspace_->saver(),
             &workspace_->statistics()})
        model->disconnect(this);
    delete page_;
    workspace_ = nullptr;
}

void MainWindow::connect_page() {
    connect(page_, &JobsPage::images_wanted, this, &MainWindow::choose_images);
    connect(page_, &JobsPage::folder_wanted, this, &MainWindow::choose_folder);
    connect(page_, &JobsPage::selection_changed, this, &MainWindow::update_actions);
    connect(page_, &JobsPage::menu_wanted, this, &MainWindow::show_menu);
    connect(page_, &JobsPage::open_wanted, this, &MainWindow::open_original);
    connect(&page_->details(), &DetailsPanel::log_wanted, this, &MainWindow::log_wanted);
    connect(&workspace_->jobs(), &JobsModel::counts_changed, this, &MainWindow::update_actions);
    connect(&workspace_->jobs(), &JobsModel::counts_changed, this, &MainWindow::update_progress);
    connect(&workspace_->statistics(), &Statistics::changed, this, &MainWindow::update_progress);
    connect(&workspace_->statistics(), &Statistics::batch_done, this, &MainWindow::update_progress);
    connect(&workspace_->intake(), &Intake::scan_progress, this, &MainWindow::update_progress);
    connect(&workspace_->intake(), &Intake::scan_finished, this, &MainWindow::update_progress);
    connect(&workspace_->intake(), &Intake::scan_progress, this, &MainWindow::update_actions);
    connect(&workspace_->intake(), &Intake::scan_finished, this, &MainWindow::update_actions);
    connect(&workspace_->queue(), &Queue::mode_changed, this, &MainWindow::update_mode);
    connect(&workspace_->queue(), &Queue::removal_changed, this, &MainWindow::update_actions);
    connect_saver();
}

void MainWindow::connect_actions() {
    connect(actions_->add_images, &QAction::triggered, this, &MainWindow::choose_images);
    connect(actions_->add_folder, &QAction::triggered, this, &MainWindow::choose_folder);
    connect(actions_->stop_scan, &QAction::triggered, this, [this] {
        if (workspace_)
            workspace_->intake().stop_scan();
    });
    connect(actions_->save, &QAction::triggered, this, &MainWindow::save_selected);
    connect(actions_->save_all, &QAction::triggered, this, &MainWindow::save_all);
    connect(actions_->export_results, &QAction::triggered, this, &MainWindow::export_results);
    connect(actions_->connect_place, &QAction::triggered, this, &MainWindow::connect_wanted);
    connect(actions_->quit, &QAction::triggered, this, &QWidget::close);
    connect(actions_->paste, &QAction::triggered, this, &MainWindow::paste);
    connect(actions_->copy_image, &QAction::triggered, this, &MainWindow::copy_image);
    connect(actions_->presets, &QAction::triggered, this, &MainWindow::edit_presets);
    connect(actions_->about, &QAction::triggered, this, [this] { show_about(this); });
    connect(actions_->full_screen, &QAction::toggled, this, [this](bool full) {
        setWindowState(windowState().setFlag(Qt::WindowFullScreen, full));
    });
    connect(actions_->as_table, &QAction::toggled, this, [this](bool table) {
        if (page_)
            page_->set_layout(table ? JobsPage::Layout::table : JobsPage::Layout::tiles);
    });
    connect(actions_->details, &QAction::toggled, this, [this](bool shown) {
        if (page_)
            page_->show_details(shown);
    });
    connect(actions_->activity, &QAction::toggled, this, [this](bool shown) {
        if (page_)
            page_->show_activity(shown);
    });
    for (auto* action : actions_->filters) {
        connect(action, &QAction::triggered, this, [this, action] {
            const auto state = action->data().toInt();
            if (page_ && state < 0)
                page_->filter(std::nullopt);
            else if (page_)
                page_->filter(static_cast<thumbjobs::JobState>(state));
        });
    }
    for (auto* action : actions_->appearances) {
        connect(action, &QAction::triggered, this, [this, action] {
            emit appearance_wanted(appearance_from_setting(action->data().toString()));
        });
    }
    actions_->details->setChecked(true);
}

void MainWindow::connect_job_actions() {
    // Each acts on a page that is there, and on what is selected now.
    const auto on_page = [this](QAction* action, auto act) {
        connect(action, &QAction::triggered, this, [this, act] {
            if (page_ && workspace_)
                act(*page_, *workspace_);
        });
    };
    on_page(actions_->undo,
            [](JobsPage&, Workspace& workspace) { workspace.queue().undo_removal(); });
    on_page(actions_->select_all, [](JobsPage& page, Workspace&) { page.select_all(); });
    on_page(actions_->find, [](JobsPage& page, Workspace&) { page.focus_search(); });
    on_page(actions_->pause, [](JobsPage&, Workspace& workspace) {
        if (workspace.queue().mode() == Queue::Mode::running)
            workspace.queue().pause();
        else
            workspace.queue().resume();
    });
    on_page(actions_->stop,
            [](JobsPage&, Workspace& workspace) { workspace.queue().stop_after_current(); });
    on_page(actions_->cancel, [](JobsPage& page, Workspace& workspace) {
        workspace.queue().cancel(page.selected());
    });
    on_page(actions_->retry,
            [](JobsPage& page, Workspace& workspace) { workspace.queue().retry(page.selected()); });
    on_page(actions_->retry_failed,
            [](JobsPage&, Workspace& workspace) { workspace.queue().retry_all_failed(); });
    on_page(actions_->remove, [](JobsPage& page, Workspace& workspace) {
        workspace.queue().remove(page.selected());
    });
    on_page(actions_->open_original, [this](JobsPage& page, Workspace&) {
        if (const auto keys = page.selected(); !keys.empty())
            open_original(keys.front());
    });
    on_page(actions_->show_folder, [this](JobsPage&, Workspace&) { show_folder(); });
    on_page(actions_->show_log, [this](JobsPage& page, Workspace&) {
        actions_->details->setChecked(true);
        page.details().open_log();
    });
}

void MainWindow::update_actions() {
    const auto keys = page_ ? page_->selected() : std::vector<RowKey>{};
    bool active = false;
    bool ended = false;
    bool done = false;
    bool sourced = false;
    bool is_job = false;
    for (const auto key : keys) {
        const auto* row = workspace_->jobs().row(key);
        if (!row)
            continue;
        active = active || is_active(row->state);
        done = done || row->state == RowState::succeeded;
        is_job = is_job || !row->id.is_nil();
        ended = ended ||
                ((row->state == RowState::failed || row->state == RowState::cancelled) &&
                 !row->id.is_nil()) ||
                workspace_->intake().can_retry(key);
        if (active && ended && done && is_job)
            break;
    }
    if (keys.size() == 1)
        sourced = !workspace_->jobs().source(keys.front()).path.isEmpty();
    const auto counts = workspace_ ? workspace_->jobs().counts() : RowCounts{};
    const auto count = [&counts](RowState state) { return counts[index_of(state)]; };
    actions_->cancel->setEnabled(active);
    actions_->retry->setEnabled(ended);
    actions_->remove->setEnabled(!keys.empty());
    actions_->save->setEnabled(done);
    actions_->copy_image->setEnabled(done && keys.size() == 1);
    actions_->open_original->setEnabled(keys.size() == 1 && (sourced || is_job));
    actions_->show_folder->setEnabled(sourced);
    actions_->show_log->setEnabled(keys.size() == 1 && is_job);
    actions_->retry_failed->setEnabled(count(RowState::failed) + count(RowState::refused) > 0);
    actions_->save_all->setEnabled(count(RowState::succeeded) > 0);
    actions_->export_results->setEnabled(workspace_ && workspace_->jobs().total() > 0);
    actions_->select_all->setEnabled(workspace_ && workspace_->jobs().rowCount() > 0);
    actions_->undo->setEnabled(workspace_ && workspace_->queue().removed() > 0);
    actions_->stop_scan->setEnabled(workspace_ && workspace_->intake().scanning());
    for (auto* action : {actions_->add_images, actions_->add_folder, actions_->paste,
                         actions_->pause, actions_->find})
        action->setEnabled(workspace_ != nullptr);
    actions_->stop->setEnabled(workspace_ && (workspace_->queue().mode() == Queue::Mode::running ||
                                              workspace_->queue().mode() == Queue::Mode::paused));
}

void MainWindow::update_mode() {
    if (!workspace_)
        return;
    const auto mode = workspace_->queue().mode();
    const bool halted = mode != Queue::Mode::running;
    actions_->pause->setChecked(halted);
    actions_->pause->setText(halted ? tr("&Resume") : tr("&Pause"));
    actions_->pause->setIconText(halted ? tr("Resume") : tr("Pause"));
    actions_->pause->setIcon(icon(halted ? Glyph::resume : Glyph::pause));
    actions_->pause->setToolTip(QStringLiteral("%1 (%2)").arg(
        halted ? tr("Go on with the jobs") : tr("Begin no more jobs"),
        actions_->pause->shortcut().toString(QKeySequence::NativeText)));
    update_actions();
    update_progress();
}

void MainWindow::update_progress() {
    if (!workspace_)
        return;
    const QLocale locale;
    const auto& batch = workspace_->statistics().batch();
    QStringList parts;
    if (workspace_->intake().scanning()) {
        parts << tr("Looking through folders: %n file(s)", nullptr, workspace_->intake().scanned());
    }
    const bool working = batch.active && batch.ended() < batch.total;
    if (working) {
        parts << tr("%1 of %2 done")
                     .arg(locale.toString(batch.ended()), locale.toString(batch.total));
    }
    switch (workspace_->queue().mode()) {
    case Queue::Mode::running:
        if (working && batch.remaining)
            parts << remaining_text(*batch.remaining);
        break;
    case Queue::Mode::paused:
        parts << tr("paused");
        break;
    case Queue::Mode::stopping:
        parts << tr("stopping after the current jobs");
        break;
    case Queue::Mode::stopped:
        parts << tr("stopped");
        break;
    }
    if (parts.isEmpty()) {
        const auto total = workspace_->jobs().total();
        parts << (total > 0 ? tr("%n job(s)", nullptr, total) : tr("Ready"));
    }
    progress_text_->setText(parts.join(QStringLiteral(" \u00b7 ")));
    stop_scan_->setVisible(workspace_->intake().scanning());
    progress_->setVisible(working);
    progress_->setRange(0, std::max(1, batch.total));
    progress_->setValue(batch.ended());
}

void MainWindow::edit_presets() {
    auto* dialog = new PresetDialog(drafts_of(presets_), presets_.current(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        apply_drafts(presets_, dialog->drafts(), dialog->chosen());
        preset_box_->setCurrentIndex(presets_.current());
    });
    dialog->open();
}

void MainWindow::show_menu(const QPoint& at) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    actions_->fill_context_menu(*menu);
    menu->popup(at);
}

void MainWindow::set_banner(MessageStrip::Tone tone, const QString& text, StripOffer offer) {
    if (page_)
        page_->set_banner(tone, text, std::move(offer));
}

void MainWindow::bring_up() {
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::restore_state() {
    QSettings settings;
    settings.beginGroup(QStringLiteral("window"));
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    actions_->details->setChecked(settings.value(QStringLiteral("details"), true).toBool());
    actions_->activity->setChecked(settings.value(QStringLiteral("activity"), false).toBool());
    if (settings.value(QStringLiteral("tiles"), false).toBool())
        actions_->as_tiles->setChecked(true);
    actions_->full_screen->setChecked(isFullScreen());
}

void MainWindow::save_state() const {
    QSettings settings;
    settings.beginGroup(QStringLiteral("window"));
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
    settings.setValue(QStringLiteral("details"), actions_->details->isChecked());
    settings.setValue(QStringLiteral("activity"), actions_->activity->isChecked());
    settings.setValue(QStringLiteral("tiles"), actions_->as_tiles->isChecked());
    settings.endGroup();
    settings.beginGroup(QStringLiteral("page"));
    if (page_)
        page_->save_state(settings);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    save_state();
    event->accept();
    emit closing();
}

void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::WindowStateChange)
        actions_->full_screen->setChecked(isFullScreen());
}

} // namespace desktop
