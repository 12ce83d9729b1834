#include "worker/cost.h"

#include "backends/vips/tiff_directory.h"
#include "worker/jxl_header.h"

#include <algorithm>
#include <string_view>

namespace thumbjobs::worker {
namespace {

// Measured with libvips 8.14 by tests/bench/bench_memory, rounded up.
constexpr std::int64_t base = 8 << 20;
constexpr std::int64_t rows_in_flight = 2'048; // of a decoder that works from top to bottom

/// What decides the cost beside the sides.
struct Traits {
    int channels = 4;
    int bytes_per_channel = 1;
    bool whole = false;           ///< All of it must be decoded before the first row is there.
    double samples_per_pixel = 3; ///< Of a JPEG: what chroma subsampling leaves.
};

unsigned byte_at(ByteView input, std::size_t at) noexcept {
    return at < input.size() ? std::to_integer<unsigned>(input[at]) : 0;
}

unsigned big_16(ByteView input, std::size_t at) noexcept {
    return byte_at(input, at) << 8 | byte_at(input, at + 1);
}

/// The frame header at `at`, behind its marker: length, precision, height, width, components.
Traits jpeg_frame(ByteView input, std::size_t at, unsigned marker) noexcept {
    Traits traits;
    traits.whole = marker == 0xc2 || marker == 0xca || marker == 0xc6 || marker == 0xce;
    const unsigned components = std::clamp(byte_at(input, at + 7), 1U, 4U);
    traits.channels = static_cast<int>(components);
    double samples = 0;
    double largest = 1;
    for (unsigned i = 0; i < components; ++i) {
        const unsigned factors = byte_at(input, at + 9 + 3 * std::size_t{i});
        const double area = static_cast<double>((factors >> 4) * (factors & 15));
        samples += area;
        largest = std::max(largest, area);
    }
    traits.samples_per_pixel = std::clamp(samples / largest, 1.0, 4.0);
    return traits;
}

Traits jpeg_traits(ByteView input) noexcept {
    std::size_t at = 2;
    while (at + 4 <= input.size()) {
        if (byte_at(input, at) != 0xff) {
            ++at;
            continue;
        }
        const unsigned marker = byte_at(input, at + 1);
        const bool frame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (frame)
            return jpeg_frame(input, at + 2, marker);
        const bool alone =
            marker == 0xff || marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8);
        at += alone ? 1 : 2 + std::max(big_16(input, at + 2), 2U);
    }
    return {.whole = true};
}

Traits png_traits(ByteView input) noexcept {
    const unsigned depth = byte_at(input, 24);
    const unsigned colour = byte_at(input, 25);
    Traits traits;
    traits.channels = colour == 0 ? 1 : colour == 4 ? 2 : colour == 2 ? 3 : 4;
    traits.bytes_per_channel = depth == 16 ? 2 : 1;
    traits.whole = byte_at(input, 28) != 0;
    return traits;
}

std::string_view text_of(ByteView input) noexcept {
    return {reinterpret_cast<const char*>(input.data()), input.size()};
}

/// Without alpha libwebp shrinks as it decodes, but not below the size that is wanted.
double webp_factor(ByteView input) noexcept {
    const std::string_view form = text_of(input).substr(std::min<std::size_t>(input.size(), 12), 4);
    const bool alpha = (form == "VP8X" && (byte_at(input, 20) & 0x12) != 0) || // or animated
                       (form == "VP8L" && (byte_at(input, 24) & 0x10) != 0);
    return alpha ? 11 : 5;
}

/// The decoder's planes, libheif's copy of them, and the pixels made of that. The first entry about
/// a codec (ISO/IEC 14496-15, AV1-ISOBMFF) tells the depth; deep images may have all their colour.
double heif_factor(ByteView input) noexcept {
    constexpr std::size_t reach = std::size_t{64} << 10;
    const ByteView head = input.first(std::min(input.size(), reach));
    bool deep = false;
    if (const auto av1 = text_of(head).find("av1C"); av1 != std::string_view::npos)
        deep = (byte_at(head, av1 + 6) & 0x40) != 0;
    else if (const auto hevc = text_of(head).find("hvcC"); hevc != std::string_view::npos)
        deep = (byte_at(head, hevc + 4 + 17) & 7) != 0;
    return deep ? 28 : 12;
}

double jxl_factor(ByteView input) noexcept {
    const JxlTraits traits = read_jxl_header(input);
    return (traits.deep ? 30 : 24) + traits.extra_channels * 34.0;
}

double tiff_bytes(ByteView input, const ImageInfo& info) noexcept {
    enum : unsigned { bits = 258, channels = 277, strip_rows = 278, tile_rows = 323 };
    const double pixels = static_cast<double>(info.width) * info.height;
    constexpr double unknown = 16; // four channels of 16 bits, all in one strip
    const vips::TiffDirectory directory(input);
    if (!directory.complete())
        return pixels * unknown;
    const auto value = [&](unsigned tag, double otherwise) {
        const auto entry = directory.find(tag);
        const auto found = entry ? directory.value(*entry, 0) : std::nullopt;
        return found ? static_cast<double>(*found) : otherwise;
    };
    const double longer = std::max(info.width, info.height); // orientation may have swapped them
    const double pixel = value(channels, 1) * std::max(value(bits, 8), 8.0) / 8;
    const bool tiled = directory.find(tile_rows).has_value();
    const double rows = std::min(value(tiled ? tile_rows : strip_rows, longer), longer);
    // A strip as it is decoded and once more; of tiles a row of them, and one that is kept.
    return longer * pixel * std::max<double>(rows_in_flight, rows * (tiled ? 4.0 : 2.0));
}

/// Bytes per pixel of decoders that hold the whole image, with their own working copies.
double whole_image_factor(ByteView input, std::string_view type) noexcept {
    if (type == "image/gif")
        return 7;
    if (type == "image/webp")
        return webp_factor(input);
    if (type == "image/avif" || type == "image/heic" || type == "image/heif")
        return heif_factor(input);
    if (type == "image/jp2")
        return 20;
    if (type == "image/jxl")
        return jxl_factor(input);
    return 12;
}

double decode_bytes(ByteView input, const ImageInfo& info) noexcept {
    const std::string_view type = info.media_type;
    const double pixels = static_cast<double>(info.width) * info.height;
    const bool jpeg = type == "image/jpeg";
    if (jpeg || type == "image/png") {
        const Traits traits = jpeg ? jpeg_traits(input) : png_traits(input);
        // Orientation may have swapped the sides: the longer one is the safe guess.
        const double row = static_cast<double>(std::max(info.width, info.height)) *
                           traits.channels * traits.bytes_per_channel;
        const double rows = row * rows_in_flight;
        if (!traits.whole)
            return rows;
        // libjpeg keeps 16-bit coefficients of every sample; libpng every row, and libvips a part.
        return rows + pixels * (jpeg ? traits.samples_per_pixel * 2
                                     : traits.channels * traits.bytes_per_channel * 1.3);
    }
    if (type == "image/tiff")
        return tiff_bytes(input, info);
    return pixels * whole_image_factor(input, type);
}

double output_bytes(const RenditionSpec& spec) noexcept {
    const double pixels = static_cast<double>(spec.width) * spec.height;
    return pixels * (spec.format == OutputFormat::avif ? 40 : 12);
}

} // namespace

std::int64_t predict_memory(ByteView input, const ImageInfo& info,
                            const std::vector<RenditionSpec>& specs) noexcept {
    double bytes = static_cast<double>(base) + decode_bytes(input, info);
    double largest = 0;
    for (const RenditionSpec& spec : specs)
        largest = std::max(largest, output_bytes(spec));
    bytes += largest;
    constexpr double most = 1LL << 47;
    return static_cast<std::int64_t>(std::clamp(bytes, 0.0, most));
}

bool exceeds(const ImageInfo& info, const ImageLimits& limits) noexcept {
    return std::int64_t{info.width} * info.height > limits.max_pixels ||
           std::max(info.width, info.height) > limits.max_dimension ||
           info.frames > limits.max_frames;
}

} // namespace thumbjobs::worker
