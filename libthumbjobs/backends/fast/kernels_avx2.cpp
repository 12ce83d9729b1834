// Compiled with -O3, and for AVX2 on x86-64: what is in here runs only where that is known to be
// there.
#include "backends/fast/kernels.h"

#if defined(__x86_64__) && defined(__AVX2__)

#include "backends/fast/kernel_loops.h"

namespace thumbjobs::fast {

const Kernels& avx2_kernels() noexcept {
    static constexpr Kernels avx2{blend_rows, blend_samples, "AVX2"};
    return avx2;
}

} // namespace thumbjobs::fast

#endif
