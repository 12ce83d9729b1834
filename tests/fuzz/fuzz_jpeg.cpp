// The readers of JPEG entropy data against libjpeg: no read or write outside, and the same
// coefficients wherever both take the file: DC, and of baseline files the lowest others; what
// libjpeg warns of in these is handed over. And the preview inside the EXIF block: what is used of
// it has what the thumbnail needs.
#include "backends/fast/hand_over.h"
#include "backends/fast/srgb_profile.h"
#include "backends/jpeg/baseline_dc.h"
#include "backends/jpeg/baseline_scaled.h"
#include "backends/jpeg/preview.h"
#include "backends/jpeg/progressive_dc.h"
#include "fuzz/require.h"
#include "support/jpeg_corpus.h"
#include "support/jpeg_rows.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

using namespace thumbjobs;

namespace {

void look_at_preview(const jpeg::Source& source, fast::Pace& pace) {
    const jpeg::Demand demand{.luma_x = 24, .luma_y = 18, .chroma_x = 12, .chroma_y = 9};
    const auto planes = jpeg::read_preview(source, demand, {}, pace);
    if (!planes)
        return;
    require(planes->count == (source.grey() ? 1 : 3));
    for (const fast::Plane& plane : planes->all())
        require(plane.width >= 24 && plane.height >= 18 && plane.width <= 1'024 &&
                plane.height <= 1'024);
}

void convert_colours(const jpeg::Source& source) {
    const auto profile = fast::read_rgb_profile(source.profile());
    const auto conversion = profile ? fast::ToSrgb::from(*profile) : std::nullopt;
    if (!conversion)
        return;
    std::array pixels{std::byte{0}, std::byte{128}, std::byte{255}, std::byte{255}};
    conversion->convert(pixels);
}

/// In one thread or two, in pieces of several sizes.
jpeg::Reading reading_of(ByteView file) {
    switch (file.size() % 4) {
    case 0:
        return {.threads = 2, .huge = 0, .piece = 4 << 10};
    case 1:
        return {.threads = 2, .huge = 0, .piece = 40 << 10};
    case 2:
        return {.piece = 4 << 10};
    default:
        return {};
    }
}

/// The file was read at 1/8.
void compare_low(const jpeg::Source& source, fast::Pace& pace) {
    const ByteView file = source.reader().input();
    const int side = 2 + static_cast<int>(file.size() % 3);
    test::KeptRows rows(source, side);
    jpeg::read_baseline(source, rows, reading_of(file), pace);
    require(rows.values() == test::libjpeg_low(file, side).values);
    (void)jpeg::decode_baseline_scaled(source, {side, 5 - side, 1}, reading_of(file), pace);
}

void compare(ByteView file) {
    const jpeg::Source source(file);
    const jpeg_decompress_struct& header = source.reader().header();
    if (std::uint64_t{header.image_width} * header.image_height > 4'000'000)
        return; // Slow, and no different.
    convert_colours(source);
    const std::vector<RenditionSpec> specs;
    const ImageLimits limits;
    const ResizeRequest request{.input = file, .specs = specs, .limits = limits};
    fast::Pace pace(request);
    look_at_preview(source, pace);
    const jpeg::DcPlanes planes = source.progressive()
                                      ? jpeg::read_progressive_dc(source, pace)
                                      : jpeg::read_baseline_dc(source, reading_of(file), pace);
    (void)jpeg::to_planes(source, planes);
    if (!source.progressive())
        compare_low(source, pace);
    const test::LibjpegLow expected = test::libjpeg_low(file);
    if (!source.progressive())
        require(!expected.failed && !expected.warned);
    if (expected.failed)
        return;
    for (std::size_t c = 0; c < planes.size(); ++c) {
        const jpeg_component_info& component = header.comp_info[c];
        std::size_t next = 0;
        for (int y = 0; y < static_cast<int>(component.height_in_blocks); ++y)
            for (int x = 0; x < static_cast<int>(component.width_in_blocks); ++x)
                require(planes[c].values[planes[c].index(x, y)] == expected.values[c][next++]);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        compare(std::as_bytes(std::span(data, size)));
    } catch (const fast::HandOver&) {
    }
    return 0;
}
