#pragma once

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// The resizers that decode in this process, which bring libvips, with some sixty libraries behind
/// it, libjpeg-turbo, libwebp and ISA-L.
///
/// A shared libthumbjobs keeps them in a file of their own, thumbjobs/thumbjobs-decoders.so in its
/// folder, and loads it when the first of them is opened. A program whose images are decoded in the
/// sandbox, as they are by default, then never has these libraries in it: it starts sooner, is
/// smaller by some megabytes, and no decoder's symbol or static object is near its own.
struct Decoders {
    using Open = std::shared_ptr<Resizer> (*)(BackendUrl url, const BackendContext& context);

    const char* version; ///< Of the libthumbjobs that it was built with.
    Open jpeg;
    Open png;
    Open vips;
    Open webp;
};

/// Loads them if need be. Thread-safe. Throws Error(internal) if their file is missing, cannot be
/// loaded, or was built with another version of libthumbjobs.
const Decoders& decoders();

/// What their file exports.
extern "C" THUMBJOBS_API const Decoders* thumbjobs_decoders() noexcept;

} // namespace thumbjobs
