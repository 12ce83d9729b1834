#pragma once

#include <string_view>

namespace thumbjobs {

/// Whether the beginning of a file is that of an SVG document: plain UTF-8 or UTF-16 text, or
/// either of them compressed by gzip (.svgz). Only the first 4 KiB of text count.
bool looks_like_svg(std::string_view head) noexcept;

} // namespace thumbjobs
