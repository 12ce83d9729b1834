#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace thumbjobs {

/// Whether `c` is an ASCII digit, whatever the locale.
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Reads a whole text as a decimal integer, digits only but for a `-` of signed types; nothing for
/// other text (also a `+`, blanks or nothing at all) and for values out of the type's range.
template <typename Integer>
std::optional<Integer> parse_decimal(std::string_view text) noexcept {
    Integer value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end)
        return std::nullopt;
    return value;
}

} // namespace thumbjobs
