#pragma once

#include "backends/fast/planes.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace thumbjobs::fast {

/// By how much a side may be shrunk by averaging, so that the last step to `target` is still a
/// factor of two or more; at least 1.
int box_factor(int samples, double target) noexcept;

/// How samples become those of a whole byte: video uses less of it.
struct SampleRange {
    int centre = 0; ///< A sample that becomes `becomes`.
    int becomes = 0;
    int span = 255; ///< So many steps become 255.

    friend bool operator==(const SampleRange&, const SampleRange&) = default;
};

/// Shrinks a plane by averaging boxes of samples, one row of the source after the other. Those at
/// the right and lower edges may hold fewer. The sums are exact; the averages are brought to the
/// whole byte and rounded.
class BoxShrinker {
public:
    /// Factors as box_factor() gives them.
    BoxShrinker(int width, int height, int across, int down, SampleRange range = {});

    /// The next row, of `width` samples.
    void add(const std::uint8_t* row);

    /// The plane; after `height` rows.
    Plane take() noexcept { return std::move(plane_); }

    /// Bytes that the plane takes.
    static std::int64_t bytes(int width, int height, int across, int down) noexcept;

private:
    void finish_row();

    int width_;
    int height_;
    int across_;
    int down_;
    SampleRange range_;
    int rows_in_ = 0; ///< Of the source, so far.
    int summed_ = 0;  ///< Rows in `sums_`.
    std::vector<std::uint16_t> sums_;
    Plane plane_;
};

} // namespace thumbjobs::fast
