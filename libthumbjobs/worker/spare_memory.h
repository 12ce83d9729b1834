#pragma once

namespace thumbjobs::worker {

/// Gives back what is not used now: free heap, and the resident pages of code and constants. The
/// kernel maps the latter again, out of its page cache, where an image needs them.
void release_spare_memory() noexcept;

} // namespace thumbjobs::worker
