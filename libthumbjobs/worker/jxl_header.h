#pragma once

#include <thumbjobs/blob.h>

namespace thumbjobs::worker {

/// What of a JPEG XL file's header decides how much memory its decoder takes.
struct JxlTraits {
    bool deep = false;      ///< More than eight bits a sample.
    int extra_channels = 0; ///< Beside the colours: alpha, mostly.
};

/// Reads the head of a bare codestream or of a container (ISO/IEC 18181-1, -2). What cannot be read
/// is taken for the most expensive. Never reads outside of `input`.
JxlTraits read_jxl_header(ByteView input) noexcept;

} // namespace thumbjobs::worker
