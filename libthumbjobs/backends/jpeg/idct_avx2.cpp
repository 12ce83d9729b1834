// Compiled with -O3, and for AVX2 on x86-64: what is in here runs only where that is known to be
// there.
#include "backends/jpeg/idct.h"

#if defined(__x86_64__) && defined(__AVX2__)

#include "backends/jpeg/idct_loops.h"

namespace thumbjobs::jpeg {

const InverseDct& avx2_inverse_dct() noexcept {
    static constexpr InverseDct avx2{all_rows, "AVX2"};
    return avx2;
}

} // namespace thumbjobs::jpeg

#endif
