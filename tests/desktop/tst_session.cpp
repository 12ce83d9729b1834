// What the app asks of the desktop around it, by D-Bus: on a bus of the test's own, with services
// that answer as a desktop's do.
#include "app/system_session.h"

#include <QDBusConnection>
#include <QDBusUnixFileDescriptor>
#include <QDBusVariant>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

using namespace desktop;

namespace {

class ScreenSaver : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.ScreenSaver")

public:
    QList<uint> held;

public slots:
    uint Inhibit(const QString& application, const QString& reason) {
        if (application.isEmpty() || reason.isEmpty())
            return 0;
        held.append(++last_);
        return last_;
    }
    void UnInhibit(uint cookie) { held.removeAll(cookie); }

private:
    uint last_ = 40;
};

/// Gives out the end of a pipe, which is closed when the lock is.
class LoginManager : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.login1.Manager")

public:
    ~LoginManager() override {
        if (reader >= 0)
            ::close(reader);
    }

    QString what{};
    int reader = -1;

    bool released() const {
        pollfd end{reader, POLLIN, 0};
        return ::poll(&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
    }

public slots:
    QDBusUnixFileDescriptor Inhibit(const QString& what_to, const QString&, const QString&,
                                    const QString& mode) {
        what = what_to + ' ' + mode;
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return {};
        reader = ends[0];
        QDBusUnixFileDescriptor lock(ends[1]); // a copy
        ::close(ends[1]);
        return lock;
    }
};

class Notifications : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    struct Shown {
        uint replaces;
        QString title;
        QString text;
        QStringList actions;
    };
    QList<Shown> shown;

public slots:
    uint Notify(const QString&, uint replaces, const QString&, const QString& title,
                const QString& text, const QStringList& actions, const QVariantMap&, int) {
        shown.append({replaces, title, text, actions});
        return 7;
    }

signals:
    void ActionInvoked(uint id, const QString& action);
};

class Portal : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")

public slots:
    QDBusVariant Read(const QString&, const QString&) {
        return QDBusVariant(QVariant::fromValue(QDBusVariant(QVariant(1u))));
    }

signals:
    void SettingChanged(const QString& group, const QString& name, const QDBusVariant& value);
};

class TaskBar : public QObject {
    Q_OBJECT

public:
    QList<QVariantMap> updates;

public slots:
    void update(const QString& entry, const QVariantMap& properties) {
        if (entry == "application://thumbjobs-desktop.desktop")
            updates.append(properties);
    }
};

/// A service for as long as the object lives.
class Service {
public:
    Service(QDBusConnection bus, const QString& name, const QString& path, QObject& object)
        : bus_(std::move(bus)), name_(name), path_(path) {
        if (!bus_.registerObject(path_, &object,
                                 QDBusConnection::ExportAllSlots |
                                     QDBusConnection::ExportAllSignals) ||
            !bus_.registerService(name_))
            qFatal("%s cannot be offered", qPrintable(name_));
    }
    ~Service() {
        bus_.unregisterService(name_);
        bus_.unregisterObject(path_);
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

private:
    QDBusConnection bus_;
    QString name_;
    QString path_;
};

} // namespace

class TestSession : public QObject {
    Q_OBJECT

    QProcess daemon_;
    QDBusConnection bus_{QString()};

private slots:
    void initTestCase() {
        daemon_.start("dbus-daemon", {"--session", "--nofork", "--print-address"});
        QVERIFY2(daemon_.waitForStarted(), "there is no dbus-daemon");
        QTRY_VERIFY(daemon_.canReadLine());
        const QByteArray address = daemon_.readLine().trimmed();
        qputenv("DBUS_SESSION_BUS_ADDRESS", address);
        qputenv("DBUS_SYSTEM_BUS_ADDRESS", address); // logind's part is never the machine's
        bus_ = QDBusConnection::connectToBus(address, "services");
        QVERIFY(bus_.isConnected());
    }

