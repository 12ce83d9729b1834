#pragma once

#include <thumbjobs/blob.h>

#include <string>
#include <string_view>

namespace thumbjobs {

/// Whether `text` is well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text) noexcept;

/// The longest prefix of at most `max_bytes` that cuts no character of well-formed UTF-8 in two.
/// Borrowed from `text`.
std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes) noexcept;

/// `text` with U+FFFD in place of each byte that belongs to no well-formed character.
std::string to_valid_utf8(std::string_view text);

/// A foreign value for a message: in double quotes, well-formed, control characters escaped, and
/// cut after 64 bytes.
std::string in_quotes(std::string_view text);

/// Whether all of `text` is printable ASCII, space included.
bool is_printable_ascii(std::string_view text) noexcept;

/// Lower-case hexadecimal digits, two a byte.
std::string to_hex(ByteView bytes);

/// The value of one hexadecimal digit of either case; -1 for another character.
int hex_digit(char c) noexcept;

} // namespace thumbjobs
