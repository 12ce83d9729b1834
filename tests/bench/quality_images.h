#pragma once

#include <thumbjobs/blob.h>

#include <string>
#include <vector>

namespace bench {

struct QualityImage {
    std::string name;
    thumbjobs::Bytes data;
};

/// What tells good thumbnails from bad ones, as JPEG files: a zone plate, fine text, saturated
/// edges, gradients, clouds in all eight orientations, grey; then the *.jpg files of `folder`, if
/// it is not empty.
std::vector<QualityImage> quality_images(const std::string& folder);

} // namespace bench
