#pragma once

#include <QLocalServer>
#include <QLockFile>
#include <QObject>
#include <QStringList>

#include <memory>

namespace desktop {

/// What one start of the program hands over to the one that runs already.
struct Handover {
    QStringList files{}; ///< Absolute paths.
    QString server{};    ///< The URL to connect to; empty: as it is.
};

/// Makes the program run once per user. The running one listens on a socket in the user's runtime
/// folder, which nobody else can reach.
class SingleInstance final : public QObject {
    Q_OBJECT

public:
    enum class Outcome {
        first,       ///< This is the one that runs; `received` tells of later starts.
        handed_over, ///< Another runs and has taken the message.
        alone,       ///< There is no safe place for a socket: this one runs, unknown to others.
        failed,      ///< Another runs and does not answer.
    };

    /// `folder` is the user's runtime folder, of mode 0700; empty: there is none.
    explicit SingleInstance(QString folder, QObject* parent = nullptr);
    ~SingleInstance() override;

    /// Called once, before there is a window: it may wait a few seconds for the other one.
    Outcome start(const Handover& message);

    /// Where the system keeps sockets of this user; empty if that is not safe.
    static QString runtime_folder();

signals:
    void received(const desktop::Handover& message);

private:
    bool hand_over(const Handover& message) const;
    bool listen();
    void serve();

    QString folder_;
    std::unique_ptr<QLockFile> lock_;
    QLocalServer server_;
};

} // namespace desktop
