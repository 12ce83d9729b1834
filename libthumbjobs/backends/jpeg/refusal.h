#pragma once

namespace thumbjobs::jpeg {

/// Thrown where a file is, or turns out to be, something that this backend cannot do exactly. The
/// resizer behind it takes the file over from the start; nobody else sees this.
struct HandOver {};

} // namespace thumbjobs::jpeg
