#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace thumbjobs {

/// Reads `1048576`, `512KiB`, `64MiB`, `2GiB`, `1TiB`; nothing when `text` is no such size or
/// overflows.
std::optional<std::int64_t> parse_byte_size(std::string_view text) noexcept;

} // namespace thumbjobs
