#include "spool_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace thumbd::http {

namespace {

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

void SpoolFile::require_room(std::uint64_t bytes) const {
    struct statvfs room {};
    if (::fstatvfs(descriptor_, &room) == 0 && room.f_bavail < bytes / room.f_frsize) {
        errno = ENOSPC;
        throw_errno("no room for an upload of " + std::to_string(bytes) + " bytes");
    }
}

void SpoolFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("cannot write an upload to its temporary file");
        }
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
