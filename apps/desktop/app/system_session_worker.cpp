#include "app/system_session_worker.h"

#include <QCoreApplication>
#include <QDBusMessage>
#include <QDBusReply>
#include <QFileInfo>
#include <QVariantMap>

namespace desktop {
namespace {

constexpr int patience_ms = 2000;

const auto bus_name = QStringLiteral("thumbjobs-desktop");
const auto screen_saver = QStringLiteral("org.freedesktop.ScreenSaver");
const auto screen_saver_path = QStringLiteral("/org/freedesktop/ScreenSaver");
const auto notifications = QStringLiteral("org.freedesktop.Notifications");
const auto notifications_path = QStringLiteral("/org/freedesktop/Notifications");

const auto portal = QStringLiteral("org.freedesktop.portal.Desktop");
const auto portal_path = QStringLiteral("/org/freedesktop/portal/desktop");
const auto portal_settings = QStringLiteral("org.freedesktop.portal.Settings");
const auto appearance_group = QStringLiteral("org.freedesktop.appearance");
const auto scheme_name = QStringLiteral("color-scheme");
constexpr uint scheme_dark = 1;

// A value within as many variants as the portal put it.
QVariant unwrapped(QVariant value) {
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

QString reason() {
    return QCoreApplication::translate("desktop::SystemSession", "Thumbnails are being made");
}

QDBusUnixFileDescriptor take_sleep_lock() {
    // Without the socket there is no bus to wait for.
    if (!qEnvironmentVariableIsSet("DBUS_SYSTEM_BUS_ADDRESS") &&
        !QFileInfo::exists(QStringLiteral("/run/dbus/system_bus_socket")))
        return {};
    auto bus = QDBusConnection::systemBus();
    if (!bus.isConnected())
        return {};
    auto call = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.login1"), QStringLiteral("/org/freedesktop/login1"),
        QStringLiteral("org.freedesktop.login1.Manager"), QStringLiteral("Inhibit"));
    call << QStringLiteral("sleep:idle") << QCoreApplication::applicationName() << reason()
         << QStringLiteral("block");
    const QDBusReply<QDBusUnixFileDescriptor> reply = bus.call(call, QDBus::Block, patience_ms);
    return reply.isValid() ? reply.value() : QDBusUnixFileDescriptor{};
}

} // namespace

SystemSessionWorker::~SystemSessionWorker() {
    keep_awake(false);
    if (tried_)
        QDBusConnection::disconnectFromBus(bus_name);
}

std::optional<QDBusConnection> SystemSessionWorker::session() {
    // Without an address, libdbus would start a bus of its own.
    if (!qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS"))
        return std::nullopt;
    auto bus = tried_ ? QDBusConnection(bus_name)
                      : QDBusConnection::connectToBus(QDBusConnection::SessionBus, bus_name);
    tried_ = true;
    if (!bus.isConnected())
        return std::nullopt;
    return bus;
}

void SystemSessionWorker::keep_awake(bool awake) {
    if (!awake) {
        sleep_lock_ = {};
        if (const auto bus = session(); bus && cookie_) {
            auto call = QDBusMessage::createMethodCall(screen_saver, screen_saver_path,
                                                       screen_saver, QStringLiteral("UnInhibit"));
            call << *cookie_;
            bus->call(call, QDBus::NoBlock);
        }
        cookie_.reset();
        return;
    }
    sleep_lock_ = take_sleep_lock();
    if (sleep_lock_.isValid())
        return;
    if (const auto bus = session()) {
        auto call = QDBusMessage::createMethodCall(screen_saver, screen_saver_path, screen_saver,
                                                   QStringLiteral("Inhibit"));
        call << QCoreApplication::applicationName() << reason();
        const QDBusReply<uint> reply = bus->call(call, QDBus::Block, patience_ms);
        if (reply.isValid())
            cookie_ = reply.value();
    }
}

void SystemSessionWorker::show_progress(int percent) {
    const auto bus = session();
    if (!bus)
        return;
    auto update = QDBusMessage::createSignal(QStringLiteral("/io/github/thumbjobs/desktop"),
                                             QStringLiteral("com.canonical.Unity.LauncherEntry"),
                                             QStringLiteral("Update"));
    update << QStringLiteral("application://thumbjobs-desktop.desktop")
           << QVariantMap{{QStringLiteral("progress"), qMax(percent, 0) / 100.0},
                          {QStringLiteral("progress-visible"), percent >= 0}};
    bus->send(update);
}

void SystemSessionWorker::notify(const QString& title, const QString& text) {
    auto bus = session();
    if (!bus)
        return;
    if (!listening_) {
        listening_ = bus->connect(notifications, notifications_path, notifications,
                                  QStringLiteral("ActionInvoked"), this,
                                  SLOT(action_invoked(uint, QString)));
    }
    auto call = QDBusMessage::createMethodCall(notifications, notifications_path, notifications,
                                               QStringLiteral("Notify"));
    call << QCoreApplication::applicationName() << notification_
         << QStringLiteral("thumbjobs-desktop") << title << text.toHtmlEscaped()
         << QStringList{QStringLiteral("default"),
                        QCoreApplication::translate("desktop::SystemSession", "Show")}
         << QVariantMap{{QStringLiteral("desktop-entry"), QStringLiteral("thumbjobs-desktop")}}
         << -1;
    const QDBusReply<uint> reply = bus->call(call, QDBus::Block, patience_ms);
    if (reply.isValid())
        notification_ = reply.value();
}

void SystemSessionWorker::watch_colour_scheme() {
    auto bus = session();
    if (!bus)
        return;
    bus->connect(portal, portal_path, portal_settings, QStringLiteral("SettingChanged"), this,
                 SLOT(setting_changed(QString, QString, QDBusVariant)));
    auto call = QDBusMessage::createMethodCall(portal, portal_path, portal_settings,
                                               QStringLiteral("Read"));
    call << appearance_group << scheme_name;
    const QDBusReply<QDBusVariant> reply = bus->call(call, QDBus::Block, patience_ms);
    if (reply.isValid())
        setting_changed(appearance_group, scheme_name, reply.value());
}

void SystemSessionWorker::setting_changed(const QString& group, const QString& name,
                                          const QDBusVariant& value) {
    if (group == appearance_group && name == scheme_name)
        emit dark_preferred(unwrapped(value.variant()).toUInt() == scheme_dark);
}

void SystemSessionWorker::action_invoked(uint id, const QString& action) {
    if (id == notification_ && action == QStringLiteral("default"))
        emit activated();
}

} // namespace desktop
