#include "model/file_scanner.h"

#include "model/row.h"

#include <thumbjobs/resizer.h>

#include <QFile>
#include <QFileInfo>
#include <QLocale>
#include <QMetaObject>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace desktop {

namespace {

using thumbjobs::ErrorCode;

constexpr std::size_t batch_size = 256;
constexpr auto batch_time = std::chrono::milliseconds(100);
constexpr int max_batches_under_way = 4;
constexpr auto patience = std::chrono::seconds(1);

/// Closes the file at the end.
class OpenFile {
public:
    explicit OpenFile(const QByteArray& path)
        : descriptor_(::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
    ~OpenFile() {
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int get() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

QString unreadable_text(int error) {
    switch (error) {
    case ENOENT:
        return FileScanner::tr("There is no such file.");
    case EACCES:
    case EPERM:
        return FileScanner::tr("The file may not be read.");
    case ENXIO:
        return FileScanner::tr("It is not a file.");
    default:
        return FileScanner::tr("The file cannot be read.");
    }
}

void refuse(FoundFile& file, ErrorCode code, const QString& reason) {
    file.refusal = code;
    file.reason = reason;
}

} // namespace

FoundFile look_at_file(const QString& path, const ScanLimits& limits) {
    FoundFile file;
    file.path = path;
    const OpenFile open(QFile::encodeName(path));
    struct stat status {};
    if (open.get() < 0 || ::fstat(open.get(), &status) != 0) {
        refuse(file, errno == ENOENT ? ErrorCode::not_found : ErrorCode::invalid_argument,
               unreadable_text(errno));
        return file;
    }
    if (!S_ISREG(status.st_mode)) {
        refuse(file, ErrorCode::not_an_image, FileScanner::tr("It is not a file."));
        return file;
    }
    file.bytes = status.st_size;
    file.device = status.st_dev;
    file.inode = status.st_ino;
    if (file.bytes == 0) {
        refuse(file, ErrorCode::empty_input, FileScanner::tr("The file is empty."));
        return file;
    }
    if (limits.max_bytes > 0 && file.bytes > limits.max_bytes) {
        const QLocale locale;
        refuse(file, ErrorCode::input_too_large,
               FileScanner::tr("The file is too large: %1; at most %2 are taken.")
                   .arg(locale.formattedDataSize(file.bytes),
                        locale.formattedDataSize(limits.max_bytes)));
        return file;
    }
    std::array<std::byte, 4096> head{};
    const auto length = ::read(open.get(), head.data(), head.size());
    if (length < 0) {
        refuse(file, ErrorCode::invalid_argument, unreadable_text(errno));
        return file;
    }
    const auto type =
        thumbjobs::sniff_image(std::span(head).first(static_cast<std::size_t>(length)));
    if (!type) {
        refuse(file, ErrorCode::not_an_image, FileScanner::tr("The file is not an image."));
        return file;
    }
    const auto& accepted = limits.media_types;
    if (!accepted.empty() &&
        std::find(accepted.begin(), accepted.end(), type->media_type) == accepted.end())
        refuse(file, ErrorCode::unsupported_format,
               FileScanner::tr("%1 images are not taken here.")
                   .arg(QString::fromStdString(std::string(type->name))));
    return file;
}

/// What the thread and the scanner share; the thread may outlive the scanner.
struct FileScanner::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    FileScanner* scanner = nullptr; ///< Null once it is gone.
    bool stop = false;
    bool done = false;
    int under_way = 0; ///< Batches posted and not taken yet.
};

namespace {

/// Whether `left` comes before `right` in a folder: the order of names as people count.
bool name_before(std::string_view left, std::string_view right) {
    const int order = compare_names(left, right);
    return order != 0 ? order < 0 : left < right;
}

bool is_within(const QByteArray& path, const QByteArray& folder) {
    return path.startsWith(folder.endsWith('/') ? folder : folder + '/');
}

/// One walk, on its thread. `post` takes each batch and returns false when it shall end.
class Walk {
public:
    using Post = std::function<bool(std::vector<FoundFile>)>;
    Walk(ScanLimits limits, Post post) : limits_(std::move(limits)), post_(std::move(post)) {}

    /// `after`: a file of an earlier walk, up to which everything is passed over; may be empty.
    ScanSummary run(const QStringList& paths, const QString& after) {
        after_ = QFile::encodeName(after);
        const auto root = std::find_if(paths.begin(), paths.end(), [this](const QString& path) {
            const QByteArray name = QFile::encodeName(path);
            return name == after_ || is_within(after_, name);
        });
        for (auto path = root == paths.end() ? paths.begin() : root; path != paths.end(); ++path) {
            const QByteArray name = QFile::encodeName(*path);
            if (!after_.isEmpty() && name == after_)
                continue;
            if (!visit(name, 0))
                break;
            after_.clear(); // it was in the first of them
        }
        flush();
        return summary_;
    }

private:
    /// Whether an earlier walk has told of all that is behind this entry of a folder.
    bool is_passed(const QByteArray& prefix, const std::string& name) const {
        if (!after_.startsWith(prefix))
            return false;
        const QByteArray rest = after_.mid(prefix.size());
        const auto slash = rest.indexOf('/');
        const std::string passed = (slash < 0 ? rest : rest.left(slash)).toStdString();
        return name_before(name, passed) || (slash < 0 && name == passed);
    }

