#pragma once

#include "config/settings.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbd {

/// Reads a whole number without sign, spaces or decimals; nothing for other text or on overflow.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// Reads a size in bytes: `65536`, `64KiB`, `64MiB`, `1GiB`, `1TiB`; nothing for other text or on
/// overflow.
std::optional<std::int64_t> parse_size(std::string_view text) noexcept;

/// The shortest text that parse_size() reads back to the same value.
std::string format_size(std::int64_t bytes);

/// Reads `true`, `false`, `yes`, `no`, `on`, `off`, `1`, `0`.
std::optional<bool> parse_flag(std::string_view text) noexcept;

/// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; nothing for other text.
std::optional<Endpoint> parse_endpoint(std::string_view text);

/// `127.0.0.1:8080`, `[::1]:8080`.
std::string format_endpoint(const Endpoint& endpoint);

/// Whether only this machine reaches the address.
bool is_loopback(const Endpoint& endpoint);

/// Splits at commas; drops surrounding spaces and empty items; lower-cases.
std::vector<std::string> split_names(std::string_view text);

/// The known name nearest to `given`, if it is near enough to be meant; empty otherwise.
std::string_view nearest_name(std::string_view given, std::span<const std::string_view> known);

/// Without leading and trailing spaces and tabs.
std::string_view trimmed(std::string_view text) noexcept;

} // namespace thumbd
