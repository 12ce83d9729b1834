#pragma once

#include <thumbjobs/blob.h>

#include <cstddef>
#include <optional>
#include <string>

namespace thumbjobs::test {

inline std::string little_endian(std::size_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
}

/// An entry of an EXIF directory with one number: `type` 3 is of 16 bits, 4 of 32.
inline std::string exif_entry(std::size_t tag, std::size_t type, std::size_t value) {
    return little_endian(tag, 2) + little_endian(type, 2) + little_endian(1, 4) +
           little_endian(value, 4);
}

/// Where the preview stands in an exif_block().
constexpr std::size_t exif_preview_offset = 8 + 2 + 12 + 4 + 2 + 3 * 12 + 4;

/// Where it stands, and how long it is, according to the block; unset: the truth.
struct ExifClaim {
    std::optional<std::size_t> offset{};
    std::optional<std::size_t> length{};
};

/// An EXIF block, from its TIFF header on: the orientation, and a second directory that tells of a
/// preview.
inline std::string exif_block(int orientation, const std::string& preview, ExifClaim claim = {}) {
    constexpr std::size_t second = 8 + 2 + 12 + 4;
    return std::string("II") + little_endian(42, 2) + little_endian(8, 4) + little_endian(1, 2) +
           exif_entry(0x0112, 3, static_cast<std::size_t>(orientation)) + little_endian(second, 4) +
           little_endian(3, 2) + exif_entry(0x0103, 3, 6) +
           exif_entry(0x0201, 4, claim.offset.value_or(exif_preview_offset)) +
           exif_entry(0x0202, 4, claim.length.value_or(preview.size())) + little_endian(0, 4) +
           preview;
}

/// The file with an APP1 segment of that block behind its first marker. At most 64 KB of it.
inline Bytes with_exif(Bytes file, const std::string& block) {
    const std::string payload = std::string("Exif\0\0", 6) + block;
    const std::string segment = std::string("\xff\xe1", 2) +
                                static_cast<char>((payload.size() + 2) >> 8) +
                                static_cast<char>((payload.size() + 2) & 0xff) + payload;
    const ByteView bytes = as_bytes(segment);
    file.insert(file.begin() + 2, bytes.begin(), bytes.end());
    return file;
}

} // namespace thumbjobs::test
