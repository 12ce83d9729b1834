#include "app/app.h"

#include "place/remote_place.h"
#include "place/server_address.h"
#include "view/details_panel.h"
#include "view/jobs_page.h"
#include "view/window_actions.h"

#include <QApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <QLocale>
#include <QSettings>
#include <QStyle>
#include <QTimer>

#include <utility>

namespace desktop {
namespace {

// An address as people write it.
QString shown_title(const Place& place) {
    auto title = place.description().title;
    if (title.endsWith(u'/'))
        title.chop(1);
    return title;
}

const auto remote_setting = QStringLiteral("place/remote");
const auto server_setting = QStringLiteral("place/server");
const auto ca_setting = QStringLiteral("place/ca_file");
const auto appearance_setting = QStringLiteral("appearance");
constexpr std::chrono::seconds quit_patience{10};

QStringList log_text(const std::vector<thumbjobs::LogLine>& lines) {
    QStringList text;
    for (const auto& line : lines) {
        const auto milliseconds =
            std::chrono::duration_cast<std::chrono::milliseconds>(line.time.time_since_epoch())
                .count();
        text << QStringLiteral("%1  %2").arg(
            QLocale().toString(QDateTime::fromMSecsSinceEpoch(milliseconds).time(),
                               QStringLiteral("HH:mm:ss.zzz")),
            QString::fromStdString(line.message));
    }
    return text;
}

} // namespace

App::App(Options options, QObject* parent)
    : QObject(parent),
      options_(std::move(options)),
      credentials_(options_.credentials),
      presets_(std::make_unique<QSettings>()),
      window_(std::make_unique<MainWindow>(presets_)) {
    connect(window_.get(), &MainWindow::connect_wanted, this, [this] { ask_for_place(); });
    connect(window_.get(), &MainWindow::closing, this, &App::quit);
    connect(window_.get(), &MainWindow::log_wanted, this, &App::fetch_log);
    connect(window_.get(), &MainWindow::appearance_wanted, this, [this](Appearance appearance) {
        QSettings().setValue(appearance_setting, to_setting(appearance));
        apply_appearance(appearance);
    });
    connect(&session_, &SystemSession::activated, window_.get(), &MainWindow::bring_up);
    connect(&session_, &SystemSession::dark_preferred, this, [this](bool dark) {
        prefers_dark_ = dark;
        apply_appearance(appearance_);
    });
    apply_appearance(appearance_from_setting(QSettings().value(appearance_setting).toString()));
}

App::~App() {
    window_->leave_place();
}

void App::start(const CommandLine& line) {
    auto choice = remembered();
    if (line.local)
        choice.remote = false;
    if (!line.server.isEmpty()) {
        if (const auto address = parse_server_address(line.server)) {
            choice.remote = true;
            choice.server = address.value();
        }
    }
    window_->restore_state();
    window_->show();
    waiting_files_ = line.files;
    open(choice);
}

void App::take(const Handover& message) {
    window_->bring_up();
    const auto address =
        message.server.isEmpty() ? Result<QUrl>(QUrl()) : parse_server_address(message.server);
    if (address && !address.value().isEmpty() &&
        !(choice_.remote && choice_.server == address.value())) {
        waiting_files_ = message.files;
        auto choice = choice_;
        choice.remote = true;
        choice.server = address.value();
        choice.token_kept = true;
        choose(choice);
    } else if (workspace_) {
        window_->add_paths(message.files);
    } else {
        waiting_files_ << message.files;
    }
}

PlaceChoice App::remembered() const {
    const QSettings settings;
    PlaceChoice choice;
    choice.server = settings.value(server_setting).toUrl();
    choice.remote = settings.value(remote_setting).toBool() && choice.server.isValid() &&
                    !choice.server.isEmpty();
    choice.ca_file = settings.value(ca_setting).toString();
    return choice;
}

void App::remember(const PlaceChoice& choice) const {
    QSettings settings;
    settings.setValue(remote_setting, choice.remote);
    if (!choice.remote)
        return;
    settings.setValue(server_setting, choice.server);
    settings.setValue(ca_setting, choice.ca_file);
}

void App::choose(const PlaceChoice& choice) {
    remember(choice);
    leave([this, choice] { open(choice); });
}

void App::open(const PlaceChoice& choice) {
    choice_ = choice;
    if (!choice.remote) {
        LocalPlace::Options local;
        local.folder =
            options_.data_folder.isEmpty() ? LocalPlace::default_folder() : options_.data_folder;
        show(std::make_unique<LocalPlace>(local));
        return;
    }
    if (!choice.token_kept) {
        credentials_.write(
            choice.server, choice.token, this,
            [this, choice](const Result<Credentials::Kept>& kept) {
                if (!kept) {
                    window_->set_banner(
                        MessageStrip::Tone::warning,
                        tr("The token could not be stored: %1").arg(kept.failure().message));
                }
            });
        choice_.token.clear();
        choice_.token_kept = true;
        open_remote(choice, choice.token);
        return;
    }
    credentials_.read(choice.server, this, [this, choice](const Result<QString>& token) {
        if (place_ || quitting_)
            return; // another one was chosen meanwhile
        open_remote(choice, token ? token.value() : QString());
        if (!token) {
            window_->set_banner(
                MessageStrip::Tone::warning,
                tr("The stored token could not be read: %1").arg(token.failure().message),
                {tr("Enter token\u2026"), [this] { ask_for_place(); }});
        }
    });
}

void App::open_remote(const PlaceChoice& choice, const QString& token) {
    RemotePlace::Options remote;
    remote.access = {choice.server, token, choice.ca_file};
    show(std::make_unique<RemotePlace>(remote));
}

QString App::pending_file() const {
    // One for each place: what was meant for a server must not be worked on elsewhere.
    auto name = QStringLiteral("local");
    if (choice_.remote) {
        name = QString::fromLatin1(
            QCryptographicHash::hash(choice_.server.toEncoded(), QCryptographicHash::Sha256)
                .toHex()
                .left(16));
    }
    const auto folder =
        options_.data_folder.isEmpty() ? LocalPlace::default_folder() : options_.data_folder;
    return QStringLiteral("%1/pending-%2").arg(folder, name);
}

void App::show(std::unique_ptr<Place> place) {
    place_ = std::move(place);
    workspace_ = std::make_unique<Workspace>(*place_, pending_file());
    const auto description = place_->description();
    window_->show_place({shown_title(*place_), description.kind == Description::Kind::remote},
                        *workspace_);
    connect(place_.get(), &Place::connection_changed, this, &App::show_connection);
    connect(&workspace_->statistics(), &Statistics::changed, this, &App::show_batch);
    connect(&workspace_->statistics(), &Statistics::batch_done, this, &App::tell_batch);
    place_->open();
    window_->add_paths(std::exchange(waiting_files_, {}));
}

void App::leave(std::function<void()> done) {
    const bool under_way = static_cast<bool>(left_);
    left_ = std::move(done);
    if (under_way)
        return;
    if (!workspace_) {
        left();
        return;
    }
    session_.keep_awake(false);
    session_.show_progress(-1);
    workspace_->shut_down([this] { close_place(); });
}

void App::close_place() {
    place_->disconnect(this);
    if (place_->connection().state == Connection::State::closed) {
        left();
        return;
    }
    connect(place_.get(), &Place::connection_changed, this, [this](const Connection& connection) {
        // The place is in the middle of telling: it must not be deleted now.
        if (connection.state == Connection::State::closed)
            QMetaObject::invokeMethod(this, &App::left, Qt::QueuedConnection);
    });
    place_->close();
}

void App::left() {
    window_->leave_place();
    workspace_.reset();
    place_.reset();
    if (left_)
        std::exchange(left_, {})();
}

void App::show_connection(const Connection& connection) {
    const auto title = shown_title(*place_);
    const auto again = [this] {
        if (place_)
            place_->open();
    };
    switch (connection.state) {
    case Connection::State::closed:
        break;
    case Connection::State::online:
        window_->set_banner(MessageStrip::Tone::info, {});
        break;
    case Connection::State::connecting:
        if (place_->description().kind == Description::Kind::remote) {
            window_->set_banner(MessageStrip::Tone::info, tr("Connecting to %1\u2026").arg(title));
        }
        break;
    case Connection::State::reconnecting:
        window_->set_banner(MessageStrip::Tone::warning,
                            connection.message.isEmpty()
                                ? tr("Reconnecting to %1\u2026").arg(title)
                                : tr("Reconnecting to %1\u2026 %2").arg(title, connection.message),
                            {tr("Try now"), again});
        break;
    case Connection::State::refused:
        window_->set_banner(MessageStrip::Tone::error,
                            connection.message.isEmpty()
                                ? tr("%1 does not accept the token.").arg(title)
                                : connection.message,
                            {tr("Enter token\u2026"), [this] { ask_for_place(); }});
        break;
    case Connection::State::failed:
        window_->set_banner(MessageStrip::Tone::error, connection.message,
                            {tr("Try again"), again});
        break;
    }
}

void App::ask_for_place(const QString& notice) {
    if (dialog_) {
        dialog_->raise();
        dialog_->activateWindow();
        return;
    }
    if (choice_.server.isEmpty()) {
        show_dialog(notice, false);
        return;
    }
    credentials_.read(choice_.server, this, [this, notice](const Result<QString>& token) {
        if (!dialog_ && !quitting_)
            show_dialog(notice, token && !token.value().isEmpty());
    });
}

void App::show_dialog(const QString& notice, bool has_token) {
    dialog_ = new ConnectDialog(choice_, has_token, window_.get());
    dialog_->setAttribute(Qt::WA_DeleteOnClose);
    if (place_ && place_->connection().state == Connection::State::refused)
        dialog_->set_notice(place_->connection().message);
    else
        dialog_->set_notice(notice);
    connect(dialog_, &QDialog::accepted, this, [this] { choose(dialog_->choice()); });
    dialog_->open();
}

void App::fetch_log(RowKey key) {
    const auto* row = workspace_ ? workspace_->jobs().row(key) : nullptr;
    if (!row || row->id.is_nil())
        return;
    auto& details = window_->page()->details();
    place_->logs(row->id, &details,
                 [&details, key](const Result<std::vector<thumbjobs::LogLine>>& lines) {
                     details.show_log(key, lines ? log_text(lines.value())
                                                 : QStringList{lines.failure().message});
                 });
}

void App::show_batch() {
    const auto& batch = workspace_->statistics().batch();
    const bool working = batch.active && workspace_->queue().mode() == Queue::Mode::running;
    session_.keep_awake(working);
    session_.show_progress(batch.active ? batch.progress() : -1);
}

void App::tell_batch(const Batch& batch) {
    session_.keep_awake(false);
    session_.show_progress(-1);
    if (window_->isActiveWindow() || batch.succeeded + batch.failed == 0)
        return;
    QStringList parts;
    if (batch.succeeded > 0)
        parts << tr("%n image(s) done.", nullptr, batch.succeeded);
    if (batch.failed > 0)
        parts << tr("%n image(s) failed.", nullptr, batch.failed);
    session_.notify(tr("Thumbnails are ready"), parts.join(u' '));
}

void App::apply_appearance(Appearance appearance) {
    appearance_ = appearance;
    for (auto* action : window_->actions().appearances)
        action->setChecked(action->data().toString() == to_setting(appearance));
    // What the desktop's own theme says holds, if it has one. Fusion's standard palette means that
    // there is none; then the preference that the desktop tells by its portal counts.
    static const auto system_style = QApplication::style()->objectName();
    static const auto system_palette = QApplication::palette();
    const bool themed = system_style != QStringLiteral("fusion") ||
                        system_palette != QApplication::style()->standardPalette();
    const bool own =
        appearance != Appearance::system || !themed || (prefers_dark_ && !is_dark(system_palette));
    if (!own) {
        if (QApplication::style()->objectName() != system_style)
            QApplication::setStyle(system_style);
        apply_palette(system_palette);
        return;
    }
    const bool dark =
        appearance == Appearance::dark || (appearance == Appearance::system && prefers_dark_);
    if (QApplication::style()->objectName() != QStringLiteral("fusion"))
        QApplication::setStyle(QStringLiteral("Fusion"));
    apply_palette(dark ? dark_palette() : light_palette());
}

void App::quit() {
    if (quitting_)
        return;
    quitting_ = true;
    window_->hide();
    QTimer::singleShot(quit_patience, this, &App::ended);
    leave([this] { emit ended(); });
}

} // namespace desktop
