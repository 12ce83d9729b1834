#pragma once

#include <thumbjobs/blob.h>

#include <cstdint>
#include <string>
#include <vector>

namespace thumbjobs::test {

/// What a JPEG file that libjpeg writes shall be like.
struct JpegRecipe {
    int width = 0;
    int height = 0;
    int components = 3; ///< 1: grey.
    int luma_h = 1;     ///< Sampling factors of luma; those of the colour planes are `colour_h`...
    int luma_v = 1;
    int colour_h = 1;
    int colour_v = 1;
    int quality = 80;
    int restart_interval = 0; ///< MCUs.
    bool progressive = false;
    bool separate_dc = false; ///< Progressive: a DC scan for each component.
    bool optimised = false;   ///< Huffman tables of its own.
    bool three_scans = false; ///< Baseline, a scan for each component.
    bool arithmetic = false;  ///< Coded arithmetically.
    bool rgb = false;         ///< Stored as RGB.
    bool smooth = false;      ///< Without noise: a few bits a block.
    Bytes app_1{};            ///< Payload of a segment, if not empty.
    Bytes app_2{};            ///< Payload of a segment, if not empty.
};

/// What the picture of every such file shows, before it is encoded: RGB, or grey.
std::vector<std::uint8_t> corpus_pixels(const JpegRecipe& recipe);

/// The same bytes on every call.
Bytes make_jpeg(const JpegRecipe& recipe);

struct NamedJpeg {
    std::string name;
    Bytes data;
    bool progressive = false;
};

/// All sampling factors in use, restart intervals, qualities, table layouts, odd sizes, baseline
/// and progressive.
std::vector<NamedJpeg> jpeg_corpus();

/// Copies `file` and damages it, as `seed` says: bytes changed, cut out or put in.
Bytes mutated(const Bytes& file, std::uint32_t seed);

/// The lowest coefficients as libjpeg reads them, component by component and row by row of blocks,
/// without filling; those of a block row by row.
struct LibjpegLow {
    bool failed = false; ///< An error: no coefficients.
    bool warned = false;
    std::vector<std::vector<std::int16_t>> values{};
};

/// `side`: how many along both sides of a block; 1: DC alone.
LibjpegLow libjpeg_low(ByteView file, int side = 1);

} // namespace thumbjobs::test
