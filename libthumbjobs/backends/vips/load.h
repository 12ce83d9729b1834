#pragma once

#include "backends/common/geometry.h"
#include "backends/vips/formats.h"
#include "backends/vips/handles.h"

#include <thumbjobs/resizer.h>

namespace thumbjobs::vips {

/// The bytes of an image and what its header says. Borrows the bytes.
class Source {
public:
    /// Reads the header; decodes nothing. Throws CallFailed.
    Source(ByteView input, const InputFormat& format);

    const ImageInfo& info() const noexcept { return info_; }

    /// Width and height as stored, before orientation.
    Size stored() const noexcept { return stored_; }

    /// Whether orientation exchanges width and height.
    bool swaps_sides() const noexcept { return swaps_sides_; }

    /// Opens the first frame for one pass from top to bottom, reduced by a factor of at most
    /// `shrink` where the decoder can do that cheaply; if `shared` between several sizes, by half
    /// of that. Of the metadata only the profile and the orientation stay. Throws CallFailed.
    Image open(double shrink, bool shared);

private:
    Image load(int jpeg_factor, double scale) const;

    ByteView input_;
    const InputFormat& format_;
    Image header_; // Usable for one full-size decode, too.
    ImageInfo info_;
    Size stored_;
    bool swaps_sides_ = false;
    bool alpha_ = false;
};

/// Whether width, height or pixels are beyond the limits.
bool exceeds(const ImageInfo& info, const ImageLimits& limits) noexcept;

/// Throws Error(input_too_large) or Error(image_too_large) with the numbers.
void check_limits(const ImageInfo& info, std::size_t bytes, const ImageLimits& limits);

} // namespace thumbjobs::vips
