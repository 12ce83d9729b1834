// The whole app on a real engine and on a real thumbd.
#include "app/app.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"
#include "view/filter_chips.h"
#include "view/job_delegate.h"
#include "view/job_table.h"
#include "view/jobs_page.h"
#include "view/message_strip.h"
#include "view/window_actions.h"

#include <QDir>
#include <QDirIterator>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace desktop;
using thumbjobs::test::ThumbdProcess;

namespace {

constexpr int patience_ms = 60'000;

void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

QByteArray jpeg(int width, int height) {
    const auto bytes = thumbjobs::test::make_test_image({.width = width, .height = height});
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

/// `good` images, each of other bytes, and four files of which no thumbnail can be made.
void make_mixed_folder(const QDir& folder, int good) {
    folder.mkpath(QStringLiteral("deeper"));
    for (int i = 0; i < good; ++i) {
        const auto name = QStringLiteral("%1good %2.jpg")
                              .arg(i % 2 == 0 ? QString() : QStringLiteral("deeper/"))
                              .arg(i, 3, 10, QLatin1Char('0'));
        write(folder.filePath(name), jpeg(400 + i, 300));
    }
    write(folder.filePath(QStringLiteral("letter.jpg")), "Dear Sir or Madam, no picture here.");
    write(folder.filePath(QStringLiteral("cut.jpg")), jpeg(400, 300).left(200));
    // A PNG header that claims 100,000 x 100,000 pixels.
    write(folder.filePath(QStringLiteral("huge.png")),
          QByteArray::fromHex("89504e470d0a1a0a0000000d49484452000186a0000186a0080600000000000000"
                              "0000000049444154"));
    write(folder.filePath(QStringLiteral("nothing.png")), {});
}

bool drop(QWidget& window, const QStringList& paths) {
    QMimeData data;
    QList<QUrl> urls;
    for (const auto& path : paths)
        urls << QUrl::fromLocalFile(path);
    data.setUrls(urls);
    const QPoint at(window.width() / 2, window.height() / 2);
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &enter);
    QDropEvent event(QPointF(at), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &event);
    return enter.isAccepted() && event.isAccepted();
}

/// Whether the four colours of a test image are to be seen.
bool shows_test_image(const QImage& image) {
    using namespace thumbjobs::test;
    for (const auto& wanted : {top_left, top_right, bottom_left, bottom_right}) {
        int count = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const auto pixel = image.pixelColor(x, y);
                count += std::abs(pixel.red() - wanted.red) < 20 &&
                         std::abs(pixel.green() - wanted.green) < 20 &&
                         std::abs(pixel.blue() - wanted.blue) < 20;
            }
        }
        if (count < 50)
            return false;
    }
    return true;
}

} // namespace

class DesktopAppTest : public QObject {
    Q_OBJECT

public:
    static void initMain();

private slots:
    void init();
    void cleanup();

    void a_dropped_folder_ends_row_by_row();
    void a_batch_goes_on_after_a_restart();
    void a_server_does_the_same();
    void a_server_that_was_killed_is_found_again();
    void a_refused_token_is_asked_for();
    void a_silent_server_leaves_the_window_alive();
    void another_start_brings_files_and_a_server();

private:
    void start(const CommandLine& line = {});
    void stop();
    MainWindow& window() { return app_->window(); }
    int count(RowState state) const {
        return app_->workspace() ? app_->workspace()->jobs().counts()[index_of(state)] : -1;
    }
    bool online() const {
        return app_->place() && app_->place()->connection().state == Connection::State::online;
    }
    QString banner();
    QPushButton* visible_button(const QString& text);
    void check_mixed_folder(int good);
    PlaceChoice server_choice(const ThumbdProcess& server, const QString& token = {}) const;

    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<App> app_;
};

void DesktopAppTest::initMain() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(QStringLiteral("thumbjobs-tests"));
    QCoreApplication::setApplicationName(
        QStringLiteral("app-%1").arg(QCoreApplication::applicationPid()));
    // The test is not to talk to the desktop that it runs on.
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere");
}

void DesktopAppTest::init() {
    folder_ = std::make_unique<QTemporaryDir>();
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder_->path());
}

void DesktopAppTest::cleanup() {
    if (app_)
        stop();
    folder_.reset();
}

void DesktopAppTest::start(const CommandLine& line) {
    App::Options options;
    options.data_folder = folder_->filePath(QStringLiteral("jobs"));
    options.credentials.keychain = false;
    options.credentials.file = folder_->filePath(QStringLiteral("tokens.json"));
    app_ = std::make_unique<App>(options);
    QApplication::setQuitOnLastWindowClosed(false);
    app_->start(line);
}

void DesktopAppTest::stop() {
    QSignalSpy ended(app_.get(), &App::ended);
    window().close();
    QTRY_VERIFY_WITH_TIMEOUT(ended.count() > 0, patience_ms);
    app_.reset();
}

QString DesktopAppTest::banner() {
    QStringList texts;
    for (const auto* strip : window().findChildren<MessageStrip*>()) {
        if (strip->isVisible())
            texts << strip->text();
    }
    return texts.join(u' ');
}

