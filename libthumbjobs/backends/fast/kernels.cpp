// Always compiled with -O3.
#include "backends/fast/kernels.h"

#include "backends/fast/kernel_loops.h"

namespace thumbjobs::fast {

const Kernels& plain_kernels() noexcept {
    static constexpr Kernels plain{blend_rows, blend_samples, "plain"};
    return plain;
}

const Kernels& best_kernels() noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return avx2_kernels();
#endif
    return plain_kernels();
}

} // namespace thumbjobs::fast
