#include "backends/vips/colour.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace thumbjobs::vips {
namespace {

constexpr const char* profile_field = VIPS_META_ICC_NAME;

bool is_grey(const Image& image) noexcept {
    return image->Bands < 3;
}

bool has_alpha(const Image& image) noexcept {
    return vips_image_hasalpha(image.get()) != FALSE;
}

void set_interpretation(Image& image, VipsInterpretation interpretation) {
    image.apply([&](VipsImage* in, VipsImage** out) {
        return vips_copy(in, out, "interpretation", interpretation, nullptr);
    });
}

void keep_bands(Image& image, int count) {
    if (image->Bands > count)
        image.apply([&](VipsImage* in, VipsImage** out) {
            return vips_extract_band(in, out, 0, "n", count, nullptr);
        });
}

void to_8_bit(Image& image) {
    if (image->BandFmt != VIPS_FORMAT_UCHAR)
        image.apply([](VipsImage* in, VipsImage** out) {
            return vips_cast(in, out, VIPS_FORMAT_UCHAR, nullptr);
        });
}

// Whether the profile describes numbers like the image's. Files with a profile of another kind
// (an RGB profile on a grey scan) are common; they look right without it.
bool has_usable_profile(const Image& image) {
    if (!has_field(image, profile_field) ||
        (image->BandFmt != VIPS_FORMAT_UCHAR && image->BandFmt != VIPS_FORMAT_USHORT))
        return false;
    const void* data = nullptr;
    std::size_t size = 0;
    if (vips_image_get_blob(image.get(), profile_field, &data, &size) != 0 || size < 128)
        return false;
    const std::string_view header(static_cast<const char*>(data), 128);
    if (header.substr(36, 4) != "acsp")
        return false;
    const auto space = header.substr(16, 4);
    switch (image->Type) {
    case VIPS_INTERPRETATION_CMYK:
        return space == "CMYK";
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
        return space == "GRAY";
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16:
        return space == "RGB ";
    default:
        return false;
    }
}

// libvips gives three equal bands for a grey profile.
void make_grey(Image& image) {
    Image alpha;
    if (image->Bands > 3) {
        alpha = image.share();
        alpha.apply(
            [](VipsImage* in, VipsImage** out) { return vips_extract_band(in, out, 3, nullptr); });
    }
    keep_bands(image, 1);
    if (alpha.get())
        image.apply([&](VipsImage* in, VipsImage** out) {
            return vips_bandjoin2(in, alpha.get(), out, nullptr);
        });
    set_interpretation(image, image->BandFmt == VIPS_FORMAT_USHORT ? VIPS_INTERPRETATION_GREY16
                                                                   : VIPS_INTERPRETATION_B_W);
}

void transform_to_srgb(Image& image) {
    const bool grey = is_grey(image);
    // libvips moves the alpha band over without rescaling it, so depth must not change here.
    const int depth = image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
    const char* fallback = image->Type == VIPS_INTERPRETATION_CMYK ? "cmyk" : "srgb";
    image.apply([&](VipsImage* in, VipsImage** out) {
        return vips_icc_transform(in, out, "srgb", "embedded", TRUE, "input_profile", fallback,
                                  "intent", VIPS_INTENT_PERCEPTUAL, "black_point_compensation",
                                  TRUE, "depth", depth, nullptr);
    });
    if (grey)
        make_grey(image);
}

void convert_by_profile(Image& image) {
    const bool cmyk = image->Type == VIPS_INTERPRETATION_CMYK;
    if (!cmyk && !has_usable_profile(image))
        return;
    if (cmyk && image->BandFmt != VIPS_FORMAT_USHORT)
        to_8_bit(image);
    try {
        transform_to_srgb(image);
    } catch (const CallFailed&) {
        if (cmyk)
            throw;
        // A profile that lcms cannot read: the numbers are most likely sRGB.
    }
}

std::array<double, 4> channels(std::uint32_t rgba) noexcept {
    return {static_cast<double>(rgba >> 24), static_cast<double>(rgba >> 16 & 0xff),
            static_cast<double>(rgba >> 8 & 0xff), static_cast<double>(rgba & 0xff)};
}

bool is_neutral(std::uint32_t rgba) noexcept {
    return rgba >> 24 == (rgba >> 16 & 0xff) && rgba >> 24 == (rgba >> 8 & 0xff);
}

// A grey image meets a coloured background: it must be RGB from here on.
void match_background(Image& image, std::uint32_t rgba) {
    if (is_grey(image) && !is_neutral(rgba))
        image.apply([](VipsImage* in, VipsImage** out) {
            return vips_colourspace(in, out, VIPS_INTERPRETATION_sRGB, nullptr);
        });
}

struct ArrayUnref {
    void operator()(VipsArrayDouble* array) const noexcept {
        vips_area_unref(reinterpret_cast<VipsArea*>(array));
    }
};

// The background in the image's bands.
std::unique_ptr<VipsArrayDouble, ArrayUnref> background_for(int bands, std::uint32_t rgba) {
    auto values = channels(rgba);
    if (bands == 2)
        values[1] = values[3];
    return std::unique_ptr<VipsArrayDouble, ArrayUnref>(
        vips_array_double_new(values.data(), bands));
}

void composite_over(Image& image, std::uint32_t rgba) {
    const int colours = is_grey(image) ? 1 : 3;
    auto values = channels(rgba);
    if (colours == 1)
        values[1] = values[3];
    Image base = image.share();
    base.apply([&](VipsImage* in, VipsImage** out) {
        VipsImage* constant = vips_image_new_from_image(in, values.data(), colours + 1);
        *out = constant;
        return constant ? 0 : -1;
    });
    image.apply([&](VipsImage* in, VipsImage** out) {
        return vips_composite2(base.get(), in, out, VIPS_BLEND_MODE_OVER, "compositing_space",
                               in->Type, nullptr);
    });
    to_8_bit(image);
}

} // namespace

