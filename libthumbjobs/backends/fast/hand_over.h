#pragma once

namespace thumbjobs::fast {

/// Thrown where a file is, or turns out to be, something that a fast path cannot do exactly. The
/// resizer behind it takes the file over from the start; nobody else sees this.
struct HandOver {};

} // namespace thumbjobs::fast
