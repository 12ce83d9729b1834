#pragma once

namespace thumbjobs::worker {

/// Allows the system calls that decoding, resizing and encoding need, answers some with an error,
/// and sends SIGSYS for all others, on every thread of the process. Throws Error(incompatible).
void load_filter();

} // namespace thumbjobs::worker
