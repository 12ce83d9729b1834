#pragma once

#include "request_head.h"

#include <optional>
#include <string>
#include <string_view>

namespace thumbd::http {

/// Percent-decodes `text`; nothing when an escape is malformed. `+` stays a plus sign.
std::optional<std::string> percent_decode(std::string_view text);

/// Whether `text` is UTF-8 as RFC 3629 has it: no overlong forms, no surrogates.
bool is_valid_utf8(std::string_view text) noexcept;

/// Checks a request target in origin form and fills `head.path` and `head.query`. Refused with
/// 400: other forms, characters that RFC 3986 keeps out of a path, malformed escapes, `%00`
/// anywhere, escaped control characters, slashes and backslashes in the path, `.` and `..`
/// segments, and whatever decodes to invalid UTF-8.
std::optional<Refusal> parse_target(std::string_view target, RequestHead& head);

/// Whether `host` is a host name, IPv4 address or bracketed IPv6 address, with an optional port.
bool is_valid_host(std::string_view host) noexcept;

} // namespace thumbd::http
