#include "model/safe_write.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QUuid>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace desktop {

namespace {

constexpr int max_tries = 10'000; ///< Numbers that are tried for a free name.

struct SafeWrite {
    Q_DECLARE_TR_FUNCTIONS(SafeWrite)
};

QString failure_text(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return SafeWrite::tr("The disk is full.");
    case EACCES:
    case EPERM:
        return SafeWrite::tr("The folder may not be written to.");
    case EROFS:
        return SafeWrite::tr("The disk is read-only.");
    case ENOENT:
        return SafeWrite::tr("The folder is gone.");
    case EISDIR:
        return SafeWrite::tr("There is a folder of this name.");
    case ENAMETOOLONG:
        return SafeWrite::tr("The name is too long.");
    default:
        return SafeWrite::tr("The file cannot be written: %1")
            .arg(QString::fromLocal8Bit(strerror(error)));
    }
}

Written failed(int error) {
    return {Written::Outcome::failed, {}, failure_text(error)};
}

/// A file with a temporary name, removed unless it was moved to its own.
class TemporaryFile {
public:
    explicit TemporaryFile(const QByteArray& folder)
        : path_(folder + "/.thumbjobs-" + QUuid::createUuid().toByteArray(QUuid::Id128)),
          descriptor_(::open(path_.constData(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666)) {}

    ~TemporaryFile() {
        if (descriptor_ < 0)
            return;
        ::close(descriptor_);
        if (!moved_)
            ::unlink(path_.constData());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    bool is_open() const noexcept { return descriptor_ >= 0; }

    bool write(const QByteArray& bytes) {
        const char* rest = bytes.constData();
        auto left = static_cast<std::size_t>(bytes.size());
        while (left > 0) {
            const auto written = ::write(descriptor_, rest, left);
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return false;
            rest += written;
            left -= static_cast<std::size_t>(written);
        }
        return ::fsync(descriptor_) == 0;
    }

    bool replace(const QByteArray& target) {
        moved_ = ::rename(path_.constData(), target.constData()) == 0;
        return moved_;
    }

    /// Takes the name only if nothing has it: false with EEXIST otherwise.
    bool take_name(const QByteArray& target) {
        if (::renameat2(AT_FDCWD, path_.constData(), AT_FDCWD, target.constData(),
                        RENAME_NOREPLACE) == 0) {
            moved_ = true;
            return true;
        }
        if (errno != EINVAL && errno != ENOSYS)
            return false;
        // Not every file system can: a link is as good, and where there are none, a place holder.
        if (::link(path_.constData(), target.constData()) == 0)
            return true; // the temporary name goes with us
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
            return false;
        const int holder =
            ::open(target.constData(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (holder < 0)
            return false;
        ::close(holder);
        return replace(target);
    }

private:
    QByteArray path_;
    int descriptor_;
    bool moved_ = false;
};

/// Whether the file at this path is one that must stay as it is.
bool is_original(const QByteArray& path, const struct stat& status,
                 const std::vector<Original>& originals) {
    const QFileInfo target(QFile::decodeName(path));
    const QString name = target.fileName();
    const QString real_name = target.canonicalFilePath().section(QLatin1Char('/'), -1);
    return std::any_of(originals.begin(), originals.end(), [&](const Original& original) {
        const Source& source = original.source;
        if (source.path.isEmpty())
            return original.bytes > 0 && original.bytes == status.st_size &&
                   name.compare(original.name, Qt::CaseInsensitive) == 0;
        if (source.inode != 0 && source.inode == status.st_ino && source.device == status.st_dev)
            return true;
        struct stat now {}; // it may have been written anew since it was submitted
        return source.path.endsWith(QLatin1Char('/') + real_name) &&
               ::stat(QFile::encodeName(source.path).constData(), &now) == 0 &&
               now.st_ino == status.st_ino && now.st_dev == status.st_dev;
    });
}

QString numbered(const QString& name, int number) {
    const auto dot = name.lastIndexOf(QLatin1Char('.'));
    const auto cut = dot > 0 ? dot : name.size();
    return QStringLiteral("%1 (%2)%3").arg(name.left(cut)).arg(number).arg(name.mid(cut));
}

Written overwrite(TemporaryFile& file, const QByteArray& target,
                  const std::vector<Original>& originals) {
    struct stat status {};
    // Through links: one that leads to an original is left alone as well.
    if (::stat(target.constData(), &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return failed(EISDIR);
        if (is_original(target, status, originals))
            return {Written::Outcome::failed,
                    {},
                    SafeWrite::tr("This is the original image; it is not overwritten.")};
    }
    if (!file.replace(target))
        return failed(errno);
    return {Written::Outcome::written, QFile::decodeName(target), {}};
}

} // namespace

Written write_file(const QString& folder, const QString& name, const QByteArray& bytes,
                   Collision collision, const std::vector<Original>& originals) {
    const QByteArray folder_path = QFile::encodeName(folder);
    const auto path_of = [&](const QString& file_name) {
        return folder_path + '/' + QFile::encodeName(file_name);
    };
    struct stat status {};
    if (collision == Collision::skip && ::lstat(path_of(name).constData(), &status) == 0)
        return {Written::Outcome::skipped, {}, {}};
    TemporaryFile file(folder_path);
    if (!file.is_open() || !file.write(bytes))
        return failed(errno);
    Written result;
    if (collision == Collision::overwrite) {
        result = overwrite(file, path_of(name), originals);
    } else {
        result = failed(EEXIST);
        for (int number = 1; number <= max_tries; ++number) {
            const QByteArray target = path_of(number == 1 ? name : numbered(name, number));
            if (file.take_name(target)) {
                result = {Written::Outcome::written, QFile::decodeName(target), {}};
                break;
            }
            if (errno != EEXIST) {
                result = failed(errno);
                break;
            }
            if (collision == Collision::skip) {
                result = {Written::Outcome::skipped, {}, {}};
                break;
            }
        }
    }
    return result;
}

void sync_folder(const QString& folder) {
    const int descriptor =
        ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    ::fsync(descriptor);
    ::close(descriptor);
}

} // namespace desktop
