#pragma once

#include "backends/common/geometry.h"

#include <thumbjobs/blob.h>
#include <thumbjobs/rendition.h>
#include <thumbjobs/resizer.h>

namespace thumbjobs {

/// An upright 8-bit image in memory: rows from top to bottom without gaps.
struct PixelImage {
    Size size{};
    int bands = 3;      ///< 1: grey; 3: sRGB; 2 and 4: the same with straight alpha.
    Bytes pixels;       ///< size.width x size.height x bands.
    ByteView profile{}; ///< The ICC profile to convert opaque colours by to sRGB, or to grey; empty
                        ///< if they are that. Borrowed.
};

/// Does what is left to do once an image has its size: the crop that looks at the picture, the
/// border, the file format. One backend decodes and another finishes without either knowing the
/// other.
///
/// Thread-safe.
class Finisher {
public:
    virtual ~Finisher() = default;

    /// `image` has the size of `plan.scaled`, or of `plan.kept` when it is cropped already.
    /// Throws Error(internal) when the rendition cannot be made.
    virtual EncodedImage finish(const PixelImage& image, const Plan& plan,
                                const RenditionSpec& spec) const = 0;
};

} // namespace thumbjobs
