#include "model/file_drag.h"

#include "model/file_name.h"
#include "model/safe_write.h"

#include <thumbjobs/resizer.h>

#include <QClipboard>
#include <QDir>
#include <QEventLoop>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMimeData>
#include <QPointer>
#include <QTemporaryDir>
#include <QTimer>
#include <QUrl>

#include <optional>
#include <utility>

namespace desktop {

namespace {

constexpr int max_under_way = 4;
constexpr int patience = 10'000; ///< Milliseconds that a dropping program waits.
constexpr qint64 max_pixels = 100LL * 1000 * 1000;

const QString uri_format = QStringLiteral("text/uri-list");
const QString image_format = QStringLiteral("application/x-qt-image");

/// The media type that the bytes show, whatever the place says.
QString media_type_of(const QByteArray& bytes) {
    const auto type = thumbjobs::sniff_image(
        thumbjobs::as_bytes({bytes.constData(), static_cast<std::size_t>(bytes.size())}));
    return type ? QString::fromStdString(std::string(type->media_type)) : QString();
}

QString base_name(const QString& name) {
    const auto dot = name.lastIndexOf(QLatin1Char('.'));
    return dot > 0 ? name.left(dot) : name;
}

} // namespace

/// The folder of ours, which is made when it is needed first. Used on the disk thread only.
class FileDrag::Files {
public:
    /// Writes it into a folder of its own, so that it keeps its name: one folder for each `group`.
    Written write(quint64 group, const QString& name, const QByteArray& bytes) {
        if (!root_)
            root_.emplace();
        const QString folder = root_->filePath(QString::number(group));
        return QDir().mkpath(folder) ? write_file(folder, name, bytes, Collision::rename, {})
                                     : Written();
    }

    void remove() { root_.reset(); }

private:
    std::optional<QTemporaryDir> root_;
};

/// The files of one drag.
struct FileDrag::Bundle {
    struct One {
        thumbjobs::JobId id{};
        QString name{};
        QString path{}; ///< Empty until it is written; stays so if it cannot be.
    };
    std::vector<One> files;
    quint64 group = 0;
    std::size_t next = 0;
    std::size_t ended = 0;
    std::optional<QImage> image; ///< The first file as image; null if it is none.
    QEventLoop loop;             ///< Runs while a program waits.

    bool done() const { return ended == files.size() && image; }

    void look_whether_done() {
        if (done())
            loop.quit();
    }

    void wait() {
        if (done() || loop.isRunning())
            return;
        QTimer::singleShot(patience, &loop, &QEventLoop::quit);
        loop.exec(QEventLoop::ExcludeUserInputEvents);
    }
};

/// Asks for the files when it is asked for them.
class FileDrag::Mime : public QMimeData {
public:
    explicit Mime(std::shared_ptr<Bundle> bundle) : bundle_(std::move(bundle)) {}

