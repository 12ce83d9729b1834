#include "backends/png/chunks.h"

#include "backends/fast/hand_over.h"
#include "backends/fast/srgb_profile.h"
#include "backends/png/inflate.h"

#include <algorithm>
#include <isa-l/crc.h>
#include <utility>

namespace thumbjobs::png {
namespace {

constexpr std::uint32_t most_pixels_a_side = 1'000'000; // libpng's own limit
constexpr std::uint32_t longest_chunk = 0x7fffffff;

void require(bool condition) {
    if (!condition)
        throw fast::HandOver{};
}

std::uint8_t byte_at(ByteView bytes, std::size_t at) noexcept {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

std::uint32_t big_32(ByteView bytes, std::size_t at) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | byte_at(bytes, at + i);
    return value;
}

std::uint32_t checksum(ByteView bytes) noexcept {
    return ::crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

/// PNG 1.2, 11.2.2
void read_size_and_kind(const Chunk& chunk, Header& header) {
    require(chunk.type == type_of("IHDR") && chunk.data.size() == 13);
    const std::uint32_t width = big_32(chunk.data, 0);
    const std::uint32_t height = big_32(chunk.data, 4);
    require(width > 0 && height > 0 && width <= most_pixels_a_side && height <= most_pixels_a_side);
    header.width = static_cast<int>(width);
    header.height = static_cast<int>(height);
    header.depth = byte_at(chunk.data, 8);
    const unsigned colour = byte_at(chunk.data, 9);
    require(byte_at(chunk.data, 10) == 0 && byte_at(chunk.data, 11) == 0);
    require(byte_at(chunk.data, 12) == 0);
    header.indexed = colour == 3;
    header.alpha = colour == 4 || colour == 6;
    header.channels = colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
    require(colour == 0 || colour == 2 || colour == 3 || colour == 4 || colour == 6);
    require(header.depth == 8 ||
            (header.indexed && (header.depth == 1 || header.depth == 2 || header.depth == 4)));
}

void read_palette(ByteView data, Header& header) {
    require(header.colours == 0 && !data.empty() && data.size() % 3 == 0 &&
            data.size() <= std::size_t{3} << header.depth);
    header.colours = static_cast<int>(data.size() / 3);
    for (std::size_t i = 0; i < data.size(); ++i)
        header.palette[i / 3][i % 3] = byte_at(data, i);
    for (auto& colour : header.palette)
        colour[3] = 255;
}

void read_palette_alpha(ByteView data, Header& header) {
    require(header.colours > 0 && !header.alpha &&
            data.size() <= static_cast<std::size_t>(header.colours));
    header.alpha = true;
    for (std::size_t i = 0; i < data.size(); ++i)
        header.palette[i][3] = byte_at(data, i);
}

/// A name, a zero, the kind of compression, and the profile (PNG 1.2, 11.3.3.3).
bool says_srgb(ByteView data) {
    constexpr std::size_t longest = 8192; // known sRGB profiles have some 3 KiB
    const auto name_end = std::find(data.begin(), data.end(), std::byte{0});
    if (data.end() - name_end < 2 || name_end[1] != std::byte{0})
        return false;
    const ByteView packed = data.subspan(static_cast<std::size_t>(name_end - data.begin()) + 2);
    std::array<std::byte, longest> profile{};
    const auto size = unpack(packed, profile);
    return size && fast::is_srgb(ByteView(profile).first(*size));
}

} // namespace

Chunk ChunkReader::next() {
    constexpr std::size_t around = 12; // length, type, checksum
    require(at_ <= file_.size() && file_.size() - at_ >= around);
    const std::uint32_t length = big_32(file_, at_);
    require(length <= longest_chunk && length <= file_.size() - at_ - around);
    const Chunk chunk{big_32(file_, at_ + 4), file_.subspan(at_ + 8, length)};
    require(checksum(file_.subspan(at_ + 4, std::size_t{length} + 4)) ==
            big_32(file_, at_ + 8 + length));
    at_ += around + length;
    return chunk;
}

Header read_header(ChunkReader& reader) {
    Header header;
    read_size_and_kind(reader.next(), header);
    for (;;) {
        const Chunk chunk = reader.next();
        switch (chunk.type) {
        case type_of("IDAT"):
            require(!header.indexed || header.colours > 0);
            header.first_data = chunk.data;
            return header;
        case type_of("PLTE"): // a suggestion in pictures that are not indexed
            if (header.indexed)
                read_palette(chunk.data, header);
            break;
        case type_of("tRNS"):
            require(header.indexed);
            read_palette_alpha(chunk.data, header);
            break;
        case type_of("iCCP"):
            require(!std::exchange(header.has_profile, true) && says_srgb(chunk.data));
            break;
        case type_of("cICP"):
        case type_of("eXIf"):
        case type_of("acTL"):
            throw fast::HandOver{};
        default:
            require(!is_critical(chunk.type));
        }
    }
}

} // namespace thumbjobs::png
