#include "backends/vips/truncation.h"

#include "backends/vips/byte_reader.h"
#include "backends/vips/tiff_directory.h"

#include <cstring>

namespace thumbjobs::vips {
namespace {

bool jpeg_ends_early(ByteView input) noexcept {
    Position at = 2;
    while (holds(input, at, 2)) {
        if (byte_at(input, at) != 0xff) { // Entropy-coded data, or rubbish between the segments.
            const void* next = std::memchr(input.data() + at, 0xff, input.size() - at);
            if (!next)
                return true;
            at = static_cast<Position>(static_cast<const std::byte*>(next) - input.data());
            continue;
        }
        const unsigned marker = byte_at(input, at + 1);
        if (marker == 0xd9)
            return false;
        if (marker == 0xff) {
            at += 1;
        } else if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += 2; // A stuffed zero or a marker without a length.
        } else {
            if (!holds(input, at, 4))
                return true;
            const unsigned length = big_16(input, at + 2);
            at += 2 + (length < 2 ? 2 : length);
        }
    }
    return true;
}

bool png_ends_early(ByteView input) noexcept {
    Position at = 8;
    while (holds(input, at, 8)) {
        const std::uint32_t length = big_32(input, at);
        if (length > 0x7fffffffU)
            return false; // No length at all: corrupt.
        const bool last = std::memcmp(input.data() + at + 4, "IEND", 4) == 0;
        at += 12 + Position{length};
        if (last)
            return at > input.size();
    }
    return true;
}

// Skips a chain of GIF sub-blocks; false at the end of the input.
bool skip_gif_blocks(ByteView input, Position& at) noexcept {
    while (holds(input, at, 1)) {
        const unsigned length = byte_at(input, at);
        at += 1 + length;
        if (length == 0)
            return true;
    }
    return false;
}

Position gif_table_size(unsigned flags) noexcept {
    return (flags & 0x80) ? Position{3} << ((flags & 7) + 1) : 0;
}

bool gif_ends_early(ByteView input) noexcept {
    if (!holds(input, 0, 13))
        return true;
    Position at = 13 + gif_table_size(byte_at(input, 10));
    while (holds(input, at, 1)) {
        const unsigned introducer = byte_at(input, at);
        if (introducer == 0x3b)
            return false;
        if (introducer == 0x21) {
            at += 2;
        } else if (introducer == 0x2c) {
            if (!holds(input, at, 11))
                return true;
            at += 11 + gif_table_size(byte_at(input, at + 9));
        } else {
            return false;
        }
        if (!skip_gif_blocks(input, at))
            return true;
    }
    return true;
}

bool webp_ends_early(ByteView input) noexcept {
    return !holds(input, 0, 12) || Position{little_32(input, 4)} + 8 > input.size();
}

constexpr Position box_header = 8;

// Of the box at `at`, whose header is inside; ISO/IEC 14496-12, section 4.2.
Position box_length(ByteView input, Position at) noexcept {
    const Position length = big_32(input, at);
    if (length == 0) // To the end of the file.
        return input.size() - at;
    if (length == 1 && holds(input, at, 16))
        return Position{big_32(input, at + 8)} << 32 | big_32(input, at + 12);
    return length;
}

bool heif_ends_early(ByteView input) noexcept {
    Position at = 0;
    while (at < input.size()) {
        if (!holds(input, at, box_header))
            return true;
        const Position length = box_length(input, at);
        if (length < box_header)
            return false;
        if (length > input.size() - at)
            return true;
        at += length;
    }
    return false;
}

bool has_heif_description(ByteView input) noexcept {
    Position at = 0;
    while (holds(input, at, box_header)) {
        const Position length = box_length(input, at);
        if (length < box_header || length > input.size() - at)
            return false;
        for (const char* type : {"meta", "moov"})
            if (std::memcmp(input.data() + at + 4, type, 4) == 0)
                return true;
        at += length;
    }
    return false;
}

// The strips or tiles that the first directory lists. BigTIFF is left undecided.
bool tiff_ends_early(ByteView input) noexcept {
    const TiffDirectory directory(input);
    if (!directory.complete())
        return directory.cut_off();
    auto offsets = directory.find(273);
    auto counts = directory.find(279);
    if (const auto tiles = directory.find(324)) {
        offsets = tiles;
        counts = directory.find(325);
    }
    if (!offsets || !counts)
        return false;
    for (Position i = 0; i < offsets->count && i < counts->count; ++i) {
        const auto begin = directory.value(*offsets, i);
        const auto length = directory.value(*counts, i);
        if (!begin || !length || *begin + *length > input.size())
            return true;
    }
    return false;
}

} // namespace

bool ends_too_early(ByteView input, Loader loader) noexcept {
    switch (loader) {
    case Loader::jpeg:
        return jpeg_ends_early(input);
    case Loader::png:
        return png_ends_early(input);
    case Loader::gif:
        return gif_ends_early(input);
    case Loader::webp:
        return webp_ends_early(input);
    case Loader::heif:
    case Loader::jp2: // The same boxes.
        return heif_ends_early(input);
    case Loader::tiff:
        return tiff_ends_early(input);
    case Loader::svg:
    case Loader::pdf:
    case Loader::jxl:
        return false;
    }
    return false;
}

bool breaks_decoder(ByteView input, Loader loader) noexcept {
    return loader == Loader::heif && !has_heif_description(input);
}

} // namespace thumbjobs::vips
