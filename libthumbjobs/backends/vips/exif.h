#pragma once

#include <thumbjobs/blob.h>

namespace thumbjobs::vips {

// libvips makes up an EXIF block, 186 bytes that say nothing, for every WebP file (8.14 overlooks
// `strip` there) and for every JPEG file that is to keep its profile.

/// Removes the EXIF chunk of a WebP file as libwebp writes it.
void remove_webp_exif(Bytes& file);

/// Removes the EXIF segments of a JPEG file as libjpeg writes it.
void remove_jpeg_exif(Bytes& file);

} // namespace thumbjobs::vips
