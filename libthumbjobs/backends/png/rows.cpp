// Compiled with -O3, and a second time for AVX2 on x86-64, as the other inner loops.
#include "backends/png/rows.h"

#include "backends/fast/hand_over.h"

#include <algorithm>

namespace thumbjobs::png {
namespace {

template <std::size_t Bands>
[[gnu::always_inline]] inline void split_bands(const std::uint8_t* row, std::size_t width,
                                               std::uint8_t* out) {
    for (std::size_t x = 0; x < width; ++x)
        for (std::size_t band = 0; band < Bands; ++band)
            out[band * width + x] = row[x * Bands + band];
}

/// Exactly round(colour x alpha / 255).
[[gnu::always_inline]] inline void multiply(std::uint8_t* colour, const std::uint8_t* alpha,
                                            std::size_t width) {
    for (std::size_t x = 0; x < width; ++x) {
        const auto product = static_cast<std::uint16_t>(colour[x] * alpha[x] + 128);
        colour[x] = static_cast<std::uint8_t>((product + (product >> 8)) >> 8);
    }
}

[[gnu::always_inline]] inline void split_any(const std::uint8_t* row, std::size_t width, int bands,
                                             std::uint8_t* out) {
    if (bands == 4)
        split_bands<4>(row, width, out);
    else if (bands == 3)
        split_bands<3>(row, width, out);
    else if (bands == 2)
        split_bands<2>(row, width, out);
    else
        split_bands<1>(row, width, out);
}

[[gnu::always_inline]] inline void multiply_all(std::uint8_t* bands, std::size_t width, int count) {
    const std::uint8_t* const alpha = bands + static_cast<std::size_t>(count - 1) * width;
    for (int band = 0; band + 1 < count; ++band)
        multiply(bands + static_cast<std::size_t>(band) * width, alpha, width);
}

struct Loops {
    void (*split)(const std::uint8_t* row, std::size_t width, int bands, std::uint8_t* out);
    void (*multiply)(std::uint8_t* bands, std::size_t width, int count);
};

#if defined(__x86_64__)
[[gnu::target("avx2")]] void split_avx2(const std::uint8_t* row, std::size_t width, int bands,
                                        std::uint8_t* out) {
    split_any(row, width, bands, out);
}

[[gnu::target("avx2")]] void multiply_avx2(std::uint8_t* bands, std::size_t width, int count) {
    multiply_all(bands, width, count);
}
#endif

void split_plain(const std::uint8_t* row, std::size_t width, int bands, std::uint8_t* out) {
    split_any(row, width, bands, out);
}

void multiply_plain(std::uint8_t* bands, std::size_t width, int count) {
    multiply_all(bands, width, count);
}

const Loops& loops() noexcept {
    static constexpr Loops plain{split_plain, multiply_plain};
#if defined(__x86_64__)
    static constexpr Loops avx2{split_avx2, multiply_avx2};
    if (__builtin_cpu_supports("avx2"))
        return avx2;
#endif
    return plain;
}

} // namespace

BandRows::BandRows(const Header& header)
    : header_(header),
      width_(static_cast<std::size_t>(header.width)),
      bands_(width_ * static_cast<std::size_t>(header.bands())) {}

void BandRows::split(const std::uint8_t* row) {
    if (header_.indexed)
        look_up(row);
    else
        loops().split(row, width_, header_.channels, bands_.data());
    if (header_.alpha)
        loops().multiply(bands_.data(), width_, header_.bands());
}

void BandRows::look_up(const std::uint8_t* row) {
    const auto depth = static_cast<std::size_t>(header_.depth);
    const std::size_t in_byte = 8 / depth;
    const unsigned mask = (1U << depth) - 1;
    const auto bands = static_cast<std::size_t>(header_.bands());
    int largest = 0;
    for (std::size_t x = 0; x < width_; ++x) {
        const std::size_t shift = 8 - depth - x % in_byte * depth;
        const unsigned index = row[x / in_byte] >> shift & mask;
        largest = std::max(largest, static_cast<int>(index));
        for (std::size_t i = 0; i < bands; ++i)
            bands_[i * width_ + x] = header_.palette[index][i];
    }
    if (largest >= header_.colours)
        throw fast::HandOver{};
}

} // namespace thumbjobs::png
