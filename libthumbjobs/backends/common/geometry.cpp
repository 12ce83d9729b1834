#include "backends/common/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace thumbjobs {
namespace {

int scaled_side(int side, double scale) noexcept {
    return static_cast<int>(std::max(1.0, std::round(side * scale)));
}

// The largest size of the source's shape inside the box.
Size contain(Size source, Size box, bool enlarge) noexcept {
    const double horizontal = static_cast<double>(box.width) / source.width;
    const double vertical = static_cast<double>(box.height) / source.height;
    const double scale = std::min(horizontal, vertical);
    if (scale >= 1 && !enlarge)
        return source;
    // The side that decides hits the box exactly, whatever floating point makes of it.
    if (horizontal <= vertical)
        return {box.width, std::min(box.height, scaled_side(source.height, scale))};
    return {std::min(box.width, scaled_side(source.width, scale)), box.height};
}

Plan cover(Size source, Size box, bool enlarge) noexcept {
    const double horizontal = static_cast<double>(box.width) / source.width;
    const double vertical = static_cast<double>(box.height) / source.height;
    const double scale = std::max(horizontal, vertical);
    Plan plan{source, source, {}, {}};
    if (scale < 1 || enlarge) {
        // Far enlargement of a long strip would make an image of any size, most of it cropped away:
        // crop first, then.
        const double area = source.width * scale * source.height * scale;
        if (scale > 1 && area > 4.0 * box.width * box.height) {
            plan.cut = {std::min(source.width, scaled_side(box.width, 1 / scale)),
                        std::min(source.height, scaled_side(box.height, 1 / scale))};
            plan.scaled = box;
        } else if (horizontal >= vertical) {
            plan.scaled = {box.width, std::max(box.height, scaled_side(source.height, scale))};
        } else {
            plan.scaled = {std::max(box.width, scaled_side(source.width, scale)), box.height};
        }
    }
    plan.kept = {std::min(plan.scaled.width, box.width), std::min(plan.scaled.height, box.height)};
    plan.canvas = plan.kept;
    return plan;
}

} // namespace

Plan plan_rendition(Size source, const RenditionSpec& spec) noexcept {
    const Size box{spec.width, spec.height};
    switch (spec.fit) {
    case Fit::cover:
        return cover(source, box, spec.enlarge);
    case Fit::fill: {
        const Size size = spec.enlarge ? box
                                       : Size{std::min(box.width, source.width),
                                              std::min(box.height, source.height)};
        return {source, size, size, size};
    }
    case Fit::inside: {
        const Size size = contain(source, box, spec.enlarge);
        return {source, size, size, box};
    }
    case Fit::contain:
        break;
    }
    const Size size = contain(source, box, spec.enlarge);
    return {source, size, size, size};
}

Point place(Gravity gravity, Size outer, Size inner) noexcept {
    const int right = outer.width - inner.width;
    const int bottom = outer.height - inner.height;
    switch (gravity) {
    case Gravity::north:
        return {right / 2, 0};
    case Gravity::north_east:
        return {right, 0};
    case Gravity::east:
        return {right, bottom / 2};
    case Gravity::south_east:
        return {right, bottom};
    case Gravity::south:
        return {right / 2, bottom};
    case Gravity::south_west:
        return {0, bottom};
    case Gravity::west:
        return {0, bottom / 2};
    case Gravity::north_west:
        return {0, 0};
    case Gravity::centre:
    case Gravity::attention:
    case Gravity::entropy:
        break;
    }
    return {right / 2, bottom / 2};
}

} // namespace thumbjobs
