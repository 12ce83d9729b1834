#pragma once

namespace thumbjobs {

/// Gives back what the process does not use now: free heap, and the resident pages of code and
/// constants of all libraries. The kernel maps the latter again, out of its page cache, where they
/// are needed. Thread-safe.
void release_spare_memory() noexcept;

/// Of all that only code and constants of 256 KiB and more, in a fraction of the time: what is
/// needed again at once, such as libc's, is not among them for the most part. Thread-safe.
void release_large_constants() noexcept;

} // namespace thumbjobs
