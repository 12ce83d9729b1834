#pragma once

#include <thumbjobs/blob.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace thumbjobs::png {

/// A chunk's type as a number: `IHDR`.
constexpr std::uint32_t type_of(const char (&name)[5]) noexcept {
    std::uint32_t type = 0;
    for (int i = 0; i < 4; ++i)
        type = type << 8 | static_cast<unsigned char>(name[i]);
    return type;
}

/// Whether a file cannot be read rightly by who does not know chunks of this type.
constexpr bool is_critical(std::uint32_t type) noexcept {
    return (type & 0x20000000) == 0; // the first letter's case
}

struct Chunk {
    std::uint32_t type = 0;
    ByteView data;
};

/// Reads one chunk after the other, from behind the signature. Never reads outside `file`.
class ChunkReader {
public:
    explicit ChunkReader(ByteView file) noexcept : file_(file) {}

    /// Throws HandOver where the file ends early or a checksum is wrong.
    Chunk next();

private:
    ByteView file_;
    std::size_t at_ = 8;
};

struct Header {
    int width = 0;
    int height = 0;
    int depth = 0;    ///< Bits of a sample: 8, or of a palette index 1, 2, 4 or 8.
    int channels = 0; ///< Samples of a stored pixel.
    bool indexed = false;
    bool alpha = false;       ///< Of the stored samples or of the palette.
    bool has_profile = false; ///< One that says sRGB.
    int colours = 0;          ///< Of the palette.
    /// Red, green, blue and alpha: of the palette.
    std::array<std::array<std::uint8_t, 4>, 256> palette{};
    ByteView first_data; ///< Of the image data; more may follow in the next chunks.

    /// Bytes of a stored row, without the one that names its filter.
    std::size_t row_bytes() const noexcept {
        return (static_cast<std::size_t>(width) * static_cast<std::size_t>(channels * depth) + 7) /
               8;
    }

    /// Of the decoded picture: grey or RGB, and alpha.
    int bands() const noexcept { return indexed ? (alpha ? 4 : 3) : channels; }
};

/// Reads up to the first chunk of image data, and that. Throws HandOver for everything but 8-bit
/// and indexed pictures that are not interlaced, have no profile but sRGB, and say nothing of an
/// orientation or an animation.
Header read_header(ChunkReader& reader);

} // namespace thumbjobs::png
