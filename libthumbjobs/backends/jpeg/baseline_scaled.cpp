#include "backends/jpeg/baseline_scaled.h"

#include "backends/jpeg/baseline_scan.h"
#include "backends/jpeg/dc_scan.h"
#include "backends/jpeg/idct.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace thumbjobs::jpeg {
namespace {

std::size_t rounded_up(std::size_t value, std::size_t to) noexcept {
    return (value + to - 1) / to * to;
}

/// Holds the coefficients of a row of MCUs, and makes samples of them when it is complete.
class ScaledRows final : public BlockRows {
public:
    ScaledRows(const Source& source, const Sides& sides) {
        const jpeg_decompress_struct& header = source.reader().header();
        planes_.count = header.num_components;
        for (std::size_t c = 0; c < static_cast<std::size_t>(planes_.count); ++c)
            planes_.plane[c] = prepare(source, header.comp_info[c], sides[c]);
    }

    int side(std::size_t component) const override { return parts_[component].side; }

    std::size_t coefficient_step(std::size_t component) const override {
        return parts_[component].step;
    }

    std::int16_t* row(std::size_t component, int y) override {
        Part& part = parts_[component];
        return part.coefficients.data() + static_cast<std::size_t>(y % part.rows) * part.row_step;
    }

    void end(std::size_t component, int first, int count) override {
        Part& part = parts_[component];
        fast::Plane& plane = planes_.plane[component];
        const auto side = static_cast<std::size_t>(part.side);
        for (int y = first; y < first + count; ++y)
            best_inverse_dct().rows[side - 1](
                row(component, y), part.step, part.quanta.data(), part.blocks,
                plane.samples.data() + static_cast<std::size_t>(y) * side * plane.stride,
                plane.stride);
        std::fill(part.coefficients.begin(), part.coefficients.end(), std::int16_t{0});
    }

    fast::Planes take() noexcept { return std::move(planes_); }

private:
    struct Part {
        int side;
        int rows;           // Of blocks, in a row of MCUs.
        std::size_t blocks; // Of each.
        std::size_t row_step;
        std::size_t step; // From coefficient to coefficient.
        std::array<std::uint16_t, InverseDct::max_side * InverseDct::max_side> quanta;
        std::vector<std::int16_t> coefficients;
    };

    fast::Plane prepare(const Source& source, const jpeg_component_info& component, int side) {
        const jpeg_decompress_struct& header = source.reader().header();
        const Size blocks = filled_blocks(source, component);
        Part part{};
        part.side = side;
        part.rows = component.v_samp_factor;
        part.blocks = static_cast<std::size_t>(blocks.width);
        part.row_step = rounded_up(part.blocks, InverseDct::together);
        part.step = part.row_step * static_cast<std::size_t>(part.rows);
        const auto corner = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
        part.coefficients.resize((corner + 1) * part.step);
        const UINT16* const quanta = header.quant_tbl_ptrs[component.quant_tbl_no]->quantval;
        for (int v = 0; v < side; ++v)
            std::copy_n(quanta + v * DCTSIZE, side, part.quanta.begin() + v * side);

        fast::Plane plane;
        plane.extent_x = static_cast<double>(source.stored().width) * component.h_samp_factor *
                         side / (header.max_h_samp_factor * DCTSIZE);
        plane.extent_y = static_cast<double>(source.stored().height) * component.v_samp_factor *
                         side / (header.max_v_samp_factor * DCTSIZE);
        plane.width = static_cast<int>(std::ceil(plane.extent_x));
        plane.height = static_cast<int>(std::ceil(plane.extent_y));
        plane.stride = part.row_step * static_cast<std::size_t>(side) + InverseDct::beyond;
        plane.samples.resize(plane.stride * static_cast<std::size_t>(blocks.height * side));
        parts_.push_back(std::move(part));
        return plane;
    }

    std::vector<Part> parts_;
    fast::Planes planes_;
};

} // namespace

fast::Planes decode_baseline_scaled(const Source& source, const Sides& sides,
                                    const Reading& reading, fast::Pace& pace) {
    ScaledRows rows(source, sides);
    read_baseline(source, rows, reading, pace);
    return rows.take();
}

} // namespace thumbjobs::jpeg
