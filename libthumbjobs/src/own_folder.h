#pragma once

#include <filesystem>

namespace thumbjobs {

/// The folder of the file that this code was loaded from: the shared library, or the program that
/// it is linked into. Empty if the system cannot tell.
std::filesystem::path own_folder();

} // namespace thumbjobs
