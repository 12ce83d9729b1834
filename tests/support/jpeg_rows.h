#pragma once

#include "backends/fast/hand_over.h"
#include "backends/fast/pace.h"
#include "backends/jpeg/baseline_scan.h"
#include "backends/jpeg/dc_scan.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace thumbjobs::test {

/// Keeps the lowest coefficients of a file's blocks, in the layout of libjpeg_low().
class KeptRows final : public jpeg::BlockRows {
public:
    KeptRows(const jpeg::Source& source, int side) : side_(side) {
        const jpeg_decompress_struct& header = source.reader().header();
        for (int c = 0; c < header.num_components; ++c) {
            const jpeg_component_info& component = header.comp_info[c];
            const Size filled = jpeg::filled_blocks(source, component);
            Part part{static_cast<std::size_t>(filled.width),
                      static_cast<std::size_t>(component.width_in_blocks),
                      static_cast<std::size_t>(component.height_in_blocks),
                      static_cast<std::size_t>(filled.width) *
                          static_cast<std::size_t>(filled.height),
                      {}};
            part.planes.resize(part.step * (static_cast<std::size_t>(side * side) + 1));
            parts_.push_back(std::move(part));
        }
    }

    int side(std::size_t) const override { return side_; }
    std::size_t coefficient_step(std::size_t component) const override {
        return parts_[component].step;
    }
    std::int16_t* row(std::size_t component, int y) override {
        Part& part = parts_[component];
        return part.planes.data() + static_cast<std::size_t>(y) * part.filled;
    }
    void end(std::size_t, int, int) override {}

    /// Without filling.
    std::vector<std::vector<std::int16_t>> values() const {
        std::vector<std::vector<std::int16_t>> all;
        for (const Part& part : parts_) {
            auto& values = all.emplace_back();
            for (std::size_t y = 0; y < part.high; ++y)
                for (std::size_t x = 0; x < part.wide; ++x)
                    for (std::size_t k = 0; k < static_cast<std::size_t>(side_ * side_); ++k)
                        values.push_back(part.planes[k * part.step + y * part.filled + x]);
        }
        return all;
    }

private:
    struct Part {
        std::size_t filled; // Blocks of a row.
        std::size_t wide;   // Of them, those of the picture.
        std::size_t high;
        std::size_t step;
        std::vector<std::int16_t> planes;
    };

    int side_;
    std::vector<Part> parts_;
};

/// What a decode needs besides the file.
struct Nobody {
    std::vector<RenditionSpec> specs{};
    ImageLimits limits{};
    ResizeRequest request{.input = {}, .specs = specs, .limits = limits};
    fast::Pace pace{request};
};

/// The lowest coefficients of a baseline file, in the layout of libjpeg_low(). Nothing where it is
/// handed over.
inline std::optional<std::vector<std::vector<std::int16_t>>>
our_low(ByteView file, int side = 1, const jpeg::Reading& reading = {}) {
    try {
        Nobody nobody;
        const jpeg::Source source(file);
        KeptRows rows(source, side);
        jpeg::read_baseline(source, rows, reading, nobody.pace);
        return rows.values();
    } catch (const fast::HandOver&) {
        return std::nullopt;
    }
}

} // namespace thumbjobs::test
