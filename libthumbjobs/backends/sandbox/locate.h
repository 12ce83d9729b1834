#pragma once

#include <string>

namespace thumbjobs::sandbox {

/// Where the helper's program is: `given` if not empty, else `thumbjobs-worker` beside the running
/// program, beside this library, or in the libexec folder of the installation. Throws
/// Error(invalid_argument) naming the places that were searched.
std::string locate_worker(const std::string& given);

} // namespace thumbjobs::sandbox