    void cleanupTestCase() {
        QDBusConnection::disconnectFromBus("services");
        daemon_.kill();
        daemon_.waitForFinished();
    }

    void keeps_the_screen_awake() {
        ScreenSaver screen;
        const Service service(bus_, "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver",
                              screen);
        SystemSession session;
        session.keep_awake(true);
        session.keep_awake(true); // holds it once
        QTRY_COMPARE(screen.held, QList<uint>{41});
        session.keep_awake(false);
        QTRY_VERIFY(screen.held.isEmpty());
    }

    void lets_go_when_it_ends() {
        ScreenSaver screen;
        const Service service(bus_, "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver",
                              screen);
        {
            SystemSession session;
            session.keep_awake(true);
            QTRY_COMPARE(screen.held.size(), 1);
        }
        QTRY_VERIFY(screen.held.isEmpty());
    }

    void keeps_the_machine_awake() {
        LoginManager manager;
        const Service service(bus_, "org.freedesktop.login1", "/org/freedesktop/login1", manager);
        SystemSession session;
        session.keep_awake(true);
        QTRY_COMPARE(manager.what, QString("sleep:idle block"));
        QVERIFY(!manager.released());
        session.keep_awake(false);
        QTRY_VERIFY(manager.released());
    }

    void notifies_once_and_listens() {
        Notifications desktop;
        const Service service(bus_, "org.freedesktop.Notifications",
                              "/org/freedesktop/Notifications", desktop);
        SystemSession session;
        QSignalSpy activated(&session, &SystemSession::activated);
        session.notify("Done", "3 images <b>");
        QTRY_COMPARE(desktop.shown.size(), 1);
        QCOMPARE(desktop.shown[0].title, QString("Done"));
        QCOMPARE(desktop.shown[0].text, QString("3 images &lt;b&gt;")); // it is not markup
        QVERIFY(desktop.shown[0].actions.contains("default"));
        session.notify("Done", "4 images");
        QTRY_COMPARE(desktop.shown.size(), 2);
        QCOMPARE(desktop.shown[1].replaces, 7u);

        emit desktop.ActionInvoked(8, "default"); // somebody else's
        emit desktop.ActionInvoked(7, "default");
        QTRY_COMPARE(activated.size(), 1);
    }

    void follows_the_colour_scheme() {
        Portal portal;
        const Service service(bus_, "org.freedesktop.portal.Desktop",
                              "/org/freedesktop/portal/desktop", portal);
        SystemSession session;
        QSignalSpy dark(&session, &SystemSession::dark_preferred);
        QTRY_COMPARE(dark.size(), 1);
        QCOMPARE(dark[0][0].toBool(), true);
        emit portal.SettingChanged("org.freedesktop.appearance", "color-scheme",
                                   QDBusVariant(QVariant(2u)));
        QTRY_COMPARE(dark.size(), 2);
        QCOMPARE(dark[1][0].toBool(), false);
    }

    void shows_progress_in_the_task_bar() {
        TaskBar bar;
        QVERIFY(bus_.connect({}, {}, "com.canonical.Unity.LauncherEntry", "Update", &bar,
                             SLOT(update(QString, QVariantMap))));
        SystemSession session;
        session.show_progress(0.5);
        session.show_progress(0.501); // no news
        session.show_progress(-1);
        QTRY_COMPARE(bar.updates.size(), 2);
        QCOMPARE(bar.updates[0].value("progress").toDouble(), 0.5);
        QCOMPARE(bar.updates[0].value("progress-visible").toBool(), true);
        QCOMPARE(bar.updates[1].value("progress-visible").toBool(), false);
    }

    /// Without any of these services nothing happens, and nothing waits.
    void does_without() {
        SystemSession session;
        session.keep_awake(true);
        session.notify("Done", "");
        session.show_progress(1);
        session.keep_awake(false);
    }
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
