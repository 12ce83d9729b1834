#pragma once

namespace thumbjobs::worker {

/// Closes every descriptor from `first` on.
void close_other_files(int first) noexcept;

/// Has the kernel kill this process when the service's thread that started it ends.
void die_with_service() noexcept;

/// Moves into a network namespace with nothing in it, where the system allows that (container
/// runtimes do not). Only before the first thread is started. The lock refuses sockets anyway.
bool leave_network() noexcept;

/// Gives up every capability. Throws Error(incompatible).
void drop_capabilities();

} // namespace thumbjobs::worker
