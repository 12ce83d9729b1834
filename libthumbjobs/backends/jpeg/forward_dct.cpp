// Always compiled with -O3.
#include "backends/jpeg/forward_dct.h"

#include "backends/jpeg/forward_dct_loops.h"

namespace thumbjobs::jpeg {

ForwardDct::Quantiser::Quantiser(const std::array<std::uint8_t, 64>& quanta) noexcept {
    for (std::size_t i = 0; i < quanta.size(); ++i) {
        const int divisor = quanta[i] * 8; // The transform leaves a factor of 8.
        half[i] = divisor / 2;
        reciprocal[i] = 1.0F / static_cast<float>(divisor);
    }
}

const ForwardDct& plain_forward_dct() noexcept {
    static constexpr ForwardDct plain{transform_row, "plain"};
    return plain;
}

const ForwardDct& best_forward_dct() noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return avx2_forward_dct();
#endif
    return plain_forward_dct();
}

} // namespace thumbjobs::jpeg
