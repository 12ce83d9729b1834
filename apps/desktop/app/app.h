#pragma once

#include "app/command_line.h"
#include "app/connect_dialog.h"
#include "app/single_instance.h"
#include "app/system_session.h"
#include "model/presets.h"
#include "model/workspace.h"
#include "place/credentials.h"
#include "place/local_place.h"
#include "view/main_window.h"
#include "view/theme.h"

#include <QObject>
#include <QPointer>

#include <functional>
#include <memory>

namespace desktop {

/// The program: chooses the place that was chosen last time, puts its models and the window
/// together, and sees to an orderly end.
class App final : public QObject {
    Q_OBJECT

public:
    struct Options {
        QString data_folder{}; ///< Of this computer's jobs; empty: the user's data folder.
        Credentials::Options credentials{};
    };

    explicit App(Options options, QObject* parent = nullptr);
    ~App() override;

    /// Shows the window and opens the place.
    void start(const CommandLine& line);

    /// What another start of the program was asked for.
    void take(const Handover& message);

    MainWindow& window() { return *window_; }
    Place* place() const { return place_.get(); }
    Workspace* workspace() const { return workspace_.get(); }

    /// Ends work here and opens another place. Remembered for the next start.
    void choose(const PlaceChoice& choice);

    /// Ends; `ended` tells when nothing is left to be done.
    void quit();

signals:
    void ended();

private:
    PlaceChoice remembered() const;
    void remember(const PlaceChoice& choice) const;
    void open(const PlaceChoice& choice);
    void open_remote(const PlaceChoice& choice, const QString& token);
    void show(std::unique_ptr<Place> place);
    void leave(std::function<void()> done);
    void close_place();
    void left();
    void show_connection(const Connection& connection);
    void ask_for_place(const QString& notice = {});
    void show_dialog(const QString& notice, bool has_token);
    void fetch_log(RowKey key);
    void show_batch();
    void tell_batch(const Batch& batch);
    void apply_appearance(Appearance appearance);
    QString pending_file() const;

    Options options_;
    Credentials credentials_;
    SystemSession session_;
    Presets presets_;
    std::unique_ptr<MainWindow> window_;
    std::unique_ptr<Place> place_;
    std::unique_ptr<Workspace> workspace_;
    PlaceChoice choice_;
    QPointer<ConnectDialog> dialog_;
    QStringList waiting_files_; ///< Until there is a place to take them.
    std::function<void()> left_;
    Appearance appearance_ = Appearance::system;
    bool prefers_dark_ = false;
    bool quitting_ = false;
};

} // namespace desktop
