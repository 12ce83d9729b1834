#pragma once

#include <thumbjobs/blob.h>

#include <string>
#include <vector>

namespace bench {

struct BenchImage {
    std::string name; ///< `jpeg-12mp`
    thumbjobs::Bytes data;
};

/// JPEGs of 0.3, 6 and 12 megapixels, the last also progressive, a PNG with alpha and a WebP:
/// cloud-like content with grain, so that their entropy is near that of a photograph on a web page
/// (1 bit a pixel); those called "camera" have the quality and the grain of what a camera writes
/// (3 bits a pixel). The same bytes on every run with one libvips.
std::vector<std::string> image_names();

/// Huge ones as of a camera, too large to be in every table: baseline JPEG files of 24 and 100
/// megapixels.
std::vector<std::string> huge_image_names();

/// Throws std::invalid_argument for a name that is none of these.
BenchImage make_image(const std::string& name);

} // namespace bench
