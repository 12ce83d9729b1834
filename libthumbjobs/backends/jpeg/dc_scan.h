#pragma once

#include "backends/fast/pace.h"
#include "backends/fast/planes.h"
#include "backends/jpeg/source.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thumbjobs::jpeg {

/// The DC coefficients of one component, as they stand in the file, row by row. Rows and columns
/// are filled up to whole MCUs.
struct DcPlane {
    int wide = 0; ///< Blocks.
    int high = 0; ///< Blocks.
    std::vector<std::int16_t> values{};

    std::size_t index(int x, int y) const noexcept {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(wide) +
               static_cast<std::size_t>(x);
    }
};

using DcPlanes = std::vector<DcPlane>;

/// How many blocks a component has in whole MCUs.
Size filled_blocks(const Source& source, const jpeg_component_info& component) noexcept;

/// Zeros of the sizes that the source needs.
DcPlanes make_dc_planes(const Source& source);

/// The order in which a scan gives its blocks.
struct ScanLayout {
    struct Block {
        std::size_t component; ///< Its index in the file.
        int x;                 ///< Within the MCU.
        int y;
    };

    /// A scan of the components with these indices. Throws HandOver if libjpeg would refuse it.
    ScanLayout(const Source& source, const std::vector<std::size_t>& components);

    std::vector<Block> blocks{}; ///< Of one MCU; 10 at the most.
    int mcus_wide = 0;
    int mcus_high = 0;
    struct Step {
        int x = 1;
        int y = 1;
    };
    std::vector<Step> steps{}; ///< For each component of the file: blocks from MCU to MCU.
};

/// The planes at 1/8 of full size: one sample for each block, as libjpeg computes it.
fast::Planes to_planes(const Source& source, const DcPlanes& coefficients);

} // namespace thumbjobs::jpeg