    QStringList formats() const override { return {uri_format, image_format}; }
    bool hasFormat(const QString& format) const override { return formats().contains(format); }

protected:
    QVariant retrieveData(const QString& format, QMetaType type) const override {
        const auto bundle = bundle_; // the drag may end while we wait
        bundle->wait();
        if (format == image_format)
            return bundle->image.value_or(QImage());
        if (format != uri_format)
            return QMimeData::retrieveData(format, type);
        QVariantList urls;
        for (const auto& file : bundle->files)
            if (!file.path.isEmpty())
                urls.append(QUrl::fromLocalFile(file.path));
        if (type.id() == QMetaType::QByteArray) {
            QByteArray text;
            for (const QVariant& url : urls)
                text += url.toUrl().toEncoded() + "\r\n";
            return text;
        }
        return urls;
    }

private:
    std::shared_ptr<Bundle> bundle_;
};

FileDrag::FileDrag(Place& place, JobsModel& model, QObject* parent)
    : QObject(parent), place_(place), model_(model), files_(std::make_shared<Files>()) {
    decoders_.setMaxThreadCount(1);
    disk_.at_end([files = files_] { files->remove(); });
}

FileDrag::~FileDrag() {
    decoder_.stop();
    decoders_.clear();
    decoders_.waitForDone();
}

void FileDrag::decode(const QByteArray& bytes, ImageUse use) {
    decoders_.start([this, bytes, use = std::move(use)] {
        const QImage image = decoder_.decode(bytes, {}, max_pixels);
        QMetaObject::invokeMethod(
            this, [use, image] { use(image); }, Qt::QueuedConnection);
    });
}

QMimeData* FileDrag::make_mime(const std::vector<RowKey>& keys) {
    auto bundle = std::make_shared<Bundle>();
    for (const RowKey key : keys) {
        const Row* row = model_.row(key);
        if (row && row->state == RowState::succeeded && bundle->files.size() < max_rows)
            bundle->files.push_back(
                {row->id, QString::fromStdString(std::string(row->name())), {}});
    }
    if (bundle->files.empty())
        return nullptr;
    bundle->group = next_group_++;
    for (int i = 0; i < max_under_way; ++i)
        fetch_more(bundle);
    return new Mime(bundle);
}

void FileDrag::fetch_more(const std::shared_ptr<Bundle>& bundle) {
    if (bundle->next == bundle->files.size())
        return;
    const std::size_t at = bundle->next++;
    place_.rendition(bundle->files[at].id, {}, this,
                     [this, bundle, at](const Result<QByteArray>& answer) {
                         store(bundle, at, answer ? answer.value() : QByteArray());
                     });
}

void FileDrag::store(const std::shared_ptr<Bundle>& bundle, std::size_t at,
                     const QByteArray& bytes) {
    if (at == 0)
        decode(bytes, [bundle](const QImage& image) {
            bundle->image = image;
            bundle->look_whether_done();
        });
    const QString type = media_type_of(bytes);
    const QString name = safe_file_name(base_name(bundle->files[at].name) + extension_of(type));
    disk_.run(
        [files = files_, group = bundle->group, name, bytes, known = !type.isEmpty()] {
            return known ? files->write(group, name, bytes) : Written();
        },
        [this, bundle, at](const Written& written) {
            bundle->files[at].path = written.path;
            ++bundle->ended;
            bundle->look_whether_done();
            fetch_more(bundle);
        });
}

void FileDrag::copy_image(RowKey key, QObject* context, ImageAnswer answer) {
    const Row* row = model_.row(key);
    if (!row || row->state != RowState::succeeded)
        return answer({}, tr("There is no thumbnail."));
    const auto take = [this, guard = QPointer<QObject>(context),
                       answer = std::move(answer)](const Result<QByteArray>& result) {
        if (!result) {
            if (guard)
                answer({}, result.failure().message);
            return;
        }
        decode(result.value(), [guard, answer](const QImage& image) {
            if (!image.isNull())
                QGuiApplication::clipboard()->setImage(image);
            if (guard)
                answer(image, image.isNull() ? tr("The image cannot be shown.") : QString());
        });
    };
    place_.rendition(row->id, {}, this, take);
}

void FileDrag::find_original(RowKey key, QObject* context, PathAnswer answer) {
    const Row* row = model_.row(key);
    if (!row)
        return answer({}, tr("The row is gone."));
    const QString path = model_.source(key).path;
    const auto id = row->id;
    const QString name = QString::fromStdString(std::string(row->name()));
    disk_.run([path] { return !path.isEmpty() && QFileInfo(path).isFile(); },
              [this, path, id, name, guard = QPointer<QObject>(context),
               answer = std::move(answer)](bool there) {
                  if (!guard)
                      return;
                  if (there)
                      return answer(path, {});
                  if (id.is_nil())
                      return answer({}, tr("The file is gone."));
                  fetch_original(id, name, guard, answer);
              });
}

void FileDrag::fetch_original(const thumbjobs::JobId& id, const QString& name, QObject* context,
                              const PathAnswer& answer) {
    place_.original(
        id, this,
        [this, name, guard = QPointer<QObject>(context), answer](const Result<QByteArray>& result) {
            if (!guard)
                return;
            if (!result)
                return answer({}, result.failure().message);
            // Named after what it is, so that no other program but a viewer opens it.
            const QString type = media_type_of(result.value());
            if (type.isEmpty())
                return answer({}, tr("The original is not an image."));
            disk_.run(
                [bytes = result.value(), files = files_, group = next_group_++,
                 file = safe_file_name(base_name(name) + extension_of(type))] {
                    return files->write(group, file, bytes);
                },
                [guard, answer](const Written& written) {
                    if (guard)
                        answer(written.path, written.path.isEmpty()
                                                 ? tr("The copy cannot be written.")
                                                 : QString());
                });
        });
}

} // namespace desktop
