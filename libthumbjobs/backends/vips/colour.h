#pragma once

#include "backends/common/geometry.h"
#include "backends/vips/handles.h"

#include <cstdint>

namespace thumbjobs::vips {

/// Brings any coding, band count and interpretation to pixels that can be resized: grey, RGB, CMYK,
/// Lab or the like, with at most an alpha band beside. Free where nothing needs doing.
void unpack(Image& image);

/// Brings an unpacked image to 8-bit sRGB, or grey where it was grey, by its ICC profile if it has
/// a usable one; CMYK without one goes by libvips' own CMYK profile. With `keep_profile` an RGB or
/// grey image keeps its numbers and its profile; otherwise the profile is taken off.
void to_output_colours(Image& image, bool keep_profile);

/// From the colours of to_output_colours() to linear light, for resizing, and back.
void to_linear_light(Image& image);
void from_linear_light(Image& image, bool grey);

/// Whether any pixel of a rendered 8-bit image is not fully opaque.
bool has_transparency(const Image& image);

/// Puts an 8-bit image on a background 0xRRGGBBAA. With an opaque one its alpha band goes.
void put_on_background(Image& image, std::uint32_t rgba);

/// Makes the 8-bit image the part at `at` of a `canvas` of the colour 0xRRGGBBAA. A colour that is
/// not opaque adds an alpha band.
void pad(Image& image, Point at, Size canvas, std::uint32_t rgba);

} // namespace thumbjobs::vips
