#include "view/window_actions.h"

#include "view/state_bar.h"
#include "view/theme.h"

#include <QActionGroup>
#include <QMenu>
#include <QMenuBar>

namespace desktop {

WindowActions::WindowActions(QWidget* window) : QObject(window), window_(window) {
    make_file_actions();
    make_edit_actions();
    make_job_actions();
    make_view_actions();
    about = make(tr("&About thumbjobs"), {}, tr("Version and licence"), Glyph::info);
    about->setMenuRole(QAction::AboutRole);
}

QAction* WindowActions::make(const QString& text, const QKeySequence& keys, const QString& help,
                             std::optional<Glyph> glyph) {
    auto* action = new QAction(text, window_);
    if (glyph)
        action->setIcon(icon(*glyph));
    action->setShortcut(keys);
    action->setStatusTip(help);
    // What a tool button cannot show: the shortcut.
    action->setToolTip(keys.isEmpty() ? help
                                      : QStringLiteral("%1 (%2)").arg(
                                            help, keys.toString(QKeySequence::NativeText)));
    window_->addAction(action);
    return action;
}

void WindowActions::make_file_actions() {
    add_images =
        make(tr("Add &images\u2026"), QKeySequence::Open, tr("Choose images"), Glyph::add_images);
    add_folder = make(tr("Add f&older\u2026"), QKeySequence(QStringLiteral("Ctrl+Shift+O")),
                      tr("Choose a folder, with all folders in it"), Glyph::add_folder);
    stop_scan = make(tr("Stop &looking through folders"), {}, tr("Keep what was found so far"),
                     Glyph::stop);
    save = make(tr("&Save as\u2026"), QKeySequence::Save, tr("Save the selected thumbnails"),
                Glyph::save);
    save_all = make(tr("Save &all\u2026"), QKeySequence(QStringLiteral("Ctrl+Shift+S")),
                    tr("Save all thumbnails to a folder"), Glyph::save_all);
    export_results = make(tr("&Export list\u2026"), QKeySequence(QStringLiteral("Ctrl+E")),
                          tr("Save the list of results as CSV or JSON"), Glyph::export_table);
    connect_place = make(tr("&Connect\u2026"), QKeySequence(QStringLiteral("Ctrl+K")),
                         tr("Choose where the work is done"), Glyph::server);
    quit = make(tr("&Quit"), QKeySequence::Quit,
                tr("Close thumbjobs; unfinished jobs go on at the "
                   "next start"));
    quit->setMenuRole(QAction::QuitRole);
}

void WindowActions::make_edit_actions() {
    undo =
        make(tr("&Undo removal"), QKeySequence::Undo, tr("Bring removed jobs back"), Glyph::undo);
    paste =
        make(tr("&Paste"), QKeySequence::Paste, tr("Add images from the clipboard"), Glyph::paste);
    copy_image = make(tr("&Copy thumbnail"), QKeySequence::Copy,
                      tr("Copy the selected thumbnail to the clipboard"), Glyph::copy);
    select_all = make(tr("Select &all"), QKeySequence::SelectAll, tr("Select all that is shown"));
    find = make(tr("&Find"), QKeySequence::Find, tr("Search jobs by name"), Glyph::search);
    presets = make(tr("P&resets\u2026"), QKeySequence(QStringLiteral("Ctrl+,")),
                   tr("Edit sizes and formats"), Glyph::presets);
}

void WindowActions::make_job_actions() {
    pause = make(tr("&Pause"), QKeySequence(QStringLiteral("Ctrl+P")), tr("Begin no more jobs"),
                 Glyph::pause);
    stop = make(tr("&Stop after the current ones"), QKeySequence(QStringLiteral("Ctrl+.")),
                tr("Let running jobs finish; begin and submit no more"), Glyph::stop);
    cancel = make(tr("&Cancel"), QKeySequence(QStringLiteral("Ctrl+Shift+X")),
                  tr("Cancel the selected jobs"), Glyph::cancel);
    retry = make(tr("Try &again"), QKeySequence(QStringLiteral("Ctrl+R")),
                 tr("Run the selected jobs again"), Glyph::retry);
    retry_failed = make(tr("Retry &failed"), QKeySequence(QStringLiteral("Ctrl+Shift+R")),
                        tr("Run all failed jobs again"), Glyph::retry);
    remove = make(tr("&Remove"), QKeySequence::Delete,
                  tr("Remove the selected jobs; the original files stay"), Glyph::remove);
    open_original = make(tr("&Open original"), QKeySequence(QStringLiteral("Ctrl+Return")),
                         tr("Open the original in another program"), Glyph::open);
    show_folder = make(tr("Sho&w in folder"), QKeySequence(QStringLiteral("Ctrl+Shift+Return")),
                       tr("Open the original's folder"), Glyph::add_folder);
    show_log = make(tr("Show &log"), QKeySequence(QStringLiteral("Ctrl+L")),
                    tr("Show the selected job's log"), Glyph::log);
    pause->setCheckable(true);
}

void WindowActions::make_view_actions() {
    as_table = make(tr("&Table"), QKeySequence(QStringLiteral("Ctrl+1")),
                    tr("Show jobs as a table"), Glyph::table);
    as_tiles = make(tr("T&iles"), QKeySequence(QStringLiteral("Ctrl+2")), tr("Show jobs as tiles"),
                    Glyph::tiles);
    auto* layouts = new QActionGroup(this);
    for (auto* action : {as_table, as_tiles}) {
        action->setCheckable(true);
        layouts->addAction(action);
    }
    as_table->setChecked(true);
    details = make(tr("&Details"), QKeySequence(QStringLiteral("F9")),
                   tr("Show details of the selected jobs"), Glyph::details);
    activity = make(tr("&Activity"), QKeySequence(QStringLiteral("F8")),
                    tr("Show charts of the last minutes"), Glyph::chart);
    for (auto* action : {details, activity})
        action->setCheckable(true);
    full_screen =
        make(tr("F&ull screen"), QKeySequence(QStringLiteral("F11")), tr("Fill the screen"));
    full_screen->setCheckable(true);

    const auto add_filter = [this](const QString& name, int state) {
        auto* action = make(name, QKeySequence(QStringLiteral("Alt+%1").arg(state + 2)),
                            tr("Show jobs of this state only"));
        action->setData(state);
        filters << action;
    };
    add_filter(tr("All"), -1);
    for (const auto state : thumbjobs::all_job_states)
        add_filter(state_name(state), static_cast<int>(state));

    auto* group = new QActionGroup(this);
    const auto add_appearance = [&](const QString& name, Appearance appearance) {
        auto* action = make(name, {}, {});
        action->setData(to_setting(appearance));
        action->setCheckable(true);
        group->addAction(action);
        appearances << action;
    };
    add_appearance(tr("As the &system"), Appearance::system);
    add_appearance(tr("&Light"), Appearance::light);
    add_appearance(tr("&Dark"), Appearance::dark);
}

void WindowActions::fill_menus(QMenuBar& bar) {
    auto* file = bar.addMenu(tr("&File"));
    file->addActions({add_images, add_folder, stop_scan});
    file->addSeparator();
    file->addActions({save, save_all, export_results});
    file->addSeparator();
    file->addActions({connect_place});
    file->addSeparator();
    file->addAction(quit);
    auto* edit = bar.addMenu(tr("&Edit"));
    edit->addAction(undo);
    edit->addSeparator();
    edit->addActions({paste, copy_image, select_all, find});
    edit->addSeparator();
    edit->addAction(presets);
    auto* jobs = bar.addMenu(tr("&Jobs"));
    jobs->addActions({pause, stop});
    jobs->addSeparator();
    jobs->addActions({cancel, retry, retry_failed, remove});
    jobs->addSeparator();
    jobs->addActions({open_original, show_folder, show_log});
    auto* view = bar.addMenu(tr("&View"));
    view->addActions({as_table, as_tiles});
    view->addSeparator();
    view->addActions({details, activity});
    auto* filter = view->addMenu(tr("&Filter"));
    filter->addActions(filters);
    auto* appearance = view->addMenu(tr("&Appearance"));
    appearance->addActions(appearances);
    view->addSeparator();
    view->addAction(full_screen);
    auto* help = bar.addMenu(tr("&Help"));
    help->addAction(about);
}

void WindowActions::fill_context_menu(QMenu& menu) const {
    menu.addActions({open_original, show_folder});
    menu.addSeparator();
    menu.addActions({save, copy_image});
    menu.addSeparator();
    menu.addActions({cancel, retry, remove});
    menu.addSeparator();
    menu.addAction(show_log);
}

} // namespace desktop
