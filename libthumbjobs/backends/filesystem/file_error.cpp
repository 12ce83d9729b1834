#include "backends/filesystem/file_error.h"

#include <thumbjobs/error.h>

#include <cerrno>
#include <system_error>

namespace thumbjobs {

void throw_file_error(const std::string& task, int error, const std::string& path) {
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    throw Error(full ? ErrorCode::storage_full : ErrorCode::storage_unavailable,
                "The image storage cannot " + task + ": " + std::generic_category().message(error) +
                    '.',
                path);
}

} // namespace thumbjobs
