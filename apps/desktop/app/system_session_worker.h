#pragma once

#include <QDBusConnection>
#include <QDBusUnixFileDescriptor>
#include <QDBusVariant>
#include <QObject>
#include <QString>

#include <optional>

namespace desktop {

/// The part of SystemSession that talks to D-Bus, on a thread of its own.
class SystemSessionWorker final : public QObject {
    Q_OBJECT

public:
    SystemSessionWorker() = default;
    ~SystemSessionWorker() override;

    void keep_awake(bool awake);
    void show_progress(int percent); ///< Below zero: none.
    void notify(const QString& title, const QString& text);
    void watch_colour_scheme();

signals:
    void activated();
    void dark_preferred(bool dark);

private slots:
    void setting_changed(const QString& group, const QString& name, const QDBusVariant& value);
    void action_invoked(uint id, const QString& action);

private:
    /// The user's bus, or nothing; connects at the first call.
    std::optional<QDBusConnection> session();

    bool tried_ = false;
    bool listening_ = false;
    uint notification_ = 0;
    std::optional<uint> cookie_;           ///< Of org.freedesktop.ScreenSaver.
    QDBusUnixFileDescriptor sleep_lock_{}; ///< Of logind; held as long as it is open.
};

} // namespace desktop
