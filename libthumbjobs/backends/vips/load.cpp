#include "backends/vips/load.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

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

// libwebp averages areas as it decodes; that is a good filter down to any one size. Several sizes
// need some more to choose from.
double webp_scale(double shrink, bool shared, bool alpha) noexcept {
    // It averages colours without regard to alpha: transparent pixels would bleed into the edges.
    if (alpha)
        return 1;
    return std::min(1.0, (shared ? 2.0 : 1.0) / shrink);
}

// Every operation of a pipeline copies all metadata of its input. That an image must be read from
// top to bottom is metadata, too.
void drop_unused_metadata(const Image& image) {
    char** fields = vips_image_get_fields(image.get());
    for (char** field = fields; *field; ++field) {
        const std::string_view name(*field);
        if (name != VIPS_META_ICC_NAME && name != VIPS_META_ORIENTATION &&
            name != VIPS_META_SEQUENTIAL)
            vips_image_remove(image.get(), *field);
    }
    g_strfreev(fields);
}

std::int64_t longer_side(const ImageInfo& info) noexcept {
    return std::max(info.width, info.height);
}

// One frame is decoded, however many the file has.
std::int64_t decoded_pixels(const ImageInfo& info) noexcept {
    return std::int64_t{info.width} * info.height;
}

// A drawing is made in about the size that is wanted; the factor of two leaves the last step to the
// resize, as with all others.
double drawing_scale(double shrink) noexcept {
    return shrink > 2 ? 2.0 / shrink : 1.0;
}

[[noreturn]] void too_large(const std::string& what, std::int64_t value, std::int64_t limit) {
    throw Error(ErrorCode::image_too_large, "The image has " + std::to_string(value) + " " + what +
                                                "; at most " + std::to_string(limit) +
                                                " are accepted.");
}

} // namespace

Source::Source(ByteView input, const InputFormat& format) : input_(input), format_(format) {
    header_ = load(1, 1);
    stored_ = {header_->Xsize, header_->Ysize};
    swaps_sides_ = vips_image_get_orientation_swap(header_.get()) != FALSE;
    alpha_ = vips_image_hasalpha(header_.get()) != FALSE;
    const Size upright = swaps_sides_ ? stored_.swapped() : stored_;
    info_ = {std::string(format.media_type), upright.width, upright.height,
             vips_image_get_n_pages(header_.get())};
}

Image Source::open(double shrink, bool shared) {
    int factor = 1;
    double scale = 1;
    if (format_.loader == Loader::jpeg)
        factor = jpeg_shrink(shrink);
    else if (format_.loader == Loader::webp)
        scale = webp_scale(shrink, shared, alpha_);
    else if (format_.loader == Loader::svg || format_.loader == Loader::pdf)
        scale = drawing_scale(shrink);
    // What reads the header can be read once from top to bottom: the first full decode is free.
    Image image = factor == 1 && scale == 1 && header_.get() ? std::exchange(header_, Image())
                                                             : load(factor, scale);
    drop_unused_metadata(image);
    return image;
}

Image Source::load(int jpeg_factor, double scale) const {
    auto* const data = const_cast<std::byte*>(input_.data()); // libvips only reads it.
    const auto size = input_.size();
    VipsImage* image = nullptr;
    int result = -1;
    switch (format_.loader) {
    case Loader::jpeg:
        result = vips_jpegload_buffer(data, size, &image, "shrink", jpeg_factor, "access",
                                      VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED,
                                      nullptr);
        break;
    case Loader::webp:
        result = vips_webpload_buffer(data, size, &image, "scale", scale, "access",
                                      VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED,
                                      nullptr);
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
    case Loader::svg:
        result = vips_svgload_buffer(data, size, &image, "scale", scale, "access",
                                     VIPS_ACCESS_SEQUENTIAL, nullptr);
        break;
    case Loader::pdf:
        result = vips_pdfload_buffer(data, size, &image, "scale", scale, "access",
                                     VIPS_ACCESS_SEQUENTIAL, nullptr);
        break;
    case Loader::jxl:
        result = vips_jxlload_buffer(data, size, &image, "access", VIPS_ACCESS_SEQUENTIAL,
                                     "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
        break;
    case Loader::jp2:
        result = vips_jp2kload_buffer(data, size, &image, "access", VIPS_ACCESS_SEQUENTIAL,
                                      "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr);
        break;
    }
    check(result);
    return Image(image);
}

bool exceeds(const ImageInfo& info, const ImageLimits& limits) noexcept {
    return longer_side(info) > limits.max_dimension || decoded_pixels(info) > limits.max_pixels;
}

void check_limits(const ImageInfo& info, std::size_t bytes, const ImageLimits& limits) {
    if (static_cast<std::int64_t>(bytes) > limits.max_bytes)
        throw Error(ErrorCode::input_too_large,
                    "The file has " + std::to_string(bytes) + " bytes; at most " +
                        std::to_string(limits.max_bytes) + " are accepted.");
    const std::string size = std::to_string(info.width) + " x " + std::to_string(info.height);
    if (longer_side(info) > limits.max_dimension)
        too_large("pixels on its longer side (" + size + ")", longer_side(info),
                  limits.max_dimension);
    if (decoded_pixels(info) > limits.max_pixels)
        too_large("pixels (" + size + ")", decoded_pixels(info), limits.max_pixels);
    if (info.frames > limits.max_frames)
        too_large("frames", info.frames, limits.max_frames);
}

} // namespace thumbjobs::vips