QPushButton* DesktopAppTest::visible_button(const QString& text) {
    for (auto* button : window().findChildren<QPushButton*>()) {
        if (button->isVisible() && button->text() == text)
            return button;
    }
    return nullptr;
}

PlaceChoice DesktopAppTest::server_choice(const ThumbdProcess& server, const QString& token) const {
    PlaceChoice choice;
    choice.remote = true;
    choice.server = QUrl(QString::fromStdString(server.url() + "/"));
    choice.token = token;
    choice.token_kept = token.isEmpty();
    return choice;
}

void DesktopAppTest::check_mixed_folder(int good) {
    const auto bad = [this] { return count(RowState::failed) + count(RowState::refused); };
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::succeeded), good, patience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(bad(), 4, patience_ms);
    auto& jobs = app_->workspace()->jobs();
    QTRY_COMPARE(jobs.rowCount(), good + 4);
    for (int row = 0; row < jobs.rowCount(); ++row) {
        const auto look = look_of(jobs.index(row, 0));
        const bool is_good = look.name.startsWith(QStringLiteral("good"));
        QCOMPARE(look.state == RowState::succeeded, is_good);
        if (!is_good)
            QVERIFY2(look.note.size() > 8, qPrintable(look.name + u' ' + look.note));
    }
    QTRY_VERIFY_WITH_TIMEOUT(shows_test_image(window().page()->list().viewport()->grab().toImage()),
                             patience_ms);
}

void DesktopAppTest::a_dropped_folder_ends_row_by_row() {
    start();
    QTRY_VERIFY_WITH_TIMEOUT(online(), patience_ms);
    const QDir folder(folder_->filePath(QStringLiteral("mixed")));
    make_mixed_folder(folder, 8);
    QVERIFY(drop(window(), {folder.path()}));
    check_mixed_folder(8);
    QVERIFY2(banner().isEmpty(), qPrintable(banner()));
    // Pausing holds the engine's workers; what comes in meanwhile waits.
    window().actions().pause->trigger();
    const auto late = folder_->filePath(QStringLiteral("late.jpg"));
    write(late, jpeg(500, 400));
    window().add_paths({late});
    QTRY_VERIFY_WITH_TIMEOUT(count(RowState::queued) + count(RowState::waiting) == 1, patience_ms);
    QCOMPARE(count(RowState::succeeded), 8);
    window().actions().pause->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::succeeded), 9, patience_ms);
}

void DesktopAppTest::a_batch_goes_on_after_a_restart() {
    constexpr int good = 40;
    const QDir folder(folder_->filePath(QStringLiteral("mixed")));
    make_mixed_folder(folder, good);
    CommandLine line;
    line.files = QStringList{folder.path()};
    start(line);
    QTRY_VERIFY_WITH_TIMEOUT(count(RowState::succeeded) >= 1, patience_ms);
    stop();
    start();
    // Rows of files that never became jobs are not kept; jobs are, each of them once.
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::succeeded), good, patience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::queued) + count(RowState::processing) +
                                  count(RowState::waiting) + count(RowState::uploading),
                              0, patience_ms);
    QSet<QString> names;
    auto& jobs = app_->workspace()->jobs();
    for (int row = 0; row < jobs.rowCount(); ++row) {
        const auto name = jobs.index(row, 0).data(JobsModel::name_role).toString();
        QVERIFY2(!names.contains(name), qPrintable(name));
        names << name;
    }
}

void DesktopAppTest::a_server_does_the_same() {
    ThumbdProcess server({.data_dir = folder_->filePath(QStringLiteral("thumbd")).toStdString()});
    CommandLine line;
    line.server = QString::fromStdString(server.url());
    start(line);
    QTRY_VERIFY_WITH_TIMEOUT(online(), patience_ms);
    QVERIFY(app_->place()->description().kind == Description::Kind::remote);
    QVERIFY(window().windowTitle().contains(QString::number(server.port())));
    const QDir folder(folder_->filePath(QStringLiteral("mixed")));
    make_mixed_folder(folder, 6);
    QVERIFY(drop(window(), {folder.path()}));
    check_mixed_folder(6);
}

void DesktopAppTest::a_server_that_was_killed_is_found_again() {
    ThumbdProcess::Options options;
    options.data_dir = folder_->filePath(QStringLiteral("thumbd")).toStdString();
    auto server = std::make_unique<ThumbdProcess>(options);
    start();
    app_->choose(server_choice(*server));
    QTRY_VERIFY_WITH_TIMEOUT(
        app_->place() && app_->place()->description().kind == Description::Kind::remote && online(),
        patience_ms);
    const auto first = folder_->filePath(QStringLiteral("first.jpg"));
    write(first, jpeg(300, 200));
    window().add_paths({first});
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::succeeded), 1, patience_ms);

    const auto port = server->port();
    server->kill();
    QTRY_VERIFY_WITH_TIMEOUT(banner().startsWith(QStringLiteral("Reconnecting")), patience_ms);
    for (const auto* widget : QApplication::topLevelWidgets())
        QVERIFY(!widget->isVisible() || widget == &window());
    const auto second = folder_->filePath(QStringLiteral("second.jpg"));
    write(second, jpeg(310, 200));
    window().add_paths({second});
    // --listen is given twice; the last one counts.
    options.arguments = {"--listen", "127.0.0.1:" + std::to_string(port)};
    server = std::make_unique<ThumbdProcess>(options);
    if (auto* now = visible_button(QStringLiteral("Try now")))
        QTest::mouseClick(now, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(online(), patience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!banner().contains(QStringLiteral("Reconnecting")), patience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::succeeded), 2, patience_ms);
}

