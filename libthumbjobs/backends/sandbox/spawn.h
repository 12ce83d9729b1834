#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace thumbjobs::sandbox {

/// Starts `program` with an empty environment, in a session of its own, with nothing but /dev/null
/// as 0 to 2 and `files` as descriptors 3, 4, ... Throws Error(internal).
pid_t spawn(const std::string& program, const std::vector<int>& files);

} // namespace thumbjobs::sandbox
