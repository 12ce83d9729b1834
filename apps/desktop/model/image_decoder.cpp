#include "model/image_decoder.h"

#include <thumbjobs/error.h>
#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <QBuffer>
#include <QImageReader>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace desktop {

namespace {

/// What Qt calls the formats that a place may answer.
constexpr std::array<std::pair<std::string_view, const char*>, 4> formats{
    {{"image/jpeg", "jpeg"}, {"image/png", "png"}, {"image/webp", "webp"}, {"image/avif", "avif"}}};

thumbjobs::ByteView view_of(const QByteArray& bytes) {
    return thumbjobs::as_bytes({bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

QImage decode_by_qt(const QByteArray& bytes, const char* format, QSize bound, qint64 max_pixels) {
    QBuffer buffer;
    buffer.setData(bytes);
    QImageReader reader(&buffer, format);
    reader.setAutoDetectImageFormat(false);
    const QSize size = reader.size();
    if (size.isEmpty() || qint64{size.width()} * size.height() > max_pixels)
        return {};
    if (!bound.isEmpty() && (size.width() > bound.width() || size.height() > bound.height()))
        reader.setScaledSize(size.scaled(bound, Qt::KeepAspectRatio).expandedTo({1, 1}));
    return reader.read();
}

} // namespace

ImageDecoder::ImageDecoder(QList<QByteArray> by_qt) : by_qt_(std::move(by_qt)) {}
ImageDecoder::ImageDecoder() : ImageDecoder(QImageReader::supportedImageFormats()) {}
ImageDecoder::~ImageDecoder() = default;

QImage ImageDecoder::decode(const QByteArray& bytes, QSize bound, qint64 max_pixels) {
    const auto type = thumbjobs::sniff_image(view_of(bytes));
    const char* format = nullptr;
    for (const auto& [media_type, name] : formats)
        if (type && type->media_type == media_type)
            format = name;
    if (!format)
        return {};
    return by_qt_.contains(format) ? decode_by_qt(bytes, format, bound, max_pixels)
                                   : decode_by_helper(bytes, bound, max_pixels);
}

std::shared_ptr<thumbjobs::Resizer> ImageDecoder::helper() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(tried_, true)) {
        try {
            helper_ = thumbjobs::Registry::builtin().open_resizer("sandbox:vips:?helpers=1",
                                                                  thumbjobs::BackendContext());
        } catch (const thumbjobs::Error&) {
            helper_ = nullptr; // there is no such helper in this build or on this machine
        }
    }
    return helper_;
}

QImage ImageDecoder::decode_by_helper(const QByteArray& bytes, QSize bound, qint64 max_pixels) {
    const auto resizer = cancel_.cancelled() ? nullptr : helper();
    if (!resizer)
        return {};
    thumbjobs::ImageLimits limits;
    limits.max_pixels = max_pixels;
    const auto make = [&](QSize size) {
        thumbjobs::RenditionSpec spec;
        spec.width = std::min(size.width(), thumbjobs::RenditionSpec::max_size);
        spec.height = std::min(size.height(), thumbjobs::RenditionSpec::max_size);
        spec.format = thumbjobs::OutputFormat::png;
        const std::vector specs{spec};
        return resizer->resize(
            {.input = view_of(bytes), .specs = specs, .limits = limits, .cancel = &cancel_});
    };
    try {
        if (bound.isEmpty()) { // the memory that it takes is reckoned by what is asked for
            const auto source = make({1, 1}).source;
            bound = {source.width, source.height};
        }
        const auto result = make(bound);
        const auto& png = result.images.at(0).data;
        return QImage::fromData(reinterpret_cast<const uchar*>(png.data()),
                                static_cast<int>(png.size()), "png");
    } catch (const thumbjobs::Error&) {
        return {}; // what cannot be decoded has no preview
    }
}

} // namespace desktop
