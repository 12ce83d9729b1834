#include "backends/jpeg/dc_scan.h"

#include "backends/fast/hand_over.h"

#include <algorithm>

namespace thumbjobs::jpeg {
namespace {

int divided_up(int value, int by) noexcept {
    return (value + by - 1) / by;
}

Size mcus_of(const Source& source) noexcept {
    const jpeg_decompress_struct& header = source.reader().header();
    return {divided_up(source.stored().width, header.max_h_samp_factor * DCTSIZE),
            divided_up(source.stored().height, header.max_v_samp_factor * DCTSIZE)};
}

} // namespace

Size filled_blocks(const Source& source, const jpeg_component_info& component) noexcept {
    const Size mcus = mcus_of(source);
    return {mcus.width * component.h_samp_factor, mcus.height * component.v_samp_factor};
}

DcPlanes make_dc_planes(const Source& source) {
    const jpeg_decompress_struct& header = source.reader().header();
    DcPlanes planes;
    for (int c = 0; c < header.num_components; ++c) {
        const Size blocks = filled_blocks(source, header.comp_info[c]);
        DcPlane plane{blocks.width, blocks.height};
        plane.values.resize(static_cast<std::size_t>(plane.wide) *
                            static_cast<std::size_t>(plane.high));
        planes.push_back(std::move(plane));
    }
    return planes;
}

ScanLayout::ScanLayout(const Source& source, const std::vector<std::size_t>& components) {
    const jpeg_decompress_struct& header = source.reader().header();
    steps.resize(static_cast<std::size_t>(header.num_components));
    if (components.size() == 1) {
        // Alone, a component has its blocks in plain rows, without filling.
        const jpeg_component_info& component = header.comp_info[components[0]];
        mcus_wide = static_cast<int>(component.width_in_blocks);
        mcus_high = static_cast<int>(component.height_in_blocks);
        blocks.push_back({components[0], 0, 0});
        return;
    }
    const Size mcus = mcus_of(source);
    mcus_wide = mcus.width;
    mcus_high = mcus.height;
    for (const std::size_t c : components) {
        const jpeg_component_info& component = header.comp_info[c];
        steps[c] = {component.h_samp_factor, component.v_samp_factor};
        for (int y = 0; y < component.v_samp_factor; ++y)
            for (int x = 0; x < component.h_samp_factor; ++x)
                blocks.push_back({c, x, y});
    }
    if (blocks.size() > D_MAX_BLOCKS_IN_MCU)
        throw fast::HandOver{};
}

fast::Planes to_planes(const Source& source, const DcPlanes& coefficients) {
    const jpeg_decompress_struct& header = source.reader().header();
    fast::Planes planes;
    planes.count = static_cast<int>(coefficients.size());
    for (std::size_t c = 0; c < coefficients.size(); ++c) {
        const jpeg_component_info& component = header.comp_info[c];
        const DcPlane& from = coefficients[c];
        const int quantum = header.quant_tbl_ptrs[component.quant_tbl_no]->quantval[0];
        fast::Plane& plane = planes.plane[c];
        plane.width = static_cast<int>(component.width_in_blocks);
        plane.height = static_cast<int>(component.height_in_blocks);
        plane.stride = static_cast<std::size_t>(from.wide);
        plane.extent_x = static_cast<double>(source.stored().width) * component.h_samp_factor /
                         (header.max_h_samp_factor * DCTSIZE);
        plane.extent_y = static_cast<double>(source.stored().height) * component.v_samp_factor /
                         (header.max_v_samp_factor * DCTSIZE);
        plane.samples.resize(from.values.size());
        std::transform(from.values.begin(), from.values.end(), plane.samples.begin(),
                       [quantum](int value) {
                           return static_cast<std::uint8_t>(
                               std::clamp(((value * quantum + 4) >> 3) + CENTERJSAMPLE, 0, 255));
                       });
    }
    return planes;
}

} // namespace thumbjobs::jpeg
