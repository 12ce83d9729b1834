/// \file
/// Which libthumbjobs this is.
#pragma once

#include <thumbjobs/export.h>

#include <string_view>

namespace thumbjobs {

/// The library's version, as in `0.1.0`.
THUMBJOBS_API std::string_view version() noexcept;

} // namespace thumbjobs
