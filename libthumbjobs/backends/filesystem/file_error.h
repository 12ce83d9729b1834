#pragma once

#include <string>

namespace thumbjobs {

/// Throws what `error`, a value of errno, means for a storage: Error(storage_full) where the disk,
/// the quota or the largest file is reached, Error(storage_unavailable) otherwise. `task` completes
/// "The image storage cannot ..."; `path` goes to the log only.
[[noreturn]] void throw_file_error(const std::string& task, int error, const std::string& path);

} // namespace thumbjobs
