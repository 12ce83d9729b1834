#pragma once

#include <QObject>
#include <QString>
#include <QThread>

namespace desktop {

class SystemSessionWorker;

/// What the desktop around the program offers, by D-Bus: notifications, a progress bar in the task
/// bar, and that the machine stays awake. Whatever is not offered is silently left out. Never
/// blocks: the talking is done by a thread of its own.
class SystemSession final : public QObject {
    Q_OBJECT

public:
    explicit SystemSession(QObject* parent = nullptr);
    ~SystemSession() override;

    /// Keeps the machine from going to sleep by itself, until it is called with false.
    void keep_awake(bool awake);

    /// The bar in the task bar: 0 to 1; below zero: none.
    void show_progress(double progress);

    /// One notification, in place of the one before. A click on it emits `activated`.
    void notify(const QString& title, const QString& text);

signals:
    void activated();

    /// Whether the desktop prefers dark windows: told by it at the start, and when that changes.
    void dark_preferred(bool dark);

private:
    QThread thread_;
    SystemSessionWorker* worker_;
    bool awake_ = false;
    int shown_percent_ = -1;
};

} // namespace desktop
