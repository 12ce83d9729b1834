#include "backends/jpeg/decode.h"

#include "backends/fast/hand_over.h"
#include "backends/jpeg/baseline_dc.h"
#include "backends/jpeg/baseline_scaled.h"
#include "backends/jpeg/idct.h"
#include "backends/jpeg/progressive_dc.h"
#include "backends/jpeg/scaled_decode.h"

#include <algorithm>
#include <optional>

namespace thumbjobs::jpeg {
namespace {

constexpr double margin = 2;

// Planes are held in whole. Within these bounds they take no more than a decoder that works in
// strips, as which the sandbox counts a JPEG file.
constexpr std::int64_t max_rows_held = 2'048;
constexpr std::int64_t max_bytes_held = 64LL << 20;

bool component_suffices(const Source& source, const Demand& demand, int c, int eighths) noexcept {
    const jpeg_decompress_struct& header = source.reader().header();
    const jpeg_component_info& component = header.comp_info[c];
    const double wanted_x = margin * (c == 0 ? demand.luma_x : demand.chroma_x);
    const double wanted_y = margin * (c == 0 ? demand.luma_y : demand.chroma_y);
    // Multiplied out, so that exactly twice is enough.
    return static_cast<double>(source.stored().width) * component.h_samp_factor * eighths >=
               wanted_x * header.max_h_samp_factor * DCTSIZE &&
           static_cast<double>(source.stored().height) * component.v_samp_factor * eighths >=
               wanted_y * header.max_v_samp_factor * DCTSIZE;
}

/// The smallest that suffice; nothing if our own decoder has no such scale for a component.
std::optional<Sides> choose_sides(const Source& source, const Demand& demand) noexcept {
    Sides sides{};
    for (int c = 0; c < source.reader().header().num_components; ++c) {
        int side = 1;
        while (side <= InverseDct::max_side && !component_suffices(source, demand, c, side))
            ++side;
        if (side > InverseDct::max_side)
            return std::nullopt;
        sides[static_cast<std::size_t>(c)] = side;
    }
    return sides;
}

int choose_eighths(Size stored, const Demand& demand) noexcept {
    for (const int eighths : {1, 2, 4}) {
        const double scale = eighths / 8.0;
        if (stored.width * scale >= margin * demand.luma_x &&
            stored.height * scale >= margin * demand.luma_y)
            return eighths;
    }
    return 8;
}

void check_memory(const Source& source, int eighths) {
    const std::int64_t bytes = plane_bytes(source, eighths);
    const std::int64_t longer = std::max(source.stored().width, source.stored().height);
    const std::int64_t row = longer * source.reader().header().num_components;
    if (bytes > max_bytes_held || bytes > row * max_rows_held)
        throw fast::HandOver{};
}

} // namespace

Demand demand_of(const Source& source, const std::vector<fast::Task>& tasks) noexcept {
    Demand demand;
    for (const fast::Task& task : tasks) {
        const Size scaled = source.turn().transpose ? task.plan.scaled.swapped() : task.plan.scaled;
        const double divisor = task.half_colour ? 2 : 1;
        demand.luma_x = std::max<double>(demand.luma_x, scaled.width);
        demand.luma_y = std::max<double>(demand.luma_y, scaled.height);
        demand.chroma_x = std::max(demand.chroma_x, scaled.width / divisor);
        demand.chroma_y = std::max(demand.chroma_y, scaled.height / divisor);
    }
    return demand;
}

bool samples_suffice(const Source& source, const Demand& demand, int eighths) noexcept {
    for (int c = 0; c < source.reader().header().num_components; ++c)
        if (!component_suffices(source, demand, c, eighths))
            return false;
    return true;
}

fast::Planes decode_dc(const Source& source, const Reading& reading, fast::Pace& pace) {
    check_memory(source, 1);
    return to_planes(source, source.progressive() ? read_progressive_dc(source, pace)
                                                  : read_baseline_dc(source, reading, pace));
}

fast::Planes decode(Source& source, const Demand& demand, const Reading& reading,
                    fast::Pace& pace) {
    if (samples_suffice(source, demand, 1))
        return decode_dc(source, reading, pace);
    const auto sides = source.progressive() ? std::nullopt : choose_sides(source, demand);
    if (sides) {
        check_memory(source, *std::max_element(sides->begin(), sides->end()));
        return decode_baseline_scaled(source, *sides, reading, pace);
    }
    const int eighths = choose_eighths(source.stored(), demand);
    check_memory(source, eighths);
    return decode_scaled(source, eighths, pace);
}

} // namespace thumbjobs::jpeg
