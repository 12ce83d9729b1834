#include "model/workspace.h"

#include "model/safe_write.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <utility>

namespace desktop {

namespace {

constexpr int patience = 3'000;               ///< Milliseconds.
constexpr qint64 max_pending_file = 64 << 20; ///< Bytes.

QByteArray read_and_remove(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > max_pending_file)
        return {};
    const QByteArray content = file.readAll();
    file.remove();
    return content;
}

bool write_or_remove(const QString& path, const QByteArray& content) {
    if (content.isEmpty())
        return QFile::remove(path);
    const QFileInfo file(path);
    QDir().mkpath(file.absolutePath());
    return write_file(file.absolutePath(), file.fileName(), content, Collision::overwrite, {})
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
    if (!pending_file_.isEmpty())
        disk_.run([path = pending_file_] { return read_and_remove(path); },
                  [this](const QByteArray& content) {
                      if (!content.isEmpty())
                          intake_.restore(content);
                  });
}

void Workspace::shut_down(std::function<void()> done) {
    done_ = std::move(done);
    kept_ = pending_file_.isEmpty();
    patience_.start();
    intake_.stop_scan();
    saver_.cancel();
    queue_.carry_out_removal();
    intake_.hold(true);
    if (!kept_)
        disk_.run([path = pending_file_,
                   content = intake_.snapshot()] { return write_or_remove(path, content); },
                  [this](bool) {
                      kept_ = true;
                      look_whether_done();
                  });
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
