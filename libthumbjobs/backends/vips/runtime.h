#pragma once

#include "backends/vips/formats.h"

namespace thumbjobs::vips {

/// Sets libvips up for this process, once. Throws Error(internal) if it cannot be.
void start_runtime();

/// Lets libvips use the loader of a format that start_runtime() leaves blocked. Only in an isolated
/// process. Throws Error(invalid_argument) if this libvips has none.
void enable_loader(Loader loader);

/// Has libvips free this thread's buffers when the thread ends. Call on every thread that calls
/// libvips; cheap when repeated.
void adopt_thread();

} // namespace thumbjobs::vips
