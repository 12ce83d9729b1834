// Always compiled with -O3.
#include "backends/jpeg/idct.h"

#include "backends/jpeg/idct_loops.h"

namespace thumbjobs::jpeg {

const InverseDct& plain_inverse_dct() noexcept {
    static constexpr InverseDct plain{all_rows, "plain"};
    return plain;
}

const InverseDct& best_inverse_dct() noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return avx2_inverse_dct();
#endif
    return plain_inverse_dct();
}

} // namespace thumbjobs::jpeg
