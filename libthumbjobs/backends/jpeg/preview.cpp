#include "backends/jpeg/preview.h"

#include "backends/fast/hand_over.h"
#include "backends/fast/resample.h"
#include "backends/fast/taps.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace thumbjobs::jpeg {
namespace {

constexpr int max_side = 1'024; ///< A preview is at most 64 KB of JPEG; more is made up.

// The comparison is on a grid of cells, in steps of an 8-bit sample. Cameras shrink, sharpen and
// encode in ways of their own, which moves a cell by a few steps.
constexpr int most_cells = 32; ///< Along each side.
constexpr int least_cells = 8;
constexpr int most_in_a_cell = 20;
constexpr double most_on_average = 4;

/// Whether, at the preview's width, the picture's height differs by a pixel at the most; or the
/// other way round.
bool same_proportions(Size picture, Size preview) noexcept {
    const double width = static_cast<double>(picture.width) * preview.height / picture.height;
    const double height = static_cast<double>(picture.height) * preview.width / picture.width;
    return std::abs(width - preview.width) <= 1 || std::abs(height - preview.height) <= 1;
}

bool fits(const Source& source, const Source& preview, const Demand& demand) noexcept {
    const Size picture = source.stored();
    const Size size = preview.stored();
    return !preview.has_exif() && preview.grey() == source.grey() &&
           (source.has_profile() || !preview.has_profile()) && source.profile().empty() &&
           preview.profile().empty() && std::max(size.width, size.height) <= max_side &&
           size.width <= picture.width && size.height <= picture.height &&
           same_proportions(picture, size) && samples_suffice(preview, demand, DCTSIZE);
}

/// The picture of a plane in so many cells.
fast::SmallPlane cells_of(const fast::Plane& plane, int across, int down) {
    const auto axis = [](int samples, double extent, int cells) {
        return fast::make_taps({.samples = samples,
                                .extent = extent,
                                .target = static_cast<double>(cells),
                                .outputs = cells});
    };
    return fast::resample(plane, axis(plane.width, plane.extent_x, across),
                          axis(plane.height, plane.extent_y, down), 1, fast::best_kernels());
}

bool agree(const fast::Plane& left, const fast::Plane& right) {
    const int across = std::min({most_cells, left.width, right.width});
    const int down = std::min({most_cells, left.height, right.height});
    if (across < least_cells || down < least_cells)
        return false;
    const fast::SmallPlane a = cells_of(left, across, down);
    const fast::SmallPlane b = cells_of(right, across, down);
    int sum = 0;
    for (std::size_t i = 0; i < a.samples.size(); ++i) {
        const int difference = std::abs(int{a.samples[i]} - int{b.samples[i]});
        if (difference > most_in_a_cell)
            return false;
        sum += difference;
    }
    return sum <= most_on_average * static_cast<double>(a.samples.size());
}

std::optional<fast::Planes> decode_preview(const Source& source, const Demand& demand,
                                           fast::Pace& pace) {
    try {
        Source preview(*source.preview());
        if (fits(source, preview, demand))
            return decode(preview, demand, {}, pace);
    } catch (const fast::HandOver&) { // of the preview, not of the picture
    }
    return std::nullopt;
}

} // namespace

std::optional<fast::Planes> read_preview(const Source& source, const Demand& demand,
                                         const Reading& reading, fast::Pace& pace) {
    if (!source.preview())
        return std::nullopt;
    auto planes = decode_preview(source, demand, pace);
    if (!planes)
        return std::nullopt;
    const fast::Planes picture = decode_dc(source, reading, pace);
    for (std::size_t c = 0; c < static_cast<std::size_t>(planes->count); ++c)
        if (!agree(picture.plane[c], planes->plane[c]))
            return std::nullopt;
    return planes;
}

} // namespace thumbjobs::jpeg
