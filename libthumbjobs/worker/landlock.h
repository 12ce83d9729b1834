#pragma once

namespace thumbjobs::worker {

/// Forbids this process every access to the file system, and what else the kernel's Landlock can:
/// TCP (ABI 4), signals and abstract sockets (ABI 6). Returns the ABI in force; 0 where the kernel
/// has none or a container forbids it: it is a second lock behind seccomp.
int restrict_files_and_network() noexcept;

} // namespace thumbjobs::worker
