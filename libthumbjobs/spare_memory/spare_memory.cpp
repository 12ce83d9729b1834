#include "spare_memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace thumbjobs {
namespace {

/// Whole pages of the segments of one library that were never writable: they are as in its file.
/// Only of segments of at least so many bytes.
int release_constants(dl_phdr_info* library, std::size_t, void* least) noexcept {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (std::size_t i = 0; i < library->dlpi_phnum; ++i) {
        const auto& segment = library->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0 ||
            segment.p_filesz < *static_cast<const std::size_t*>(least))
            continue;
        const std::uintptr_t begin = library->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t first = (begin + page - 1) / page * page;
        const std::uintptr_t end = (begin + segment.p_filesz) / page * page;
        if (first < end)
            ::madvise(reinterpret_cast<void*>(first), // NOLINT(performance-no-int-to-ptr)
                      end - first, MADV_DONTNEED);
    }
    return 0;
}

} // namespace

void release_spare_memory() noexcept {
    ::malloc_trim(0);
    std::size_t least = 0;
    ::dl_iterate_phdr(release_constants, &least);
}

void release_large_constants() noexcept {
    std::size_t least = std::size_t{256} << 10;
    ::dl_iterate_phdr(release_constants, &least);
}

} // namespace thumbjobs
