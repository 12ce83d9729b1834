// The helper's own malloc and friends: symbols of the program go before those of libraries, so
// that every allocation of the process passes here.
#include "worker/allocation_watch.h"

#include <cerrno>
#include <cstddef>

extern "C" {
// glibc's own, under the names that it exports for this purpose.
// NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
// NOLINTEND(bugprone-reserved-identifier)
}

namespace thumbjobs::worker {
namespace {

std::atomic<std::uint32_t> unwatched{0};
// Constant-initialised: the first malloc comes before any constructor.
constinit std::atomic<std::atomic<std::uint32_t>*> failed{&unwatched};

void* note(void* block, bool wanted) noexcept {
    if (!block && wanted)
        failed.load(std::memory_order_relaxed)->store(1, std::memory_order_relaxed);
    return block;
}

} // namespace

void watch_allocations(std::atomic<std::uint32_t>& flag) noexcept {
    failed = &flag;
}

} // namespace thumbjobs::worker

using thumbjobs::worker::note;

extern "C" {

void* malloc(std::size_t size) noexcept {
    return note(__libc_malloc(size), size > 0);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    return note(__libc_calloc(count, size), count > 0 && size > 0);
}

void* realloc(void* block, std::size_t size) noexcept {
    return note(__libc_realloc(block, size), size > 0);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return note(__libc_memalign(alignment, size), size > 0);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return note(__libc_memalign(alignment, size), size > 0);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
    void* const made = note(__libc_memalign(alignment, size), size > 0);
    if (!made && size > 0)
        return ENOMEM;
    *block = made;
    return 0;
}
}
