#pragma once

#include "http/body.h"

#include <thumbjobs/engine.h>

#include <cstdint>
#include <string_view>

namespace thumbd {

/// A received body as a blob: its file is handed over, so that a storage can link it into place;
/// bytes in memory are kept, not copied.
thumbjobs::BlobPtr to_blob(http::Body body);

/// `size` bytes of `base` from `offset` on.
thumbjobs::BlobPtr make_range_blob(thumbjobs::BlobPtr base, std::int64_t offset, std::int64_t size);

/// Reads image and options out of a body: the image itself, or a form with a part `file`.
/// Options of the form are added to what the query gave. May block for the spool file. Throws
/// BadRequest and thumbjobs::Error(invalid_argument).
void read_upload(http::Body body, std::string_view content_type, thumbjobs::SubmitRequest& request);

/// Throws BadRequest unless images are taken in this Content-Type.
void check_upload_type(std::string_view content_type);

} // namespace thumbd
