#include "model/paste_spool.h"

#include "model/safe_write.h"

#include <QDir>
#include <QFile>
#include <QUuid>

namespace desktop {

namespace {

constexpr auto owner_only =
    QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner;

QString write(const QString& folder, const QByteArray& bytes) {
    if (!QDir().mkpath(folder) || !QFile::setPermissions(folder, owner_only))
        return {};
    return write_file(folder, QUuid::createUuid().toString(QUuid::WithoutBraces), bytes,
                      Collision::rename, {})
        .path;
}

} // namespace

void PasteSpool::keep(const QByteArray& bytes, std::function<void(const QString&)> done) {
    disk_.run([folder = folder_, bytes] { return write(folder, bytes); }, std::move(done));
}

void PasteSpool::drop(const QString& path) {
    disk_.run([path] { return QFile::remove(path); }, [](bool) {});
}

void PasteSpool::clean(const QString& folder, const QStringList& wanted) {
    const QDir files(folder);
    for (const QString& name : files.entryList(QDir::Files | QDir::Hidden))
        if (const QString path = files.filePath(name); !wanted.contains(path))
            QFile::remove(path);
}

} // namespace desktop
