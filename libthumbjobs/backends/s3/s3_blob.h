#pragma once

#include "backends/s3/s3_client.h"

#include <memory>
#include <string>

namespace thumbjobs {

/// Opens an object with one request that brings its size and its beginning, so that a small image
/// costs no other. Throws Error(not_found).
BlobPtr open_s3_blob(std::shared_ptr<S3Client> client, std::string object, std::string_view key);

} // namespace thumbjobs
