#pragma once

#include <thumbjobs/blob.h>

#include <string>

namespace thumbjobs::test {

/// `size` bytes without a pattern; the same for the same seed.
Bytes make_noise(std::size_t size, unsigned seed = 1);

/// A blob of another kind than the library's: neither in memory nor a file. Its read() gives at
/// most 1000 bytes a call, and throws Error(storage_unavailable) from `fail_at` on.
BlobPtr make_foreign_blob(Bytes bytes, std::int64_t fail_at = -1);

/// A file without a name in `folder`, as uploads are spooled.
BlobPtr make_spooled_blob(const Bytes& bytes, const std::string& folder);

} // namespace thumbjobs::test
