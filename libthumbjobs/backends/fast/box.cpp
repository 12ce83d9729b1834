// Compiled with -O3, as kernels.cpp: the sums are to be vectorised in every build.
#include "backends/fast/box.h"

#include <algorithm>

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
        : centre_(std::int64_t{range.centre} * count),
          becomes_(range.becomes),
          factor_(((std::int64_t{255} << shift) + range.span * count / 2) / (range.span * count)) {}

    std::uint8_t operator()(std::int64_t sum) const noexcept {
        constexpr std::int64_t half = std::int64_t{1} << (shift - 1);
        const std::int64_t value = becomes_ + (((sum - centre_) * factor_ + half) >> shift);
        return static_cast<std::uint8_t>(std::clamp<std::int64_t>(value, 0, 255));
    }

private:
    static constexpr int shift = 32;

    std::int64_t centre_;
    std::int64_t becomes_;
    std::int64_t factor_;
};

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
    Averager average(range_, across_ * summed_);
    for (int begin = 0; begin < width_; begin += across_) {
        if (width_ - begin < across_)
            average = Averager(range_, (width_ - begin) * summed_);
        const int end = std::min(begin + across_, width_);
        std::int64_t sum = 0;
        for (int x = begin; x < end; ++x)
            sum += sums_[static_cast<std::size_t>(x)];
        *out++ = average(sum);
    }
    summed_ = 0;
}

} // namespace thumbjobs::fast
