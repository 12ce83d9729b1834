// Text layout opens its font files again for every drawing, and on other threads. The program's own
// open() and friends, which go before the C library's, answer for the files that were kept; all
// else passes on to the kernel. Without <fcntl.h>, whose declarations may be inline definitions.
// This file defines both fopen and fopen64. With hiredis comes a flag that makes them one.
#undef _FILE_OFFSET_BITS

#include "worker/font_files.h"

#include <dlfcn.h>
#include <stdio.h>
#include <sys/syscall.h>

#include <asm/fcntl.h>
#include <asm/stat.h>
#include <cstdarg>
#include <cstdio>
#include <vector>

extern "C" long syscall(long number, ...) noexcept;
extern "C" long lseek(int descriptor, long offset, int whence) noexcept;

namespace thumbjobs::worker {
namespace {

constexpr int working_directory = -100; // AT_FDCWD
constexpr int read_access = 4;          // R_OK
constexpr int duplicate_cloexec = 1030; // F_DUPFD_CLOEXEC

struct FontFile {
    std::string path;
    int descriptor;
};

// Trivial until the first font is kept: open() is called before any constructor.
constinit std::vector<FontFile>* kept = nullptr;

int find(const char* path) noexcept {
    if (kept && path)
        for (const FontFile& file : *kept)
            if (file.path == path)
                return file.descriptor;
    return -1;
}

int open_any(const char* path, int flags, unsigned mode) noexcept {
    const int descriptor = (flags & O_ACCMODE) == O_RDONLY ? find(path) : -1;
    return static_cast<int>(descriptor >= 0
                                ? ::syscall(SYS_fcntl, descriptor, duplicate_cloexec, 0)
                                : ::syscall(SYS_openat, working_directory, path, flags, mode));
}

using OpenStream = std::FILE*(const char*, const char*);

std::FILE* open_stream(const char* path, const char* mode, const char* next) noexcept {
    const int descriptor = mode[0] == 'r' && find(path) >= 0 ? open_any(path, O_RDONLY, 0) : -1;
    if (descriptor < 0)
        return reinterpret_cast<OpenStream*>(::dlsym(RTLD_NEXT, next))(path, mode);
    ::lseek(descriptor, 0, SEEK_SET); // duplicates share their position
    return ::fdopen(descriptor, "r");
}

} // namespace

void keep_font_file(const std::string& path) {
    static std::vector<FontFile> files;
    const int descriptor = open_any(path.c_str(), O_RDONLY | O_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    files.push_back({path, descriptor});
    kept = &files;
}

} // namespace thumbjobs::worker

using thumbjobs::worker::find;
using thumbjobs::worker::open_any;
using thumbjobs::worker::open_stream;
using thumbjobs::worker::read_access;
using thumbjobs::worker::working_directory;

extern "C" {

int open(const char* path, int flags, ...) {
    unsigned mode = 0;
    if ((flags & O_CREAT) != 0) {
        std::va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, unsigned);
        va_end(arguments);
    }
    return open_any(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    unsigned mode = 0;
    if ((flags & O_CREAT) != 0) {
        std::va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, unsigned);
        va_end(arguments);
    }
    return open_any(path, flags, mode);
}

std::FILE* fopen(const char* path, const char* mode) {
    return open_stream(path, mode, "fopen");
}

std::FILE* fopen64(const char* path, const char* mode) {
    return open_stream(path, mode, "fopen64");
}

int access(const char* path, int mode) noexcept {
    if ((mode & ~read_access) == 0 && find(path) >= 0)
        return 0;
    return static_cast<int>(::syscall(SYS_faccessat, working_directory, path, mode));
}

// The C library asks by newfstatat, which is refused behind the lock since it takes paths.
int fstat(int descriptor, struct stat* result) noexcept {
    return static_cast<int>(::syscall(SYS_fstat, descriptor, result));
}

int fstat64(int descriptor, struct stat* result) noexcept {
    return static_cast<int>(::syscall(SYS_fstat, descriptor, result));
}
}
