#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace thumbd {

/// What changes when a file is written or replaced; behind links, as Kubernetes mounts Secrets,
/// when the link is turned.
struct FileStamp {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// All zero where there is no such file.
inline FileStamp file_stamp(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return {};
    return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ino, status.st_size};
}

} // namespace thumbd
