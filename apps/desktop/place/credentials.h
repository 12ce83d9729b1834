#pragma once

#include "place/result.h"

#include <QObject>
#include <QPointer>
#include <QString>
#include <QThread>
#include <QUrl>

namespace desktop {

/// Keeps the tokens of servers: in the system's keychain, or, where there is none, in a file that
/// only its owner can read. Never in the settings, never in a log.
///
/// Lives on the GUI thread and never waits there: keychain (which may ask the user to unlock it)
/// and file are used on a thread of its own. Answers come as those of a Place.
class Credentials : public QObject {
    Q_OBJECT

public:
    struct Options {
        bool keychain = true;                  ///< Whether the keychain is tried at all.
        QString service = "thumbjobs-desktop"; ///< What the entries stand under.
        QString file{};                        ///< Empty: default_file().
    };

    /// Where a token went.
    enum class Kept { keychain, file };

    /// `tokens.json` in the user's configuration folder.
    static QString default_file();

    explicit Credentials(Options options, QObject* parent = nullptr);
    ~Credentials() override;

    /// The token of a server; empty if there is none.
    ///
    /// A file that others may read, or that is not the user's own, is refused instead of used: its
    /// tokens have to be taken for known, and only their owner can have them replaced. write()
    /// replaces such a file by a private one.
    void read(const QUrl& server, QObject* context, Answer<QString> answer);

    /// An empty token is removed instead.
    void write(const QUrl& server, const QString& token, QObject* context, Answer<Kept> answer);

private:
    class Vault;

    QThread thread_;
    Vault* vault_; ///< Lives on thread_, which deletes it.
};

} // namespace desktop
