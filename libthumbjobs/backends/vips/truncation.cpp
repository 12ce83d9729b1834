#include "backends/vips/truncation.h"

#include "backends/vips/byte_reader.h"

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

bool heif_ends_early(ByteView input) noexcept {
    Position at = 0;
    while (at < input.size()) {
        if (!holds(input, at, 16))
            return !holds(input, at, 8) || at + big_32(input, at) > input.size();
        Position length = big_32(input, at);
        if (length == 0)
            return false; // To the end of the file.
        if (length == 1)
            length = Position{big_32(input, at + 8)} << 32 | big_32(input, at + 12);
        if (length < 8)
            return false;
        if (length > input.size() - at)
            return true;
        at += length;
    }
    return false;
}

// The first directory, and the strips or tiles that it lists.
class TiffWalk {
public:
    explicit TiffWalk(ByteView input) noexcept
        : input_(input), little_(!input.empty() && byte_at(input, 0) == 'I') {}

    bool ends_early() noexcept {
        if (!holds(input_, 0, 8))
            return true;
        if (read(2, 2) != 42)
            return false; // BigTIFF and others: undecided.
        const Position directory = read(4, 4);
        if (!holds(input_, directory, 2))
            return true;
        const Position entries = read(directory, 2);
        if (!holds(input_, directory + 2, entries * 12))
            return true;
        Entry offsets;
        Entry counts;
        for (Position i = 0; i < entries; ++i) {
            const Entry entry = entry_at(directory + 2 + i * 12);
            if (entry.tag == 273 || entry.tag == 324)
                offsets = entry;
            else if (entry.tag == 279 || entry.tag == 325)
                counts = entry;
        }
        for (Position i = 0; i < offsets.count && i < counts.count; ++i) {
            if (!holds(input_, offsets.at, (i + 1) * offsets.width) ||
                !holds(input_, counts.at, (i + 1) * counts.width))
                return true;
            const Position begin = read(offsets.at + i * offsets.width, offsets.width);
            const Position length = read(counts.at + i * counts.width, counts.width);
            if (begin + length > input_.size())
                return true;
        }
        return false;
    }

private:
    struct Entry {
        Position tag = 0;
        Position count = 0;
        unsigned width = 4; // Bytes of one value.
        Position at = 0;    // Of the values.
    };

    // 2 or 4 bytes, which must be inside.
    Position read(Position at, unsigned width) const noexcept {
        if (width == 4)
            return little_ ? little_32(input_, at) : big_32(input_, at);
        return little_ ? little_16(input_, at) : big_16(input_, at);
    }

    Entry entry_at(Position at) const noexcept {
        Entry entry;
        entry.tag = read(at, 2);
        entry.width = read(at + 2, 2) == 3 ? 2 : 4;
        entry.count = read(at + 4, 4);
        entry.at = entry.count * entry.width <= 4 ? at + 8 : read(at + 8, 4);
        return entry;
    }

    ByteView input_;
    bool little_;
};

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
        return TiffWalk(input).ends_early();
    case Loader::svg:
    case Loader::pdf:
    case Loader::jxl:
        return false;
    }
    return false;
}

} // namespace thumbjobs::vips
