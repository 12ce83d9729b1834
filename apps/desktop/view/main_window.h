#pragma once

#include "model/presets.h"
#include "view/jobs_page.h"
#include "view/theme.h"

#include <QMainWindow>
#include <QPointer>
#include <QUrl>

class QComboBox;
class QLabel;
class QProgressBar;
class QToolButton;

namespace desktop {

class WindowActions;

/// What a place is, as the window shows it.
struct PlaceInfo {
    QString title{};
    bool remote = false;
};

/// The one window: menus, toolbar, the page of a place's jobs, status bar. Places come and go with
/// show_place().
class MainWindow final : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(Presets& presets, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Shows the jobs of another place. The workspace outlives this,
    /// or the next call.
    void show_place(const PlaceInfo& place, Workspace& workspace);

    /// Shows none, before the workspace goes.
    void leave_place();

    /// How the connection stands; nothing to say: an empty text.
    void set_banner(MessageStrip::Tone tone, const QString& text, StripOffer offer = {});

    JobsPage* page() const { return page_; }
    WindowActions& actions() { return *actions_; }

    /// Takes files as if they had been dropped.
    void add_paths(const QStringList& paths);

    /// To the front, as after a click on a notification.
    void bring_up();

    void restore_state();
    void save_state() const;

signals:
    void connect_wanted();
    void appearance_wanted(desktop::Appearance appearance);

    /// The log of this row's job is wanted; see JobsPage::details().
    void log_wanted(desktop::RowKey key);

    /// The user closes the window, which is the end of the program.
    void closing();

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void build_toolbar();
    void build_status_bar();
    void connect_actions();
    void connect_job_actions();
    void connect_page();
    void connect_saver();

    // Files
    void choose_images();
    void choose_folder();
    void paste();
    void save_selected();
    void save_all();
    void save_many(const std::vector<RowKey>& keys);
    void save_one(RowKey key);
    void export_results();
    void copy_image();
    void open_original(RowKey key);
    void show_folder();

    // State
    void update_actions();
    void update_progress();
    void update_mode();
    void edit_presets();
    void show_menu(const QPoint& at);
    bool accepts(const QDropEvent& event) const;

    Presets& presets_;
    WindowActions* actions_;
    Workspace* workspace_ = nullptr;
    QPointer<JobsPage> page_;
    QComboBox* preset_box_ = nullptr;
    QLabel* progress_text_ = nullptr;
    QProgressBar* progress_ = nullptr;
    QToolButton* stop_scan_ = nullptr;
    QToolButton* place_button_ = nullptr;
};

} // namespace desktop
