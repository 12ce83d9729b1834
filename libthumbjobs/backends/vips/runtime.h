#pragma once

namespace thumbjobs::vips {

/// Sets libvips up for this process, once. Throws Error(internal) if it cannot be.
void start_runtime();

/// Has libvips free this thread's buffers when the thread ends. Call on every thread that calls
/// libvips; cheap when repeated.
void adopt_thread();

} // namespace thumbjobs::vips
