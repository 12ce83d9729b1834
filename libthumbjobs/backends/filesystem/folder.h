#pragma once

#include "src/file_descriptor.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace thumbjobs {

// Folders by descriptor: a name is looked up in an open folder and never follows a symbolic link,
// so nothing that happens to the path above it leads elsewhere. All throw as throw_file_error().

/// Makes `path` and what is missing above it, with mode 0700; opens it. Here, and only here,
/// symbolic links are followed: the path is the operator's.
FileDescriptor make_folder(const std::string& path, bool durable);

/// Makes `name` in `parent` unless it is there; true if it was made.
bool make_subfolder(int parent, const std::string& name);

/// Opens `name` in `parent`; an empty descriptor when there is none.
FileDescriptor open_subfolder(int parent, const std::string& name);

/// Calls `visit` with each name in the folder, in no order, without `.` and `..`.
void for_each_name(int folder, const std::function<void(std::string_view)>& visit);

/// Flushes a file or folder to the disk.
void flush_to_disk(int descriptor);

} // namespace thumbjobs
