#pragma once

#include "view/icons.h"

#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QString>

#include <optional>

class QMenu;
class QMenuBar;
class QToolBar;
class QWidget;

namespace desktop {

/// All that can be done in the window, as actions: each with a text, a shortcut and a sign. What
/// they do is connected by the window.
class WindowActions final : public QObject {
    Q_OBJECT

public:
    explicit WindowActions(QWidget* window);

    void fill_menus(QMenuBar& bar);
    void fill_context_menu(QMenu& menu) const;

    // File
    QAction* add_images;
    QAction* add_folder;
    QAction* stop_scan;
    QAction* save;
    QAction* save_all;
    QAction* export_results;
    QAction* connect_place;
    QAction* quit;
    // Edit
    QAction* undo;
    QAction* paste;
    QAction* copy_image;
    QAction* select_all;
    QAction* find;
    QAction* presets;
    // Jobs
    QAction* pause; ///< Checked: paused.
    QAction* stop;
    QAction* cancel;
    QAction* retry;
    QAction* retry_failed;
    QAction* remove;
    QAction* open_original;
    QAction* show_folder;
    QAction* show_log;
    // View
    QAction* as_table;
    QAction* as_tiles;
    QAction* details;
    QAction* activity;
    QAction* full_screen;
    QList<QAction*> filters;     ///< Data: int of a thumbjobs::JobState; -1: all.
    QList<QAction*> appearances; ///< Data: the setting's text.
    // Help
    QAction* about;

private:
    QAction* make(const QString& text, const QKeySequence& keys, const QString& help,
                  std::optional<Glyph> glyph = std::nullopt);
    void make_file_actions();
    void make_edit_actions();
    void make_job_actions();
    void make_view_actions();

    QWidget* window_;
};

} // namespace desktop
