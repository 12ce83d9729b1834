#pragma once

#include "backends/common/geometry.h"
#include "backends/vips/handles.h"

#include <thumbjobs/rendition.h>
#include <thumbjobs/resizer.h>

namespace thumbjobs::vips {

/// Keeps a part of the image, chosen by gravity.
void crop(Image& image, Size kept, Gravity gravity);

/// Puts an 8-bit image of the size `plan.kept` on its background and canvas and encodes it. An
/// image with an alpha band must be rendered.
EncodedImage finish(Image& image, const Plan& plan, const RenditionSpec& spec);

} // namespace thumbjobs::vips