void DesktopAppTest::a_refused_token_is_asked_for() {
    const auto tokens = folder_->filePath(QStringLiteral("tokens"));
    write(tokens, "submit right-token-0123456789abcdef\n");
    QFile::setPermissions(tokens, QFile::ReadOwner | QFile::WriteOwner);
    ThumbdProcess server({.data_dir = folder_->filePath(QStringLiteral("thumbd")).toStdString(),
                          .arguments = {"--token-file", tokens.toStdString()}});
    start();
    app_->choose(server_choice(server, QStringLiteral("wrong-token-0123456789abcdef")));
    QTRY_VERIFY_WITH_TIMEOUT(app_->place() &&
                                 app_->place()->connection().state == Connection::State::refused,
                             patience_ms);
    auto* ask = visible_button(QStringLiteral("Enter token\u2026"));
    QVERIFY(ask);
    QTest::mouseClick(ask, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(window().findChild<ConnectDialog*>() != nullptr, patience_ms);
    auto* dialog = window().findChild<ConnectDialog*>();
    QVERIFY(dialog->isVisible());
    auto* token = qobject_cast<QLineEdit*>(dialog->focusWidget());
    QVERIFY(token && token->echoMode() == QLineEdit::Password);
    QTest::keyClicks(token, QStringLiteral("right-token-0123456789abcdef"));
    for (auto* button : dialog->findChildren<QPushButton*>()) {
        if (button->isDefault())
            QTest::mouseClick(button, Qt::LeftButton);
    }
    QTRY_VERIFY_WITH_TIMEOUT(online(), patience_ms);
    QVERIFY(banner().isEmpty());
    // Kept for the next start, where nobody else can read it, and not in the settings.
    QFile kept(folder_->filePath(QStringLiteral("tokens.json")));
    QTRY_VERIFY_WITH_TIMEOUT(kept.exists(), patience_ms);
    QCOMPARE(kept.permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    stop();
    QDirIterator files(folder_->path(), {QStringLiteral("*.ini")}, QDir::Files,
                       QDirIterator::Subdirectories);
    QVERIFY(files.hasNext());
    while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(!file.readAll().contains("right-token"));
    }
    start();
    QTRY_VERIFY_WITH_TIMEOUT(online(), patience_ms);
    QVERIFY(app_->place()->description().kind == Description::Kind::remote);
}

void DesktopAppTest::a_silent_server_leaves_the_window_alive() {
    // It takes connections, and says nothing.
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    start();
    PlaceChoice choice;
    choice.remote = true;
    choice.server = QUrl(QStringLiteral("http://127.0.0.1:%1/").arg(silent.serverPort()));
    choice.token_kept = true;
    app_->choose(choice);
    QTRY_VERIFY_WITH_TIMEOUT(app_->place() &&
                                 app_->place()->description().kind == Description::Kind::remote,
                             patience_ms);
    const auto path = folder_->filePath(QStringLiteral("a.jpg"));
    write(path, jpeg(300, 200));
    QVERIFY(drop(window(), {path}));
    QTRY_COMPARE(app_->workspace()->jobs().total(), 1);
    QTest::keySequence(&window(), QKeySequence(QStringLiteral("Ctrl+2")));
    QVERIFY(window().actions().as_tiles->isChecked());
    PlaceChoice local;
    app_->choose(local);
    QTRY_VERIFY_WITH_TIMEOUT(online(), patience_ms);
    QVERIFY(app_->place()->description().kind == Description::Kind::local);
}

void DesktopAppTest::another_start_brings_files_and_a_server() {
    start();
    QTRY_VERIFY_WITH_TIMEOUT(online(), patience_ms);
    const auto path = folder_->filePath(QStringLiteral("a.jpg"));
    write(path, jpeg(300, 200));
    app_->take({QStringList{path}, {}});
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::succeeded), 1, patience_ms);
    ThumbdProcess server({.data_dir = folder_->filePath(QStringLiteral("thumbd")).toStdString()});
    const auto second = folder_->filePath(QStringLiteral("b.jpg"));
    write(second, jpeg(310, 200));
    app_->take({QStringList{second}, QString::fromStdString(server.url())});
    QTRY_VERIFY_WITH_TIMEOUT(
        app_->place() && app_->place()->description().kind == Description::Kind::remote && online(),
        patience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(count(RowState::succeeded), 1, patience_ms);
    QCOMPARE(app_->workspace()->jobs().index(0, 0).data(JobsModel::name_role).toString(),
             QStringLiteral("b.jpg"));
}

QTEST_MAIN(DesktopAppTest)
#include "tst_app.moc"
