// Compiled with -O3, and for AVX2 on x86-64: what is in here runs only where that is known to be
// there.
#include "backends/jpeg/forward_dct.h"

#if defined(__x86_64__) && defined(__AVX2__)

#include "backends/jpeg/forward_dct_loops.h"

namespace thumbjobs::jpeg {

const ForwardDct& avx2_forward_dct() noexcept {
    static constexpr ForwardDct avx2{transform_row, "AVX2"};
    return avx2;
}

} // namespace thumbjobs::jpeg

#endif
