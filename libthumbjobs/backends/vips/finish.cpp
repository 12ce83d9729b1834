#include "backends/vips/finish.h"

#include "backends/vips/colour.h"
#include "backends/vips/encode.h"

#include <cstdint>

namespace thumbjobs::vips {
namespace {

constexpr std::uint32_t white = 0xffffffff;
constexpr std::uint32_t clear = 0xffffff00;

bool opaque(std::uint32_t rgba) noexcept {
    return (rgba & 0xff) == 0xff;
}

std::uint32_t over_white(std::uint32_t rgba) noexcept {
    const std::uint32_t alpha = rgba & 0xff;
    std::uint32_t result = 0;
    for (const int shift : {24, 16, 8}) {
        const std::uint32_t channel = rgba >> shift & 0xff;
        result |= (channel * alpha + 255 * (255 - alpha) + 127) / 255 << shift;
    }
    return result | 0xff;
}

void drop_opaque_alpha(Image& image) {
    image.apply([](VipsImage* in, VipsImage** out) {
        return vips_extract_band(in, out, 0, "n", in->Bands - 1, nullptr);
    });
}

OutputFormat choose_format(const RenditionSpec& spec, bool transparent, bool padded) noexcept {
    if (spec.format != OutputFormat::automatic)
        return spec.format;
    const bool shows_through =
        spec.background ? !opaque(*spec.background) && (transparent || padded) : transparent;
    return shows_through ? OutputFormat::png : OutputFormat::jpeg;
}

std::uint32_t background_of(const RenditionSpec& spec, OutputFormat format) noexcept {
    if (format == OutputFormat::jpeg)
        return spec.background ? over_white(*spec.background) : white;
    return spec.background.value_or(clear);
}

} // namespace

void crop(Image& image, Size kept, Gravity gravity) {
    const Size size{image->Xsize, image->Ysize};
    if (size == kept)
        return;
    if (gravity == Gravity::attention || gravity == Gravity::entropy) {
        render(image);
        const auto interest =
            gravity == Gravity::attention ? VIPS_INTERESTING_ATTENTION : VIPS_INTERESTING_ENTROPY;
        image.apply([&](VipsImage* in, VipsImage** out) {
            return vips_smartcrop(in, out, kept.width, kept.height, "interesting", interest,
                                  nullptr);
        });
        return;
    }
    const Point at = place(gravity, size, kept);
    image.apply([&](VipsImage* in, VipsImage** out) {
        return vips_extract_area(in, out, at.x, at.y, kept.width, kept.height, nullptr);
    });
}

EncodedImage finish(Image& image, const Plan& plan, const RenditionSpec& spec) {
    const bool transparent = has_transparency(image);
    if (!transparent && vips_image_hasalpha(image.get()))
        drop_opaque_alpha(image);
    const auto format = choose_format(spec, transparent, plan.canvas != plan.kept);
    const auto background = background_of(spec, format);
    put_on_background(image, background);
    pad(image, place(spec.gravity, plan.canvas, plan.kept), plan.canvas, background);
    return encode(image, format, spec.quality, spec.keep_profile);
}

} // namespace thumbjobs::vips
