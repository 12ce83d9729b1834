// What Intake takes from drops and the clipboard.
#include "model/intake.h"

#include <thumbjobs/resizer.h>

#include <QBuffer>
#include <QDateTime>
#include <QImageWriter>
#include <QMetaObject>
#include <QMimeData>
#include <QUrl>

#include <utility>

namespace desktop {

namespace {

using thumbjobs::ErrorCode;

constexpr qint64 max_bytes_kept = 512LL << 20; ///< Of images that are no files.
constexpr int max_urls = 10'000;

/// Image files as data, without a loss, before what the toolkit would decode.
const QStringList& file_formats() {
    static const QStringList formats{"image/png", "image/jpeg", "image/webp",   "image/avif",
                                     "image/gif", "image/tiff", "image/svg+xml"};
    return formats;
}

QString file_format_in(const QMimeData& data) {
    for (const QString& format : file_formats())
        if (data.hasFormat(format))
            return format;
    return {};
}

QString pasted_name() {
    return Intake::tr("Pasted %1")
        .arg(QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd HH-mm-ss")));
}

QByteArray as_png(const QImage& image) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QImageWriter writer(&buffer, "png");
    writer.setCompression(20); // quick: it is sent once
    return writer.write(image) ? bytes : QByteArray();
}

} // namespace

bool Intake::can_take(const QMimeData& data) {
    return data.hasUrls() || data.hasImage() || !file_format_in(data).isEmpty();
}

bool Intake::add_mime(const QMimeData& data) {
    QStringList paths;
    QList<QUrl> elsewhere;
    const QList<QUrl> urls = data.hasUrls() ? data.urls() : QList<QUrl>();
    for (const QUrl& url : urls) {
        if (url.isLocalFile())
            paths.append(url.toLocalFile());
        else if (elsewhere.size() < max_urls)
            elsewhere.append(url);
    }
    if (!paths.isEmpty())
        add_paths(paths);
    const QString name = elsewhere.isEmpty() || elsewhere.first().fileName().isEmpty()
                             ? pasted_name()
                             : elsewhere.first().fileName();
    if (paths.isEmpty()) {
        if (const QString format = file_format_in(data); !format.isEmpty()) {
            add_bytes(data.data(format), name);
            return true;
        }
        if (data.hasImage()) {
            add_image(qvariant_cast<QImage>(data.imageData()), name);
            return true;
        }
    }
    for (const QUrl& url : elsewhere)
        refuse_row(url.fileName().isEmpty() ? url.host() : url.fileName(),
                   ErrorCode::invalid_argument,
                   tr("Images are not fetched from the web. Save it first, then drop the file."));
    return !paths.isEmpty() || !elsewhere.isEmpty();
}

void Intake::refuse_row(const QString& name, ErrorCode code, const QString& reason) {
    const RowKey key = model_.add(RowState::waiting, name, 0, {});
    model_.refuse(key, RowState::refused, code, reason);
    items_.emplace(key, Item{{}, {}, {}, name, renditions_, {}});
}

void Intake::add_bytes(const QByteArray& bytes, const QString& name) {
    keep_bytes(bytes, name, renditions_);
}

void Intake::keep_bytes(const QByteArray& bytes, const QString& name,
                        const Renditions& renditions) {
    const auto type = thumbjobs::sniff_image(
        thumbjobs::as_bytes({bytes.constData(), static_cast<std::size_t>(bytes.size())}));
    const qint64 most = place_.description().max_bytes;
    if (!type)
        return refuse_row(name, ErrorCode::not_an_image, tr("It is not an image."));
    if (most > 0 && bytes.size() > most)
        return refuse_row(name, ErrorCode::input_too_large, tr("The image is too large."));
    if (bytes_kept_ + bytes.size() > max_bytes_kept)
        return refuse_row(name, ErrorCode::queue_full,
                          tr("Too many pasted images wait. Paste it again when some are done."));
    bytes_kept_ += bytes.size();
    Item item;
    item.bytes = bytes;
    item.name = name;
    item.renditions = renditions;
    const RowKey key = add_item(std::move(item), bytes.size(), {});
    queue_.push_back(key);
    keep_in_spool(key);
    submit_more();
}

void Intake::add_image(const QImage& image, const QString& name) {
    if (image.isNull())
        return refuse_row(name, ErrorCode::not_an_image, tr("The image cannot be read."));
    if (bytes_kept_ + image.sizeInBytes() > max_bytes_kept)
        return refuse_row(name, ErrorCode::queue_full,
                          tr("Too many pasted images wait. Paste it again when some are done."));
    const qint64 raw = image.sizeInBytes();
    bytes_kept_ += raw;
    ++unsettled_;
    const QString file = name.endsWith(QLatin1String(".png"), Qt::CaseInsensitive)
                             ? name
                             : name + QStringLiteral(".png");
    encoders_.start([this, image, file, raw, renditions = renditions_] {
        const QByteArray bytes = as_png(image);
        QMetaObject::invokeMethod(
            this,
            [this, bytes, file, raw, renditions] {
                bytes_kept_ -= raw;
                keep_bytes(bytes, file, renditions);
                settle();
            },
            Qt::QueuedConnection);
    });
}

} // namespace desktop
