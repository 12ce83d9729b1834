#include "backends/vips/unsupported.h"

#include "backends/vips/tiff_directory.h"

#include <algorithm>
#include <array>

namespace thumbjobs::vips {
namespace {

// TIFF 6.0, and the registered extensions that libtiff may be built with.
enum TiffTag : unsigned { compression = 259, photometric = 262, subsampling = 530 };
constexpr Position tiff_jpeg = 7;
constexpr Position tiff_ycbcr = 6;
constexpr std::array<Position, 16> tiff_compressions{
    1, 2, 3, 4, 5, tiff_jpeg, 8, 32766, 32773, 32809, 32908, 32909, 32946, 34676, 34925, 50000};
constexpr Position tiff_webp = 50001;

std::optional<std::string> tiff_kind(ByteView input) {
    const TiffDirectory directory(input);
    const auto first = [&](unsigned tag, Position otherwise) {
        const auto entry = directory.find(tag);
        return entry ? directory.value(*entry, 0).value_or(otherwise) : otherwise;
    };
    if (!directory.complete())
        return std::nullopt;
    const Position scheme = first(compression, 1);
    if (scheme != tiff_webp && std::find(tiff_compressions.begin(), tiff_compressions.end(),
                                         scheme) == tiff_compressions.end())
        return "its compression scheme " + std::to_string(scheme) + " is not known here";
    if (scheme == tiff_jpeg || first(photometric, 0) != tiff_ycbcr)
        return std::nullopt;
    const auto entry = directory.find(subsampling);
    constexpr Position by_default = 2; // TIFF 6.0, section 21
    const Position across = entry ? directory.value(*entry, 0).value_or(by_default) : by_default;
    const Position down = entry ? directory.value(*entry, 1).value_or(by_default) : by_default;
    if (across == 1 && down == 1)
        return std::nullopt;
    return "its colours are subsampled without JPEG compression";
}

std::optional<std::string> jpeg_frame_kind(unsigned marker, unsigned precision) {
    if (marker == 0xc3 || marker == 0xcb)
        return "it is compressed without loss";
    if (marker >= 0xc5 && marker != 0xc9 && marker != 0xca)
        return "it is of the hierarchical kind";
    if (precision != 8)
        return "it has " + std::to_string(precision) + " bits a sample where 8 are read";
    return std::nullopt;
}

/// What the frame header says; ITU-T T.81, table B.1.
std::optional<std::string> jpeg_kind(ByteView input) {
    Position at = 2;
    while (holds(input, at, 5) && byte_at(input, at) == 0xff) {
        const unsigned marker = byte_at(input, at + 1);
        if (marker == 0xff) {
            ++at;
            continue;
        }
        const bool table = marker == 0xc4 || marker == 0xc8 || marker == 0xcc;
        if (marker >= 0xc0 && marker <= 0xcf && !table)
            return jpeg_frame_kind(marker, byte_at(input, at + 4));
        at += 2 + std::max(big_16(input, at + 2), 2U);
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> unsupported_kind(ByteView input, Loader loader) {
    switch (loader) {
    case Loader::tiff:
        return tiff_kind(input);
    case Loader::jpeg:
        return jpeg_kind(input);
    default:
        return std::nullopt;
    }
}

} // namespace thumbjobs::vips
