#include "support/test_images.h"

#include <vips/vips8>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace thumbjobs::test {
namespace {

using vips::VImage;
using vips::VOption;

void start_libvips() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (vips_init("test") != 0)
            throw std::runtime_error("libvips cannot be started");
    });
}

VImage flat(int width, int height, Rgba colour) {
    const std::vector<double> bands{double(colour.red), double(colour.green), double(colour.blue),
                                    double(colour.alpha)};
    return (VImage::black(width, height, VImage::option()->set("bands", 4)) + bands)
        .cast(VIPS_FORMAT_UCHAR);
}

VImage quadrants(int width, int height, int alpha_of_last) {
    const int left = width / 2;
    const int top = height / 2;
    Rgba last = bottom_right;
    last.alpha = alpha_of_last;
    VImage image = flat(width, height, last);
    if (top > 0)
        image = image.insert(flat(width, top, top_right), 0, 0);
    if (left > 0)
        image = image.insert(flat(left, height - top, bottom_left), 0, top);
    if (top > 0 && left > 0)
        image = image.insert(flat(left, top, top_left), 0, 0);
    return image.copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

/// Turns an upright image so that a viewer who obeys `orientation` turns it back.
VImage stored_for(const VImage& upright, int orientation) {
    switch (orientation) {
    case 2:
        return upright.fliphor();
    case 3:
        return upright.rot180();
    case 4:
        return upright.flipver();
    case 5:
        return upright.rot90().fliphor();
    case 6:
        return upright.rot270();
    case 7:
        return upright.rot270().fliphor();
    case 8:
        return upright.rot90();
    default:
        return upright;
    }
}

VImage with_frames(const VImage& first, int frames) {
    VImage all = first;
    for (int i = 1; i < frames; ++i) {
        // Each frame differs, and by more than a palette's colours may be off: encoders drop
        // repeated ones.
        const int level = i % 2 == 1 ? 90 : 170;
        const VImage next =
            (first * 0 + std::vector<double>{double(level), double(level), double(level), 255.0})
                .cast(VIPS_FORMAT_UCHAR);
        all = all.join(next, VIPS_DIRECTION_VERTICAL);
    }
    all = all.copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
    all.set(VIPS_META_PAGE_HEIGHT, first.height());
    std::vector<int> delays(static_cast<std::size_t>(frames), 100);
    all.set("delay", delays);
    return all;
}

VImage to_cmyk(const VImage& rgb) {
    const VImage ink = (rgb * -1 + 255).cast(VIPS_FORMAT_UCHAR);
    return ink.bandjoin(0).copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_CMYK));
}

VImage to_wide(const VImage& image) {
    const auto interpretation =
        image.bands() < 3 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16;
    return (image * 257)
        .cast(VIPS_FORMAT_USHORT)
        .copy(VImage::option()->set("interpretation", interpretation));
}

void add_metadata(VImage& image, const TestImage& wanted) {
    if (wanted.orientation != 1)
        image.set(VIPS_META_ORIENTATION, wanted.orientation);
    if (wanted.metadata) {
        image.set("exif-ifd0-ImageDescription",
                  "thumbjobs-secret (thumbjobs-secret, ASCII, 17 components, 17 bytes)");
        const std::string xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>thumbjobs-secret</x:xmpmeta>";
        vips_image_set_blob_copy(image.get_image(), VIPS_META_XMP_NAME, xmp.data(), xmp.size());
    }
    if (wanted.p3_profile) {
        VipsBlob* profile = VImage::profile_load("p3");
        std::size_t size = 0;
        const void* data = vips_blob_get(profile, &size);
        vips_image_set_blob_copy(image.get_image(), VIPS_META_ICC_NAME, data, size);
        vips_area_unref(VIPS_AREA(profile));
    }
}

Bytes encode(const VImage& image, const char* suffix, VOption* options) {
    void* data = nullptr;
    std::size_t size = 0;
    image.write_to_buffer(suffix, &data, &size, options);
    const auto* begin = static_cast<const std::byte*>(data);
    Bytes bytes(begin, begin + size);
    g_free(data);
    return bytes;
}

