#pragma once

#include "model/workspace.h"
#include "view/message_strip.h"

#include <QWidget>

#include <optional>
#include <vector>

class QAbstractItemView;
class QItemSelectionModel;
class QLineEdit;
class QSettings;
class QSplitter;
class QStackedWidget;

namespace desktop {

class ActivityPanel;
class DetailsPanel;
class DropSheet;
class EmptyState;
class FilterChips;
class JobGrid;
class JobTable;
class StateBar;

/// Everything below the toolbar: filter and search, the jobs as a table or as tiles, the details of
/// the selected ones, the charts, and the messages of what is going on.
class JobsPage final : public QWidget {
    Q_OBJECT

public:
    explicit JobsPage(Workspace& workspace, QWidget* parent = nullptr);

    // --- What is shown

    enum class Layout { table, tiles };
    void set_layout(Layout layout);
    void show_details(bool shown);
    void show_activity(bool shown);
    void filter(std::optional<thumbjobs::JobState> group);
    void focus_search();
    void save_state(QSettings& settings) const;
    void restore_state(const QSettings& settings);

    /// Selects a row and scrolls to it.
    void show_row(RowKey key);

    /// The rows the user has selected, in their order.
    std::vector<RowKey> selected() const;
    void select_all();

    DetailsPanel& details() { return *details_; }

    /// The view that is shown.
    QAbstractItemView& list() const;

    // --- Messages

    /// How the connection stands; an empty text hides the banner.
    void set_banner(MessageStrip::Tone tone, const QString& text, StripOffer offer = {});

    /// One notice at a time, for some seconds.
    void set_notice(MessageStrip::Tone tone, const QString& text, StripOffer offer = {});

    /// Images hover over the window, and what a drop would do; nothing: they have left.
    void set_hover(const std::optional<QString>& text);

signals:
    void selection_changed();
    void images_wanted();
    void folder_wanted();
    void menu_wanted(const QPoint& global);
    void open_wanted(desktop::RowKey key);

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* build_head();
    QWidget* build_list();
    void connect_models();
    void connect_list(QAbstractItemView* view);
    void show_right_view();
    void show_counts();
    void show_obstacle();
    void show_removal();
    void show_finished(const CommandSummary& summary);
    void place_sheet();
    void make_room();

    Workspace& workspace_;
    Layout layout_ = Layout::table;
    FilterChips* chips_;
    QLineEdit* search_;
    StateBar* bar_;
    MessageStrip* banner_;
    MessageStrip* obstacle_;
    MessageStrip* notice_;
    QStackedWidget* stack_;
    EmptyState* empty_;
    JobTable* table_;
    JobGrid* tiles_;
    QItemSelectionModel* selection_;
    DetailsPanel* details_;
    ActivityPanel* activity_;
    QSplitter* across_;
    QSplitter* down_;
    DropSheet* sheet_;
    bool undo_shown_ = false;
    bool details_wanted_ = true;
};

} // namespace desktop
