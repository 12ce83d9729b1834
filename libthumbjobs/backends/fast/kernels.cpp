// Plain loops that the compiler vectorises (this file is always compiled with -O3). On x86-64 they
// are compiled a second time for AVX2; on 64-bit ARM, NEON is always there.
#include "backends/fast/kernels.h"

#include "backends/fast/taps.h"

#include <algorithm>
#include <array>

namespace thumbjobs::fast {
namespace {

constexpr int taps_shift = 14;
static_assert(Taps::one == 1 << taps_shift);

[[gnu::always_inline]] inline void blend_rows(const std::uint8_t* const* rows,
                                              const std::int16_t* weights, int taps, int width,
                                              std::int16_t* out) {
    constexpr int shift = taps_shift - row_fraction_bits;
    constexpr int block = 64; // sums that stay in registers or the nearest cache
    for (int begin = 0; begin < width; begin += block) {
        const int count = std::min(block, width - begin);
        std::array<std::int32_t, block> sums{};
        int k = 0;
        for (; k + 1 < taps; k += 2) {
            const std::uint8_t* upper = rows[k] + begin;
            const std::uint8_t* lower = rows[k + 1] + begin;
            const std::int32_t first = weights[k];
            const std::int32_t second = weights[k + 1];
            for (int x = 0; x < count; ++x)
                sums[static_cast<std::size_t>(x)] += first * upper[x] + second * lower[x];
        }
        if (k < taps)
            for (int x = 0; x < count; ++x)
                sums[static_cast<std::size_t>(x)] += std::int32_t{weights[k]} * rows[k][begin + x];
        for (int x = 0; x < count; ++x) {
            const std::int32_t rounded =
                (sums[static_cast<std::size_t>(x)] + (1 << (shift - 1))) >> shift;
            out[begin + x] = static_cast<std::int16_t>(std::clamp(rounded, -32768, 32767));
        }
    }
}

[[gnu::always_inline]] inline std::uint8_t blend_samples(const std::int16_t* row,
                                                         const std::int16_t* weights, int taps) {
    constexpr int shift = taps_shift + row_fraction_bits;
    std::int32_t sum = 0;
    for (int i = 0; i < taps; ++i)
        sum += std::int32_t{row[i]} * weights[i];
    return static_cast<std::uint8_t>(std::clamp((sum + (1 << (shift - 1))) >> shift, 0, 255));
}

void blend_rows_plain(const std::uint8_t* const* rows, const std::int16_t* weights, int taps,
                      int width, std::int16_t* out) {
    blend_rows(rows, weights, taps, width, out);
}

std::uint8_t blend_samples_plain(const std::int16_t* row, const std::int16_t* weights, int taps) {
    return blend_samples(row, weights, taps);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void blend_rows_avx2(const std::uint8_t* const* rows,
                                             const std::int16_t* weights, int taps, int width,
                                             std::int16_t* out) {
    blend_rows(rows, weights, taps, width, out);
}

[[gnu::target("avx2")]] std::uint8_t blend_samples_avx2(const std::int16_t* row,
                                                        const std::int16_t* weights, int taps) {
    return blend_samples(row, weights, taps);
}
#endif

} // namespace

const Kernels& plain_kernels() noexcept {
    static constexpr Kernels plain{blend_rows_plain, blend_samples_plain, "plain"};
    return plain;
}

const Kernels& best_kernels() noexcept {
#if defined(__x86_64__)
    static constexpr Kernels avx2{blend_rows_avx2, blend_samples_avx2, "AVX2"};
    if (__builtin_cpu_supports("avx2"))
        return avx2;
#endif
    return plain_kernels();
}

} // namespace thumbjobs::fast
