#pragma once

#include <string>
#include <string_view>

namespace thumbd::http {

/// Whether `text` is a W3C traceparent of version 00.
bool is_traceparent(std::string_view text) noexcept;

/// The caller's traceparent, `sent`, if it is one; else one made from the request id, the same for
/// the same id.
std::string traceparent_of(std::string_view request_id, std::string_view sent);

/// The trace id in a traceparent; empty if it is none.
std::string_view trace_id(std::string_view traceparent) noexcept;

} // namespace thumbd::http
