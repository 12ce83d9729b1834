#include "backends/filesystem/temp_file.h"

#include "backends/filesystem/file_error.h"
#include "src/random.h"
#include "src/text.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace thumbjobs {
namespace {

// A mark of our own: a mistaken data folder may hold temporary files of other programs.
constexpr std::string_view prefix = "thumbjobs-";
constexpr std::size_t random_bytes = 16;
constexpr mode_t file_mode = 0600;

std::string make_temp_name() {
    return std::string(prefix) + random_hex(random_bytes);
}

/// link(2) for a file without a name; 0 or an error number.
int link_unnamed(int file, int target, const std::string& name) {
    // The short way is root's before Linux 6.10, and ENOENT to all others.
    if (::linkat(file, "", target, name.c_str(), AT_EMPTY_PATH) == 0)
        return 0;
    if (errno != ENOENT)
        return errno;
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    return ::linkat(AT_FDCWD, path.c_str(), target, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0
                                                                                          : errno;
}

int rename_over(int folder, const std::string& from, int target, const std::string& to) {
    return ::renameat(folder, from.c_str(), target, to.c_str()) == 0 ? 0 : errno;
}

/// link_unnamed() in place of any file of that name, by way of a temporary name.
int link_over(int file, int folder, int target, const std::string& name) {
    const std::string temporary = make_temp_name();
    if (const int error = link_unnamed(file, folder, temporary))
        return error;
    const int error = rename_over(folder, temporary, target, name);
    if (error != 0)
        ::unlinkat(folder, temporary.c_str(), 0);
    return error;
}

int link_or_replace(int file, int folder, int target, const std::string& name) {
    const int error = link_unnamed(file, target, name);
    return error == EEXIST ? link_over(file, folder, target, name) : error;
}

} // namespace

TempFile::TempFile(int folder, bool unnamed) : folder_(folder) {
    if (unnamed) {
        file_.reset(::openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, file_mode));
    } else {
        name_ = make_temp_name();
        file_.reset(::openat(folder, name_.c_str(),
                             O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, file_mode));
    }
    if (!file_)
        throw_file_error("make a file", errno, "openat");
}

TempFile::~TempFile() {
    if (!name_.empty())
        ::unlinkat(folder_, name_.c_str(), 0);
}

bool TempFile::publish(int target, const std::string& name) {
    const int error = name_.empty() ? link_or_replace(file_.get(), folder_, target, name)
                                    : rename_over(folder_, name_, target, name);
    if (error == ENOENT)
        return false;
    if (error != 0)
        throw_file_error("put a file into place", error, name);
    name_.clear();
    return true;
}

bool TempFile::publish_new(int target, const std::string& name) {
    int error = 0;
    if (name_.empty())
        error = link_unnamed(file_.get(), target, name);
    else if (::linkat(folder_, name_.c_str(), target, name.c_str(), 0) != 0)
        error = errno;
    if (error != 0 && error != EEXIST)
        throw_file_error("put a file into place", error, name);
    return error == 0;
}

bool supports_unnamed_files(int folder) {
    const FileDescriptor file(::openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, file_mode));
    const std::string name = make_temp_name();
    if (!file || link_unnamed(file.get(), folder, name) != 0)
        return false;
    ::unlinkat(folder, name.c_str(), 0);
    return true;
}

bool publish_unnamed(int file, int folder, int target, const std::string& name) {
    const int error = link_or_replace(file, folder, target, name);
    if (error == ENOSPC || error == EDQUOT || error == EIO)
        throw_file_error("put a file into place", error, name);
    return error == 0;
}

bool is_temp_name(std::string_view name) noexcept {
    if (!name.starts_with(prefix) || name.size() != prefix.size() + 2 * random_bytes)
        return false;
    name.remove_prefix(prefix.size());
    return std::all_of(name.begin(), name.end(), [](char c) { return hex_digit(c) >= 0; });
}

} // namespace thumbjobs