void unpack(Image& image) {
    if (image->Coding != VIPS_CODING_NONE)
        image.apply([](VipsImage* in, VipsImage** out) { return vips_image_decode(in, out); });
    if (vips_band_format_iscomplex(image->BandFmt))
        image.apply([](VipsImage* in, VipsImage** out) {
            return vips_cast(in, out, VIPS_FORMAT_FLOAT, nullptr);
        });

    if (!vips_colourspace_issupported(image.get())) {
        const bool wide = image->BandFmt == VIPS_FORMAT_USHORT;
        if (is_grey(image))
            set_interpretation(image, wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W);
        else
            set_interpretation(image, wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
    }
    switch (image->Type) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
        keep_bands(image, 2);
        break;
    case VIPS_INTERPRETATION_CMYK:
        keep_bands(image, 5);
        break;
    default:
        keep_bands(image, 4);
    }
}

void to_output_colours(Image& image, bool keep_profile) {
    const bool keeps =
        keep_profile && has_usable_profile(image) && image->Type != VIPS_INTERPRETATION_CMYK;
    if (!keeps)
        convert_by_profile(image);
    const auto target = is_grey(image) ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    if (image->Type != target || image->BandFmt != VIPS_FORMAT_UCHAR)
        image.apply([&](VipsImage* in, VipsImage** out) {
            return vips_colourspace(in, out, target, nullptr);
        });
    to_8_bit(image);
    if (!keeps && has_field(image, profile_field)) {
        image.apply([](VipsImage* in, VipsImage** out) { return vips_copy(in, out, nullptr); });
        vips_image_remove(image.get(), profile_field);
    }
}

void to_linear_light(Image& image) {
    image.apply([](VipsImage* in, VipsImage** out) {
        return vips_colourspace(in, out, VIPS_INTERPRETATION_scRGB, nullptr);
    });
}

void from_linear_light(Image& image, bool grey) {
    image.apply([&](VipsImage* in, VipsImage** out) {
        return vips_colourspace(in, out, VIPS_INTERPRETATION_sRGB, nullptr);
    });
    to_8_bit(image);
    if (grey)
        make_grey(image);
}

bool has_transparency(const Image& image) {
    if (!has_alpha(image))
        return false;
    const int bands = image->Bands;
    for (int y = 0; y < image->Ysize; ++y) {
        const VipsPel* alpha = VIPS_IMAGE_ADDR(image.get(), 0, y) + bands - 1;
        for (int x = 0; x < image->Xsize; ++x, alpha += bands)
            if (*alpha != 255)
                return true;
    }
    return false;
}

void put_on_background(Image& image, std::uint32_t rgba) {
    if (!has_alpha(image) || (rgba & 0xff) == 0)
        return;
    match_background(image, rgba);
    if ((rgba & 0xff) == 255) {
        const auto background = background_for(image->Bands - 1, rgba);
        image.apply([&](VipsImage* in, VipsImage** out) {
            return vips_flatten(in, out, "background", background.get(), nullptr);
        });
    } else {
        composite_over(image, rgba);
    }
}

void pad(Image& image, Point at, Size canvas, std::uint32_t rgba) {
    if (Size{image->Xsize, image->Ysize} == canvas)
        return;
    if ((rgba & 0xff) != 255 && !has_alpha(image))
        image.apply([](VipsImage* in, VipsImage** out) {
            return vips_bandjoin_const1(in, out, 255.0, nullptr);
        });
    if ((rgba & 0xff) != 0)
        match_background(image, rgba);
    const auto background = background_for(image->Bands, rgba);
    image.apply([&](VipsImage* in, VipsImage** out) {
        return vips_embed(in, out, at.x, at.y, canvas.width, canvas.height, "extend",
                          VIPS_EXTEND_BACKGROUND, "background", background.get(), nullptr);
    });
}

} // namespace thumbjobs::vips
