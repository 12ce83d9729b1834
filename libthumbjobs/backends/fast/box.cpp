// Compiled with -O3, as kernels.cpp: the sums are to be vectorised in every build.
#include "backends/fast/box.h"

#include <algorithm>
#include <array>

namespace thumbjobs::fast {
namespace {

constexpr double margin = 2;
constexpr int most = 128; // sums of a column fit 16 bits, those of a box 32

int divided_up(int value, int divisor) noexcept {
    return (value - 1) / divisor + 1;
}

/// The average of so many samples, from their sum; by a multiplication instead of a division.
class Averager {
public:
    Averager(const SampleRange& range, int count) noexcept
        : factor_(((std::int64_t{255} << shift) + range.span * count / 2) / (range.span * count)),
          offset_((std::int64_t{range.becomes} << shift) + (std::int64_t{1} << (shift - 1)) -
                  std::int64_t{range.centre} * count * factor_) {}

    std::uint8_t operator()(std::uint32_t sum) const noexcept {
        const auto value = static_cast<int>((sum * factor_ + offset_) >> shift);
        return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
    }

private:
    static constexpr int shift = 32;

    std::int64_t factor_;
    std::int64_t offset_; ///< All that is added, with what rounds.
};

/// The averages of so many boxes of `across` sums of columns. The compiler knows that number where
/// the template is told it, and needs no inner loop.
template <int Across = 0>
void average_boxes(const std::uint16_t* sums, int boxes, int across, const Averager& given,
                   std::uint8_t* out) noexcept {
    const Averager average = given; // or each byte that is written could be one of its own
    const int columns = Across > 0 ? Across : across;
    for (int box = 0; box < boxes; ++box, sums += columns) {
        std::uint32_t sum = 0;
        for (int x = 0; x < columns; ++x)
            sum += sums[x];
        out[box] = average(sum);
    }
}

using AverageBoxes = void (*)(const std::uint16_t* sums, int boxes, int across,
                              const Averager& given, std::uint8_t* out) noexcept;

AverageBoxes averages_of(int across) noexcept {
    static constexpr std::array<AverageBoxes, 9> known{
        average_boxes<>,  average_boxes<1>, average_boxes<2>, average_boxes<3>, average_boxes<4>,
        average_boxes<5>, average_boxes<6>, average_boxes<7>, average_boxes<8>};
    const auto index = static_cast<std::size_t>(across);
    return index < known.size() ? known[index] : average_boxes<>;
}

} // namespace

int box_factor(int samples, double target) noexcept {
    return std::clamp(static_cast<int>(samples / (margin * std::max(target, 1.0))), 1, most);
}

std::int64_t BoxShrinker::bytes(int width, int height, int across, int down) noexcept {
    return std::int64_t{divided_up(width, across)} * divided_up(height, down);
}

BoxShrinker::BoxShrinker(int width, int height, int across, int down, SampleRange range)
    : width_(width), height_(height), across_(across), down_(down), range_(range) {
    plane_.width = divided_up(width, across);
    plane_.height = divided_up(height, down);
    plane_.stride = static_cast<std::size_t>(plane_.width);
    plane_.extent_x = static_cast<double>(width) / across;
    plane_.extent_y = static_cast<double>(height) / down;
    plane_.samples.resize(static_cast<std::size_t>(bytes(width, height, across, down)));
    if (across > 1 || down > 1 || range != SampleRange{})
        sums_.resize(static_cast<std::size_t>(width));
}

void BoxShrinker::add(const std::uint8_t* row) {
    const auto width = static_cast<std::size_t>(width_);
    if (sums_.empty()) {
        std::copy_n(row, width,
                    plane_.samples.begin() + static_cast<std::ptrdiff_t>(plane_.stride) * rows_in_);
        ++rows_in_;
        return;
    }
    std::uint16_t* const sums = sums_.data();
    if (summed_ == 0)
        std::copy_n(row, width, sums);
    else
        for (std::size_t x = 0; x < width; ++x)
            sums[x] = static_cast<std::uint16_t>(sums[x] + row[x]);
    ++rows_in_;
    if (++summed_ == down_ || rows_in_ == height_)
        finish_row();
}

void BoxShrinker::finish_row() {
    const int line = (rows_in_ - 1) / down_;
    std::uint8_t* out = plane_.samples.data() + plane_.stride * static_cast<std::size_t>(line);
    const int whole = width_ / across_;
    averages_of(across_)(sums_.data(), whole, across_, Averager(range_, across_ * summed_), out);
    if (const int rest = width_ - whole * across_; rest > 0)
        average_boxes(sums_.data() + whole * across_, 1, rest, Averager(range_, rest * summed_),
                      out + whole);
    summed_ = 0;
}

} // namespace thumbjobs::fast