Bytes encode(const VImage& image, const TestImage& wanted) {
    VOption* options = VImage::option();
    switch (wanted.format) {
    case TestFormat::jpeg:
        // Without chroma subsampling, so that the quadrants stay apart at any size.
        return encode(image, ".jpg",
                      options->set("Q", 95)
                          ->set("interlace", wanted.progressive)
                          ->set("subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF));
    case TestFormat::png:
        return encode(
            image, ".png",
            options->set("interlace", wanted.progressive)
                ->set("palette", wanted.indexed)
                // Later versions of libvips write an EXIF block of the resolution alone.
                ->set("strip", wanted.orientation == 1 && !wanted.metadata && !wanted.p3_profile));
    case TestFormat::webp:
        return encode(image, ".webp", options->set("lossless", true)->set("effort", 0));
    case TestFormat::gif:
        return encode(image, ".gif", options->set("effort", 1));
    case TestFormat::tiff:
        return encode(image, ".tif",
                      options->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_LZW));
    case TestFormat::avif:
        return encode(image, ".avif",
                      options->set("Q", 90)
                          ->set("effort", 0)
                          ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
                          ->set("subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF));
    }
    throw std::runtime_error("unknown format");
}

} // namespace

Bytes make_test_image(const TestImage& wanted) {
    start_libvips();
    try {
        VImage image = quadrants(wanted.width, wanted.height, wanted.alpha ? 0 : 255);
        if (wanted.frames > 1)
            image = with_frames(image, wanted.frames);
        if (!wanted.alpha && !wanted.opaque_alpha)
            image = image.extract_band(0, VImage::option()->set("n", 3));
        if (wanted.grey)
            image = image.colourspace(VIPS_INTERPRETATION_B_W);
        if (wanted.cmyk)
            image = to_cmyk(image);
        if (wanted.wide)
            image = to_wide(image);
        image = stored_for(image, wanted.orientation).copy_memory();
        add_metadata(image, wanted);
        return encode(image, wanted);
    } catch (const vips::VError& error) {
        throw std::runtime_error(std::string("cannot make a test image: ") + error.what());
    }
}

Rgba Pixels::at(int x, int y) const {
    if (x < 0 || y < 0 || x >= width || y >= height)
        throw std::out_of_range("no such pixel");
    const auto index = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                        static_cast<std::size_t>(x)) *
                       4;
    const auto channel = [&](std::size_t i) { return std::to_integer<int>(rgba[index + i]); };
    return {channel(0), channel(1), channel(2), channel(3)};
}

Pixels decode_pixels(ByteView file) {
    start_libvips();
    try {
        VImage image = VImage::new_from_buffer(file.data(), file.size(), "");
        // Where the end of a file is missing, later versions of libvips fill what a changed header
        // announces, gigabytes of it.
        if (std::int64_t{image.width()} * image.height() > 100'000'000)
            throw std::runtime_error("cannot decode: more pixels than a test compares");
        const int bands = image.bands();
        image = image.colourspace(VIPS_INTERPRETATION_sRGB).cast(VIPS_FORMAT_UCHAR);
        if (!image.has_alpha())
            image = image.bandjoin(255);
        std::size_t size = 0;
        void* data = image.write_to_memory(&size);
        const auto* begin = static_cast<const std::byte*>(data);
        Pixels pixels{image.width(), image.height(), bands, Bytes(begin, begin + size)};
        g_free(data);
        return pixels;
    } catch (const vips::VError& error) {
        throw std::runtime_error(std::string("cannot decode: ") + error.what());
    }
}

bool similar(Rgba left, Rgba right, int tolerance) {
    const auto near = [&](int a, int b) { return std::abs(a - b) <= tolerance; };
    return near(left.red, right.red) && near(left.green, right.green) &&
           near(left.blue, right.blue) && near(left.alpha, right.alpha);
}

Metadata read_metadata(ByteView file) {
    start_libvips();
    try {
        const VImage image = VImage::new_from_buffer(file.data(), file.size(), "");
        const auto has = [&](const char* field) { return image.get_typeof(field) != 0; };
        return {has(VIPS_META_EXIF_NAME), has(VIPS_META_XMP_NAME), has(VIPS_META_IPTC_NAME),
                has(VIPS_META_ICC_NAME)};
    } catch (const vips::VError& error) {
        throw std::runtime_error(std::string("cannot decode: ") + error.what());
    }
}

bool libvips_is_at_least(int major, int minor) {
    return std::pair(vips_version(0), vips_version(1)) >= std::pair(major, minor);
}

} // namespace thumbjobs::test
