#pragma once

#include <string>

namespace thumbjobs::worker {

/// Opens a font file for the life of the process: whoever opens it by this path later gets that
/// file, also behind the lock, where nothing else can be opened. Not thread-safe; before the lock.
void keep_font_file(const std::string& path);

} // namespace thumbjobs::worker
