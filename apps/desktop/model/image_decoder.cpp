#include "model/image_decoder.h"

#include <thumbjobs/resizer.h>

#include <QBuffer>
#include <QImageReader>

#include <array>
#include <string_view>
#include <utility>

namespace desktop {

namespace {

/// What Qt calls the formats that a place may answer.
constexpr std::array<std::pair<std::string_view, const char*>, 4> formats{
    {{"image/jpeg", "jpeg"}, {"image/png", "png"}, {"image/webp", "webp"}, {"image/avif", "avif"}}};

} // namespace

QImage decode_image(const QByteArray& bytes, QSize bound, qint64 max_pixels) {
    const auto type = thumbjobs::sniff_image(
        thumbjobs::as_bytes({bytes.constData(), static_cast<std::size_t>(bytes.size())}));
    const char* format = nullptr;
    for (const auto& [media_type, name] : formats)
        if (type && type->media_type == media_type)
            format = name;
    if (!format)
        return {};
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

} // namespace desktop
