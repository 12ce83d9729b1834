#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace thumbjobs::png {

/// A zlib stream of filtered rows, as small as zlib's level 6 makes it but for one or two per cent,
/// in a small part of its time. Its bytes may differ from one kind of processor to another. Throws
/// Error(internal) where there is no memory for a compressor.
std::vector<std::uint8_t> deflate(std::span<const std::uint8_t> rows);

} // namespace thumbjobs::png
