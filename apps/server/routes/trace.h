#pragma once

#include "http/options.h"

#include <string>
#include <string_view>

namespace thumbd {

/// Whether `text` is a W3C traceparent of version 00.
bool is_traceparent(std::string_view text) noexcept;

/// The caller's traceparent, or one made from the request id: the same each time it is asked for.
std::string traceparent_of(const http::RequestContext& context);
std::string traceparent_of(std::string_view request_id, std::string_view sent);

/// The trace id in a traceparent; empty if it is none.
std::string_view trace_id(std::string_view traceparent) noexcept;

} // namespace thumbd
