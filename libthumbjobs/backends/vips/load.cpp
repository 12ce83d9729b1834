#include "backends/vips/load.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace thumbjobs::vips {
namespace {

// libjpeg's scaled decode sharpens; what is left for the resize must be a factor of two or more.
int jpeg_shrink(double shrink) noexcept {
    if (shrink >= 16)
        return 8;
    if (shrink >= 8)
        return 4;
    return shrink >= 4 ? 2 : 1;
}

// libwebp's own scaling is an area average, so it stops at twice the size that is wanted.
double webp_scale(double shrink, bool alpha) noexcept {
    // It averages colours without regard to alpha: transparent pixels would bleed into the edges.
    return alpha || shrink < 4 ? 1.0 : 2.0 / shrink;
}

[[noreturn]] void too_large(const std::string& what, std::int64_t value, std::int64_t limit) {
    throw Error(ErrorCode::image_too_large, "The image has " + std::to_string(value) + " " + what +
                                                "; at most " + std::to_string(limit) +
                                                " are accepted.");
}

} // namespace

Source::Source(ByteView input, const InputFormat& format) : input_(input), format_(format) {
    header_ = load(1);
    stored_ = {header_->Xsize, header_->Ysize};
    swaps_sides_ = vips_image_get_orientation_swap(header_.get()) != FALSE;
    alpha_ = vips_image_hasalpha(header_.get()) != FALSE;
    const Size upright = swaps_sides_ ? stored_.swapped() : stored_;
    info_ = {std::string(format.media_type), upright.width, upright.height,
             vips_image_get_n_pages(header_.get())};
}

Image Source::open(double shrink) {
    const bool reduces = (format_.loader == Loader::jpeg && jpeg_shrink(shrink) > 1) ||
                         (format_.loader == Loader::webp && webp_scale(shrink, alpha_) < 1);
    // A loader can be read once from top to bottom: the header's serves the first full decode.
    if (!reduces && header_.get())
        return std::move(header_);
    return load(shrink);
}

Image Source::load(double shrink) const {
    auto* const data = const_cast<std::byte*>(input_.data()); // libvips only reads it.
    const auto size = input_.size();
    VipsImage* image = nullptr;
    int result = -1;
    switch (format_.loader) {
    case Loader::jpeg:
        result = vips_jpegload_buffer(data, size, &image, "shrink", jpeg_shrink(shrink), "access",
                                      VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED,
                                      nullptr);
        break;
    case Loader::webp:
        result = vips_webpload_buffer(data, size, &image, "scale", webp_scale(shrink, alpha_),
                                      "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                      VIPS_FAIL_ON_TRUNCATED, nullptr);
        break;
    case Loader::png:
        result = vips_pngload_buffer(data, size, &image, "access", VIPS_ACCESS_SEQUENTIAL,
                                     "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
        break;
    case Loader::gif:
        result = vips_gifload_buffer(data, size, &image, "access", VIPS_ACCESS_SEQUENTIAL,
                                     "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
        break;
    case Loader::heif:
        result = vips_heifload_buffer(data, size, &image, "access", VIPS_ACCESS_SEQUENTIAL,
                                      "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
        break;
    case Loader::tiff:
        result = vips_tiffload_buffer(data, size, &image, "access", VIPS_ACCESS_SEQUENTIAL,
                                      "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
        break;
    }
    check(result);
    return Image(image);
}

void check_limits(const ImageInfo& info, std::size_t bytes, const ImageLimits& limits) {
    if (static_cast<std::int64_t>(bytes) > limits.max_bytes)
        throw Error(ErrorCode::input_too_large,
                    "The file has " + std::to_string(bytes) + " bytes; at most " +
                        std::to_string(limits.max_bytes) + " are accepted.");
    const std::int64_t longest = std::max(info.width, info.height);
    if (longest > limits.max_dimension)
        too_large("pixels on its longer side", longest, limits.max_dimension);
    // One frame is decoded, however many the file has.
    const std::int64_t pixels = std::int64_t{info.width} * info.height;
    if (pixels > limits.max_pixels)
        too_large("pixels (" + std::to_string(info.width) + " x " + std::to_string(info.height) +
                      ")",
                  pixels, limits.max_pixels);
    if (info.frames > limits.max_frames)
        too_large("frames", info.frames, limits.max_frames);
}

} // namespace thumbjobs::vips
