#include "backends/vips/exif.h"

#include "backends/vips/byte_reader.h"

#include <string_view>

namespace thumbjobs::vips {
namespace {

constexpr Position riff_header = 12;
constexpr Position chunk_header = 8;

bool has_text(const Bytes& file, Position at, std::string_view text) noexcept {
    return holds(file, at, text.size()) &&
           std::string_view(reinterpret_cast<const char*>(file.data()) + at, text.size()) == text;
}

void erase(Bytes& file, Position at, Position count) {
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(at);
    file.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
}

void set_little_32(Bytes& file, Position at, std::uint32_t value) noexcept {
    for (unsigned i = 0; i < 4; ++i)
        file[at + i] = static_cast<std::byte>(value >> 8 * i);
}

} // namespace

void remove_webp_exif(Bytes& file) {
    constexpr Position flags = riff_header + chunk_header;
    constexpr Position extended_header = chunk_header + 10;
    constexpr std::byte exif_flag{0x08};
    if (!has_text(file, riff_header, "VP8X") || !holds(file, flags, 10))
        return;
    Position at = riff_header + extended_header;
    while (holds(file, at, chunk_header)) {
        const Position length = little_32(file, at + 4);
        const Position whole = chunk_header + length + (length & 1);
        if (has_text(file, at, "EXIF") && holds(file, at, whole))
            erase(file, at, whole);
        else
            at += whole;
    }
    file[flags] &= ~exif_flag;
    // Without any extension left, the simple form of the file will do.
    if (file[flags] == std::byte{0})
        erase(file, riff_header, extended_header);
    set_little_32(file, 4, static_cast<std::uint32_t>(file.size() - 8));
}

void remove_jpeg_exif(Bytes& file) {
    Position at = 2;
    while (holds(file, at, 4) && byte_at(file, at) == 0xff) {
        const auto marker = byte_at(file, at + 1);
        if (marker == 0xda) // The picture itself.
            return;
        const Position whole = 2 + big_16(file, at + 2);
        if (marker == 0xe1 && holds(file, at, whole))
            erase(file, at, whole);
        else
            at += whole;
    }
}

} // namespace thumbjobs::vips
