// Compiled with -O3, as the other inner loops: five filters of each row are tried, for one of
// which they are written. PNG 1.2, 9.2.
#include "backends/png/filter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace thumbjobs::png {
namespace {

constexpr std::size_t filters = 5;

/// The neighbour that is nearest to left + above - corner.
[[gnu::always_inline]] inline int paeth(int left, int above, int corner) noexcept {
    const int a = std::abs(above - corner);
    const int b = std::abs(left - corner);
    const int c = std::abs(left + above - 2 * corner);
    const int upper = b <= c ? above : corner;
    return ((a <= b) & (a <= c)) ? left : upper;
}

/// The sum of differences, each taken as a signed byte.
[[gnu::always_inline]] inline std::uint32_t weight(const std::uint8_t* row, std::size_t size) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < size; ++i)
        sum += std::min<std::uint8_t>(row[i], static_cast<std::uint8_t>(-row[i]));
    return sum;
}

/// `row` and `above` have zeros for a pixel in front of them. Writes a row of `size` bytes for each
/// filter but none at all.
[[gnu::always_inline]] inline void filter_all(const std::uint8_t* row, const std::uint8_t* above,
                                              std::size_t size, std::size_t pixel,
                                              const std::array<std::uint8_t*, filters>& out) {
    const std::uint8_t* const left = row - pixel;
    const std::uint8_t* const corner = above - pixel;
    std::uint8_t* const sub = out[1];
    std::uint8_t* const up = out[2];
    std::uint8_t* const average = out[3];
    std::uint8_t* const nearest = out[4];
    for (std::size_t i = 0; i < size; ++i)
        sub[i] = static_cast<std::uint8_t>(row[i] - left[i]);
    for (std::size_t i = 0; i < size; ++i)
        up[i] = static_cast<std::uint8_t>(row[i] - above[i]);
    for (std::size_t i = 0; i < size; ++i)
        average[i] = static_cast<std::uint8_t>(row[i] - ((left[i] + above[i]) >> 1));
    for (std::size_t i = 0; i < size; ++i)
        nearest[i] = static_cast<std::uint8_t>(row[i] - paeth(left[i], above[i], corner[i]));
}

struct Loops {
    void (*filter_all)(const std::uint8_t* row, const std::uint8_t* above, std::size_t size,
                       std::size_t pixel, const std::array<std::uint8_t*, filters>& out);
    std::uint32_t (*weight)(const std::uint8_t* row, std::size_t size);
};

#if defined(__x86_64__)
[[gnu::target("avx2")]] void filter_all_avx2(const std::uint8_t* row, const std::uint8_t* above,
                                             std::size_t size, std::size_t pixel,
                                             const std::array<std::uint8_t*, filters>& out) {
    filter_all(row, above, size, pixel, out);
}

[[gnu::target("avx2")]] std::uint32_t weight_avx2(const std::uint8_t* row, std::size_t size) {
    return weight(row, size);
}
#endif

void filter_all_plain(const std::uint8_t* row, const std::uint8_t* above, std::size_t size,
                      std::size_t pixel, const std::array<std::uint8_t*, filters>& out) {
    filter_all(row, above, size, pixel, out);
}

std::uint32_t weight_plain(const std::uint8_t* row, std::size_t size) {
    return weight(row, size);
}

const Loops& loops() noexcept {
    static constexpr Loops plain{filter_all_plain, weight_plain};
#if defined(__x86_64__)
    static constexpr Loops avx2{filter_all_avx2, weight_avx2};
    if (__builtin_cpu_supports("avx2"))
        return avx2;
#endif
    return plain;
}

} // namespace

std::vector<std::uint8_t> filter_rows(const PixelImage& image) {
    const auto pixel = static_cast<std::size_t>(image.bands);
    const std::size_t size = static_cast<std::size_t>(image.size.width) * pixel;
    const auto height = static_cast<std::size_t>(image.size.height);

    // The row, the one above it, each behind a pixel of zeros, and the row filtered in four ways.
    std::vector<std::uint8_t> room(2 * (pixel + size) + (filters - 1) * size);
    std::uint8_t* row = room.data() + pixel;
    std::uint8_t* above = row + size + pixel;
    std::uint8_t* const filtered = above + size;
    std::array<std::uint8_t*, filters> candidates{};
    for (std::size_t i = 1; i < filters; ++i)
        candidates[i] = filtered + (i - 1) * size;

    std::vector<std::uint8_t> result;
    result.reserve((size + 1) * height);
    const Loops& fast = loops();
    for (std::size_t y = 0; y < height; ++y) {
        std::transform(image.pixels.data() + y * size, image.pixels.data() + (y + 1) * size, row,
                       [](std::byte value) { return std::to_integer<std::uint8_t>(value); });
        candidates[0] = row;
        fast.filter_all(row, above, size, pixel, candidates);
        std::size_t best = 0;
        std::uint32_t least = fast.weight(row, size);
        for (std::size_t i = 1; i < filters; ++i) {
            const std::uint32_t sum = fast.weight(candidates[i], size);
            if (sum < least) {
                least = sum;
                best = i;
            }
        }
        result.push_back(static_cast<std::uint8_t>(best));
        result.insert(result.end(), candidates[best], candidates[best] + size);
        std::swap(row, above);
    }
    return result;
}

} // namespace thumbjobs::png
