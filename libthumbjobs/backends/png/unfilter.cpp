// Compiled with -O3, as the other inner loops. Each pixel depends on the one before it: what can be
// done at once are its samples, in the lanes of one vector (GCC's and Clang's portable ones).
#include "backends/png/unfilter.h"

#include <cstdlib>
#include <cstring>

namespace thumbjobs::png {
namespace {

using Samples = std::uint8_t __attribute__((vector_size(4)));
using Wide = std::int16_t __attribute__((vector_size(8)));

Samples load(const std::uint8_t* from) noexcept {
    Samples samples;
    std::memcpy(&samples, from, sizeof samples);
    return samples;
}

template <int Pixel>
void store(std::uint8_t* to, Samples samples) noexcept {
    std::memcpy(to, &samples, Pixel);
}

Wide widen(Samples samples) noexcept {
    return __builtin_convertvector(samples, Wide);
}

Samples narrow(Wide wide) noexcept {
    return __builtin_convertvector(wide, Samples);
}

Wide magnitude(Wide value) noexcept {
    return value < 0 ? -value : value;
}

/// Of three, the neighbour that is nearest to left + above - corner.
Wide paeth(Wide left, Wide above, Wide corner) noexcept {
    const Wide from_left = above - corner;
    const Wide from_above = left - corner;
    const Wide a = magnitude(from_left);
    const Wide b = magnitude(from_above);
    const Wide c = magnitude(from_left + from_above);
    const Wide upper = b <= c ? above : corner;
    return ((a <= b) & (a <= c)) ? left : upper;
}

int paeth(int left, int above, int corner) noexcept {
    const int a = std::abs(above - corner);
    const int b = std::abs(left - corner);
    const int c = std::abs(left + above - 2 * corner);
    if (a <= b && a <= c)
        return left;
    return b <= c ? above : corner;
}

void add_above(std::uint8_t* row, const std::uint8_t* before, std::size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i)
        row[i] = static_cast<std::uint8_t>(row[i] + before[i]);
}

/// Pixels of three and four bytes.
template <int Pixel>
void unfilter_wide(unsigned filter, std::uint8_t* row, const std::uint8_t* before,
                   std::size_t size) noexcept {
    Samples left{};
    Wide wide_left{};
    Wide corner{};
    switch (filter) {
    case 1:
        for (std::size_t i = 0; i < size; i += Pixel) {
            left += load(row + i);
            store<Pixel>(row + i, left);
        }
        break;
    case 3:
        for (std::size_t i = 0; i < size; i += Pixel) {
            left = load(row + i) + narrow((widen(left) + widen(load(before + i))) >> 1);
            store<Pixel>(row + i, left);
        }
        break;
    default:
        for (std::size_t i = 0; i < size; i += Pixel) {
            const Wide above = widen(load(before + i));
            left = load(row + i) + narrow(paeth(wide_left, above, corner));
            store<Pixel>(row + i, left);
            wide_left = widen(left);
            corner = above;
        }
        break;
    }
}

/// Pixels of one and two bytes.
template <std::size_t Pixel>
void unfilter_narrow(unsigned filter, std::uint8_t* row, const std::uint8_t* before,
                     std::size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
        const int left = i < Pixel ? 0 : row[i - Pixel];
        const int above = before[i];
        const int corner = i < Pixel ? 0 : before[i - Pixel];
        const int expected = filter == 1   ? left
                             : filter == 3 ? (left + above) >> 1
                                           : paeth(left, above, corner);
        row[i] = static_cast<std::uint8_t>(row[i] + expected);
    }
}

} // namespace

bool unfilter(unsigned filter, std::uint8_t* row, const std::uint8_t* before, std::size_t size,
              int pixel) noexcept {
    if (filter == 0)
        return true;
    if (filter > 4)
        return false;
    if (filter == 2)
        add_above(row, before, size);
    else if (pixel == 4)
        unfilter_wide<4>(filter, row, before, size);
    else if (pixel == 3)
        unfilter_wide<3>(filter, row, before, size);
    else if (pixel == 2)
        unfilter_narrow<2>(filter, row, before, size);
    else
        unfilter_narrow<1>(filter, row, before, size);
    return true;
}

} // namespace thumbjobs::png
