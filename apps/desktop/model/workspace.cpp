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

std::vector<PendingFile> read_file(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > max_pending_file)
        return {};
    return read_pending(file.readAll());
}

bool keep_file(const QString& path, const std::vector<PendingFile>& files) {
    if (files.empty())
        return QFile::remove(path);
    const QFileInfo file(path);
    QDir().mkpath(file.absolutePath());
    return write_file(file.absolutePath(), file.fileName(), write_pending(files),
                      Collision::overwrite, {})
               .outcome == Written::Outcome::written;
}

} // namespace

Workspace::Workspace(Place& place, const QString& pending_file, QObject* parent)
    : QObject(parent),
      place_(place),
      pending_file_(pending_file),
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
    keep_timer_.setSingleShot(true);
    keep_timer_.setInterval(keep_interval);
    connect(&keep_timer_, &QTimer::timeout, this, [this] { keep_pending(false); });
    disk_.run([path = pending_file_] { return read_file(path); },
              [this](const std::vector<PendingFile>& files) {
                  loaded_ = true;
                  intake_.restore(files);
                  connect(&jobs_, &JobsModel::counts_changed, this, [this] {
                      if (!keep_timer_.isActive() && !keeping_)
                          keep_timer_.start();
                  });
              });
}

void Workspace::keep_pending(bool last) {
    keeping_ = true;
    disk_.run([path = pending_file_, files = intake_.snapshot()] { return keep_file(path, files); },
              [this, last](bool) {
                  keeping_ = false;
                  kept_ = kept_ || last;
                  look_whether_done();
              });
}

void Workspace::shut_down(std::function<void()> done) {
    done_ = std::move(done);
    kept_ = !loaded_; // then there is nothing to keep, or it is still in its file
    patience_.start();
    intake_.stop_scan();
    saver_.cancel();
    queue_.carry_out_removal();
    intake_.hold(true);
    keep_timer_.stop();
    if (!kept_)
        keep_pending(true);
    else
        QMetaObject::invokeMethod(this, &Workspace::look_whether_done, Qt::QueuedConnection);
}

void Workspace::look_whether_done() {
    if (!done_ || !kept_ || queue_.busy())
        return;
    patience_.stop();
    std::exchange(done_, {})();
}

} // namespace desktop
