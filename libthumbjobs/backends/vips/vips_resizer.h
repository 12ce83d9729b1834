#pragma once

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// `vips:` — decodes, resizes and encodes with libvips inside this process.
///
/// Options: `formats=LIST`, the input formats that are accepted, separated by commas: `+NAME` adds
/// one to the default, `-NAME` takes one away, and a list of plain names replaces it. Names: jpeg,
/// png, gif, webp, avif, heic, tiff, all of them on by default; svg, pdf, jxl and jp2 only in the
/// sandbox, and refused elsewhere: their decoders are not safe in a server's own process.
///
/// libvips is set up once, for the whole process, when the first resizer is opened: one thread per
/// operation, no operation cache, no temporary files, and every loader blocked except those above.
/// A program that uses libvips itself shares these settings.
///
/// Throws Error(invalid_argument) for options that it does not know and Error(internal) if libvips
/// cannot be set up.
std::shared_ptr<Resizer> open_vips_resizer(BackendUrl url, const BackendContext& context);

} // namespace thumbjobs
