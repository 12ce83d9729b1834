#include "backends/sandbox/shared_memory.h"

#include <thumbjobs/error.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

// Linux 6.3; older kernels answer EINVAL.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
// Linux 5.14; older kernels answer EINVAL.
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace thumbjobs::sandbox {
namespace {

[[noreturn]] void fail(const char* what) {
    throw Error(ErrorCode::internal, "There is no memory to share with a decoder process.",
                std::string(what) + ": " + std::strerror(errno));
}

FileDescriptor make_file(const char* name) {
    int file = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (file < 0 && errno == EINVAL)
        file = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0)
        fail("memfd_create");
    return FileDescriptor(file);
}

void seal(int file, int seals) {
    if (::fcntl(file, F_ADD_SEALS, seals) != 0)
        fail("F_ADD_SEALS");
}

} // namespace

Mapping::Mapping(int file, std::size_t size, Access access) : size_(size) {
    const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* const begin = ::mmap(nullptr, size, protection, MAP_SHARED, file, 0);
    if (begin == MAP_FAILED)
        fail("mmap");
    begin_ = begin;
}

Mapping::~Mapping() {
    if (begin_)
        ::munmap(begin_, size_);
}

void Mapping::populate() const noexcept {
    ::madvise(begin_, size_, MADV_POPULATE_READ); // only a matter of speed
}

FileDescriptor make_shared_memory(const char* name, std::int64_t size) {
    FileDescriptor file = make_file(name);
    if (::ftruncate(file.get(), size) != 0)
        fail("ftruncate");
    seal(file.get(), F_SEAL_GROW | F_SEAL_SHRINK);
    return file;
}

FileDescriptor make_sealed_copy(const char* name, ByteView bytes) {
    FileDescriptor file = make_file(name);
    while (!bytes.empty()) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            fail("write");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    seal(file.get(), F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL);
    return file;
}

InputMemory::InputMemory(std::size_t size)
    : file_(make_shared_memory("thumbjobs-input", static_cast<std::int64_t>(size))),
      mapping_(file_.get(), size, Mapping::Access::write) {
    // Our mapping stays writable; none can be added.
    seal(file_.get(), F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
}

void InputMemory::load(ByteView bytes) noexcept {
    if (!bytes.empty())
        std::memcpy(mapping_.data(), bytes.data(), std::min(bytes.size(), mapping_.size()));
}

bool read_at(int file, std::uint64_t offset, std::span<std::byte> target) noexcept {
    while (!target.empty()) {
        const ssize_t got = ::pread(file, target.data(), target.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        offset += static_cast<std::uint64_t>(got);
        target = target.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

void discard_pages(int file, std::int64_t from, std::int64_t size) noexcept {
    ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, size);
}

} // namespace thumbjobs::sandbox
