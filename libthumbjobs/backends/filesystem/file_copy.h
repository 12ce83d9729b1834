#pragma once

#include <thumbjobs/blob.h>

namespace thumbjobs {

/// Writes all bytes of `blob` to the empty file `target`, without ever holding the whole in memory.
/// Throws as throw_file_error(), and what the blob's read() throws.
void write_blob(const Blob& blob, int target);

} // namespace thumbjobs
