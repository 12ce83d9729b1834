#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace bench {

/// What a process (and, for another process, its descendants) has used so far.
struct Usage {
    double cpu_seconds = 0; ///< User and system.
    double peak_megabytes =
        0; ///< The largest resident set; of a tree, the sum of its members' peaks.
};

Usage usage_of_self();

/// Reads /proc; a process that is gone counts as nothing.
Usage usage_of_tree(pid_t root);

/// Resident set of one process now, in megabytes.
double resident_megabytes(pid_t pid);

/// The largest resident set that one process has had, in megabytes.
double peak_resident_megabytes(pid_t pid);

/// Resident memory of a process and its descendants now, in megabytes, where a page that several of
/// them share counts once (PSS).
double proportional_megabytes(pid_t root);

/// On ext4, folders that are made in `folder` from now on go where few others are, as chattr's flag
/// T has it: away from inodes that were freed in the last seconds, around which an ext4 without
/// journal walks for each new file. Does nothing elsewhere.
void spread_folders(const std::string& folder);

/// Seconds since the construction, by the steady clock.
class Stopwatch {
public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace bench
