#pragma once

#include <optional>

namespace thumbd {

/// What the kernel says of this process.
struct ProcessStats {
    double cpu_seconds = 0;
    double resident_bytes = 0;
    double virtual_bytes = 0;
    double start_time_seconds = 0; ///< Since 1970.
    double open_fds = 0;
    double max_fds = 0;
    double threads = 0;
};

/// Nothing where /proc cannot be read.
std::optional<ProcessStats> read_process_stats();

} // namespace thumbd
