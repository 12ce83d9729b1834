#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace thumbjobs {

inline constexpr std::size_t max_metadata_entries = 32;
inline constexpr std::size_t max_metadata_key_bytes = 64;
inline constexpr std::size_t max_metadata_value_bytes = 1024;

/// Throws Error(invalid_argument) unless the submitter's metadata keep the bounds above, have no
/// empty key and are UTF-8.
void validate_metadata(const std::map<std::string, std::string>& metadata);

} // namespace thumbjobs
