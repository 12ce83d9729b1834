#include "backends/webp/container.h"

#include "backends/fast/exif_orientation.h"
#include "backends/fast/hand_over.h"
#include "backends/fast/srgb_profile.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <webp/decode.h>

namespace thumbjobs::webp {
namespace {

void require(bool condition) {
    if (!condition)
        throw fast::HandOver{};
}

std::uint32_t little_32(ByteView bytes, std::size_t at) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
    return value;
}

std::string_view name_at(ByteView bytes, std::size_t at) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

void read_exif(ByteView data, Header& header) {
    constexpr std::string_view prefix("Exif\0\0", 6); // not meant to be here, but often is
    const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
    const auto orientation =
        fast::exif_orientation(text.starts_with(prefix) ? data.subspan(prefix.size()) : data);
    require(orientation.has_value());
    header.turn = fast::turn_for(*orientation);
}

/// What stands beside the picture: each kind once at most.
void read_extras(ByteView file, std::size_t at, Header& header) {
    bool has_exif = false;
    while (file.size() - at >= 8) {
        const std::uint32_t size = little_32(file, at + 4);
        require(size <= file.size() - at - 8);
        const ByteView data = file.subspan(at + 8, size);
        const std::string_view name = name_at(file, at);
        if (name == "EXIF") {
            require(!std::exchange(has_exif, true));
            read_exif(data, header);
        } else if (name == "ICCP") {
            require(!std::exchange(header.has_profile, true) && fast::is_srgb(data));
        }
        at += 8 + std::min<std::size_t>(size + (size & 1), file.size() - at - 8);
    }
}

void read_chunks(ByteView file, Header& header) {
    constexpr std::size_t begin = 12;
    constexpr std::uint32_t animation_or_alpha = 0x12;
    require(file.size() >= begin + 18 && name_at(file, 0) == "RIFF" && name_at(file, 8) == "WEBP");
    const std::uint64_t size = std::uint64_t{little_32(file, 4)} + 8;
    require(size >= begin + 18 && size <= file.size());
    if (name_at(file, begin) == "VP8 ")
        return;
    require(name_at(file, begin) == "VP8X" &&
            (little_32(file, begin + 8) & animation_or_alpha) == 0);
    read_extras(file.first(static_cast<std::size_t>(size)), begin, header);
}

} // namespace

Header read_header(ByteView file) {
    Header header;
    read_chunks(file, header);
    WebPBitstreamFeatures features{};
    require(::WebPGetFeatures(reinterpret_cast<const std::uint8_t*>(file.data()), file.size(),
                              &features) == VP8_STATUS_OK);
    constexpr int lossy = 1;
    require(features.format == lossy && features.has_alpha == 0 && features.has_animation == 0);
    header.stored = {features.width, features.height};
    return header;
}

} // namespace thumbjobs::webp
