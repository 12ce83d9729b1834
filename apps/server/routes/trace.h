#pragma once

#include "http/options.h"

#include <string>
#include <string_view>

namespace thumbd {

/// Whether `text` is a W3C traceparent of version 00.
bool is_traceparent(std::string_view text) noexcept;

/// The caller's traceparent, or one made from the request id: the same each time it is asked for.
std::string traceparent_of(const http::RequestContext& context);

} // namespace thumbd
