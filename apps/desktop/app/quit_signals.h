#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace desktop {

/// Tells of SIGTERM and SIGINT by a signal of Qt, so that a log-out or Ctrl-C ends the program in
/// order. One at a time in a process.
class QuitSignals final : public QObject {
    Q_OBJECT

public:
    explicit QuitSignals(QObject* parent = nullptr);
    ~QuitSignals() override;

signals:
    void asked();

private:
    std::unique_ptr<QSocketNotifier> notifier_;
};

} // namespace desktop
