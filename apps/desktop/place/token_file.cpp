#include "place/token_file.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace desktop {
namespace {

struct Tokens {
    Q_DECLARE_TR_FUNCTIONS(Tokens)
};

constexpr qint64 max_size = 1 << 20;
constexpr auto owner_only = QFileDevice::ReadOwner | QFileDevice::WriteOwner;

Failure unreadable() {
    return {code_unreadable, Tokens::tr("The file of tokens cannot be read.")};
}

/// The file's content; an empty object if there is no file.
Result<QJsonObject> load(const QString& path) {
    const int descriptor =
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT)
        return QJsonObject();
    QFile file;
    if (descriptor < 0 || !file.open(descriptor, QIODevice::ReadOnly, QFile::AutoCloseHandle))
        return unreadable();
    // Asked of the open file: nobody can swap it in between.
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return unreadable();
    if (status.st_uid != ::geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Failure{
            code_unreadable,
            Tokens::tr("The file of tokens can be read by others, so it was not used. Have the "
                       "tokens replaced, and enter the new ones.")};
    const auto document = QJsonDocument::fromJson(file.read(max_size));
    if (!document.isObject())
        return unreadable();
    return document.object();
}

} // namespace

Result<QString> TokenFile::read(const QString& server) const {
    const auto content = load(path_);
    if (!content)
        return content.failure();
    return content.value()[server].toString();
}

Result<Done> TokenFile::write(const QString& server, const QString& token) const {
    const auto content = load(path_);
    QJsonObject tokens = content ? content.value() : QJsonObject();
    if (token.isEmpty()) {
        if (content && !tokens.contains(server))
            return Done{};
        tokens.remove(server);
    } else {
        tokens[server] = token;
    }
    const QString folder = QFileInfo(path_).absolutePath();
    QSaveFile file(path_);
    // Private before the first byte is in it; an old file's mode would be taken over otherwise.
    const bool written = QDir().mkpath(folder) && file.open(QIODevice::WriteOnly) &&
                         file.setPermissions(owner_only) &&
                         file.write(QJsonDocument(tokens).toJson(QJsonDocument::Compact)) > 0 &&
                         file.commit();
    if (!written)
        return Failure{code_unreadable,
                       Tokens::tr("The token could not be saved: %1.").arg(file.errorString())};
    return Done{};
}

} // namespace desktop
