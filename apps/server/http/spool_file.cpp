#include "spool_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace thumbd::http {

namespace {

/// The most that is allocated ahead of what has arrived.
constexpr std::uint64_t most_ahead = 4 * 1024 * 1024;

[[noreturn]] void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

SpoolFile::~SpoolFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

SpoolFile SpoolFile::create(const std::string& directory) {
    int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        std::string name = directory + "/upload-XXXXXX";
        descriptor = ::mkostemp(name.data(), O_CLOEXEC);
        if (descriptor >= 0) {
            ::unlink(name.c_str());
        }
    }
    if (descriptor < 0) {
        throw_errno("cannot make a temporary file in " + directory);
    }
    return SpoolFile(descriptor);
}

void SpoolFile::expect(std::uint64_t bytes) {
    struct statvfs room {};
    if (::fstatvfs(descriptor_, &room) == 0 && room.f_bavail < bytes / room.f_frsize) {
        errno = ENOSPC;
        throw_errno("no room for an upload of " + std::to_string(bytes) + " bytes");
    }
    expected_ = bytes;
}

/// Has the blocks of the next `bytes`, and of as many as there would then be, found at once. That
/// is cheaper than page by page, as each is written, and again when they are synced.
void SpoolFile::allocate_for(std::uint64_t bytes) noexcept {
    const std::uint64_t needed = written_ + bytes;
    if (needed <= allocated_ || needed > expected_) {
        return;
    }
    const std::uint64_t end = std::min(expected_, needed + std::min(needed, most_ahead));
    // Only a matter of speed: whether the disk is full is for write() to say. And whether this file
    // system allocates at all does not change from one piece to the next.
    const bool done = ::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(written_),
                                  static_cast<off_t>(end - written_)) == 0;
    allocated_ = done ? end : expected_;
}

void SpoolFile::append(std::string_view bytes) {
    allocate_for(bytes.size());
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("cannot write an upload to its temporary file");
        }
        written_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::size_t SpoolFile::read(std::uint64_t offset, char* buffer, std::size_t size) const {
    for (;;) {
        const ssize_t count = ::pread(descriptor_, buffer, size, static_cast<off_t>(offset));
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            throw_errno("cannot read an upload's temporary file");
        }
    }
}

} // namespace thumbd::http
