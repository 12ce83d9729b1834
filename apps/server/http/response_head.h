#pragma once

#include "headers.h"

#include <string>
#include <string_view>

namespace thumbd::http {

struct ResponseHead {
    int status = 200;
    Headers headers;
};

/// The standard reason phrase; "Status" for a number without one.
std::string_view reason_phrase(int status) noexcept;

/// Whether answers of this status are without a body and Content-Length by definition.
constexpr bool has_no_body(int status) noexcept {
    return (status >= 100 && status < 200) || status == 204 || status == 304;
}

/// The fields with control characters in values made spaces, and without those whose name is
/// malformed, so that no value can end its line.
Headers clean_fields(Headers fields);

/// The bytes of a head of clean fields, with the empty line.
std::string format_response_head(const ResponseHead& head);

/// The current time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string http_date_now();

} // namespace thumbd::http
