#include "backends/filesystem/folder.h"

#include "backends/filesystem/file_error.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

namespace thumbjobs {
namespace {

constexpr mode_t folder_mode = 0700;

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

/// The folder that `path` is in.
std::string parent_of(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    const std::size_t slash = end == std::string::npos ? end : path.rfind('/', end);
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

FileDescriptor open_folder(const std::string& path) {
    return FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

} // namespace

FileDescriptor make_folder(const std::string& path, bool durable) {
    FileDescriptor folder = open_folder(path);
    if (folder)
        return folder;
    if (errno != ENOENT)
        throw_file_error("open its folder", errno, path);
    const FileDescriptor parent = make_folder(parent_of(path), durable);
    if (::mkdir(path.c_str(), folder_mode) != 0 && errno != EEXIST)
        throw_file_error("make its folder", errno, path);
    if (durable)
        flush_to_disk(parent.get());
    folder = open_folder(path);
    if (!folder)
        throw_file_error("open its folder", errno, path);
    return folder;
}

bool make_subfolder(int parent, const std::string& name) {
    if (::mkdirat(parent, name.c_str(), folder_mode) == 0)
        return true;
    if (errno != EEXIST)
        throw_file_error("make a folder", errno, name);
    return false;
}

FileDescriptor open_subfolder(int parent, const std::string& name) {
    FileDescriptor folder(
        ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder && errno != ENOENT)
        throw_file_error("open a folder", errno, name);
    return folder;
}

void for_each_name(int folder, const std::function<void(std::string_view)>& visit) {
    // A descriptor of its own: reading a folder moves the place in it.
    FileDescriptor own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own)
        throw_file_error("read a folder", errno, "openat");
    const std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(own.get()));
    if (!stream)
        throw_file_error("read a folder", errno, "fdopendir");
    own.release(); // the stream closes it
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) {
            if (errno != 0)
                throw_file_error("read a folder", errno, "readdir");
            return;
        }
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..")
            visit(name);
    }
}

void flush_to_disk(int descriptor) {
    if (::fsync(descriptor) != 0)
        throw_file_error("write to the disk", errno, "fsync");
}

} // namespace thumbjobs
