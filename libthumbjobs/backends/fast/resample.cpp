#include "backends/fast/resample.h"

#include <algorithm>

namespace thumbjobs::fast {
namespace {

SmallPlane make_plane(int width, int height, int alignment) {
    SmallPlane plane{width, height, 0, {}};
    plane.stride = static_cast<std::size_t>((width + alignment - 1) / alignment * alignment);
    plane.samples.resize(plane.stride * static_cast<std::size_t>(height));
    return plane;
}

void repeat_last(SmallPlane& plane) {
    for (int y = 0; y < plane.height; ++y) {
        std::uint8_t* const end = plane.row(y) + plane.width;
        std::fill(end, plane.row(y) + plane.stride, end[-1]);
    }
}

} // namespace

SmallPlane resample(const Plane& source, const Taps& across, const Taps& down, int alignment,
                    const Kernels& kernels) {
    SmallPlane result = make_plane(static_cast<int>(across.first.size()),
                                   static_cast<int>(down.first.size()), alignment);
    // Zeros behind the row, for the weights that are padding.
    std::vector<std::int16_t> blended(static_cast<std::size_t>(source.width) + Taps::padding);
    std::vector<const std::uint8_t*> rows(static_cast<std::size_t>(down.used));
    for (int y = 0; y < result.height; ++y) {
        const int first = down.first[static_cast<std::size_t>(y)];
        for (int k = 0; k < down.used; ++k)
            rows[static_cast<std::size_t>(k)] = source.row(first + k);
        kernels.blend_rows(rows.data(), down.of(y), down.used, source.width, blended.data());
        kernels.blend_samples(blended.data(), across.first.data(), across.weights.data(),
                              across.count, result.width, result.row(y));
    }
    repeat_last(result);
    return result;
}

SmallPlane transpose(const SmallPlane& plane, int alignment) {
    SmallPlane result = make_plane(plane.height, plane.width, alignment);
    for (int y = 0; y < result.height; ++y)
        for (int x = 0; x < result.width; ++x)
            result.row(y)[x] = plane.row(x)[y];
    repeat_last(result);
    return result;
}

} // namespace thumbjobs::fast
