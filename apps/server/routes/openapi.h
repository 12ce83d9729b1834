#pragma once

#include <string>

namespace thumbd {

/// The OpenAPI 3.1 description of the route table. Made once. Thread-safe.
const std::string& openapi_document();

} // namespace thumbd
