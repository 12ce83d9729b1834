#pragma once

#include <thumbjobs/blob.h>

#include <string_view>

namespace thumbjobs {

/// Whether the beginning of a file is that of an SVG document: plain UTF-8 or UTF-16 text, or
/// either of them compressed by gzip (.svgz). Only the first 4 KiB of text count.
bool looks_like_svg(std::string_view head) noexcept;

/// Whether a file is compressed by gzip. If sniff_image() finds nothing in it, it may be an SVG for
/// a decoder that looks closer: one that runs in a sandbox, since that look can be an attack, too.
bool may_be_svgz(ByteView head) noexcept;

} // namespace thumbjobs