    bool visit(const QByteArray& path, int depth) {
        struct stat status {};
        if (::stat(path.constData(), &status) == 0 && S_ISDIR(status.st_mode))
            return enter(path, status, depth);
        return add(path);
    }

    bool add(const QByteArray& path) {
        if (summary_.files >= limits_.max_files) {
            summary_.cut_off = true;
            return false;
        }
        ++summary_.files;
        const QString name = QFile::decodeName(path);
        FoundFile file;
        if (QFile::encodeName(name) == path) {
            file = look_at_file(name, limits_);
        } else {
            file.path = name;
            refuse(file, ErrorCode::invalid_argument,
                   FileScanner::tr("The file's name is not in this system's encoding."));
        }
        batch_.push_back(std::move(file));
        if (batch_.size() >= batch_size || std::chrono::steady_clock::now() - sent_ > batch_time)
            return flush();
        return true;
    }

    bool enter(const QByteArray& path, const struct stat& status, int depth) {
        if (depth > limits_.max_depth || !entered_.insert({status.st_dev, status.st_ino}).second)
            return true;
        ++summary_.folders;
        std::error_code error;
        std::filesystem::directory_iterator entries(path.toStdString(), error);
        std::vector<std::string> names;
        const auto most = static_cast<std::size_t>(limits_.max_files) * 2;
        for (; !error && entries != std::filesystem::directory_iterator() && names.size() < most;
             entries.increment(error)) {
            std::string name = entries->path().filename().string();
            if (name.starts_with('.'))
                ++summary_.hidden;
            else
                names.push_back(std::move(name));
        }
        if (error)
            ++summary_.unreadable;
        std::sort(names.begin(), names.end(), name_before);
        const QByteArray prefix = path.endsWith('/') ? path : path + '/';
        return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
            return is_passed(prefix, name) ||
                   visit(prefix + QByteArray::fromStdString(name), depth + 1);
        });
    }

    bool flush() {
        sent_ = std::chrono::steady_clock::now();
        if (!post_(std::exchange(batch_, {}))) {
            summary_.stopped = true;
            return false;
        }
        return true;
    }

    ScanLimits limits_;
    Post post_;
    QByteArray after_;
    ScanSummary summary_;
    std::set<std::pair<dev_t, ino_t>> entered_;
    std::vector<FoundFile> batch_;
    std::chrono::steady_clock::time_point sent_ = std::chrono::steady_clock::now();
};

} // namespace

FileScanner::FileScanner(QObject* parent) : QObject(parent) {}

FileScanner::~FileScanner() {
    if (!shared_)
        return;
    std::unique_lock lock(shared_->mutex);
    shared_->stop = true;
    shared_->scanner = nullptr;
    shared_->changed.notify_all();
    shared_->changed.wait_for(lock, patience, [this] { return shared_->done; });
}

void FileScanner::start(const QStringList& paths, const ScanLimits& limits, const QString& after) {
    running_ = true;
    shared_ = std::make_shared<Shared>();
    shared_->scanner = this;
    std::thread([shared = shared_, paths, limits, after] {
        const auto post = [&shared](std::vector<FoundFile> files) {
            std::unique_lock lock(shared->mutex);
            shared->changed.wait(
                lock, [&] { return shared->stop || shared->under_way < max_batches_under_way; });
            if (shared->stop)
                return false;
            if (files.empty())
                return true;
            ++shared->under_way;
            QMetaObject::invokeMethod(
                shared->scanner,
                [scanner = shared->scanner, files = std::move(files)] { scanner->take(files); },
                Qt::QueuedConnection);
            return true;
        };
        const ScanSummary summary = Walk(limits, post).run(paths, after);
        const std::lock_guard lock(shared->mutex);
        shared->done = true;
        shared->changed.notify_all();
        if (shared->scanner)
            QMetaObject::invokeMethod(
                shared->scanner, [scanner = shared->scanner, summary] { scanner->end(summary); },
                Qt::QueuedConnection);
    }).detach();
}

void FileScanner::stop() {
    if (!shared_)
        return;
    const std::lock_guard lock(shared_->mutex);
    shared_->stop = true;
    shared_->changed.notify_all();
}

void FileScanner::take(const std::vector<FoundFile>& files) {
    {
        const std::lock_guard lock(shared_->mutex);
        --shared_->under_way;
        shared_->changed.notify_all();
        if (shared_->stop)
            return;
    }
    emit found(files);
}

void FileScanner::end(const ScanSummary& summary) {
    running_ = false;
    emit finished(summary);
}

} // namespace desktop
