#include "model/workspace.h"

#include "model/safe_write.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <utility>

namespace desktop {

namespace {

constexpr int patience = 3'000;               ///< Milliseconds.
constexpr int keep_interval = 2'000;          ///< Milliseconds.
constexpr qint64 max_pending_file = 64 << 20; ///< Bytes.

QString spool_folder(const QString& pending_file) {
    return pending_file + QStringLiteral("-pasted");
}

Pending read_file(const QString& path) {
    Pending pending;
    QFile file(path);
    if (file.open(QIODevice::ReadOnly) && file.size() <= max_pending_file)
        pending = read_pending(file.readAll());
    // A pasted image that became a job has no file any more; one that nobody knows of is in the
    // way.
    std::erase_if(pending.files, [](const PendingFile& image) {
        return !image.pasted_name.isEmpty() && !QFile::exists(image.path);
    });
    QStringList wanted;
    for (const PendingFile& image : pending.files)
        wanted.append(image.path);
    PasteSpool::clean(spool_folder(path), wanted);
    return pending;
}

bool keep_file(const QString& path, const Pending& pending) {
    if (pending.empty())
        return QFile::remove(path);
    const QFileInfo file(path);
    QDir().mkpath(file.absolutePath());
    return write_file(file.absolutePath(), file.fileName(), write_pending(pending),
                      Collision::overwrite, {})
               .outcome == Written::Outcome::written;
}

} // namespace

Workspace::Workspace(Place& place, const QString& pending_file, QObject* parent)
    : QObject(parent),
      place_(place),
      pending_file_(pending_file),
      spool_(disk_, spool_folder(pending_file)),
      jobs_(place),
      feed_(place, jobs_),
      intake_(place, jobs_),
      queue_(place, jobs_, intake_),
      saver_(place, jobs_),
      statistics_(jobs_),
      drag_(place, jobs_) {
    jobs_.set_mime_provider(
        [this](const std::vector<RowKey>& keys) { return drag_.make_mime(keys); });
    statistics_.set_busy([this] { return intake_.scanning(); });
    patience_.setSingleShot(true);
    patience_.setInterval(patience);
    connect(&patience_, &QTimer::timeout, this, [this] {
        if (done_)
            std::exchange(done_, {})();
    });
    connect(&queue_, &Queue::idle, this, &Workspace::look_whether_done);
    if (pending_file_.isEmpty())
        return;
    intake_.set_spool(&spool_);
    connect(&intake_, &Intake::settled, this, [this] {
        if (keeping_last_)
            return;
        if (done_)
            keep_last();
        else if (loaded_)
            keep_pending(false);
    });
    keep_timer_.setSingleShot(true);
    keep_timer_.setInterval(keep_interval);
    connect(&keep_timer_, &QTimer::timeout, this, [this] {
        if (keeping_) // by a slow disk
            keep_timer_.start();
        else
            keep_pending(false);
    });
    disk_.run([path = pending_file_] { return read_file(path); },
              [this](const Pending& pending) { take_pending(pending); });
}

void Workspace::take_pending(const Pending& pending) {
    loaded_ = true;
    intake_.restore(pending);
    if (done_)
        return keep_last();
    connect(&jobs_, &JobsModel::counts_changed, this, [this] {
        if (!keep_timer_.isActive() && !keeping_last_)
            keep_timer_.start();
    });
    keep_timer_.start(); // for what came in meanwhile
}

void Workspace::keep_pending(bool last) {
    keeping_ = true;
    disk_.run(
        [path = pending_file_, pending = intake_.snapshot()] { return keep_file(path, pending); },
        [this, last](bool) {
            keeping_ = false;
            kept_ = kept_ || last;
            look_whether_done();
        });
}

/// Once it is known what is to be kept.
void Workspace::keep_last() {
    if (!loaded_ || !intake_.is_settled())
        return;
    keeping_last_ = true;
    keep_timer_.stop();
    keep_pending(true);
}

void Workspace::shut_down(std::function<void()> done) {
    done_ = std::move(done);
    patience_.start();
    saver_.cancel();
    queue_.carry_out_removal();
    intake_.suspend();
    if (!pending_file_.isEmpty())
        return keep_last();
    kept_ = true;
    QMetaObject::invokeMethod(this, &Workspace::look_whether_done, Qt::QueuedConnection);
}

void Workspace::look_whether_done() {
    if (!done_ || !kept_ || queue_.busy())
        return;
    patience_.stop();
    std::exchange(done_, {})();
}

} // namespace desktop
