#pragma once

#include <thumbjobs/blob.h>

#include <string>
#include <vector>

namespace thumbjobs::test {

/// What a PNG file shall be like.
struct PngRecipe {
    int width = 0;
    int height = 0;
    int colour = 2; ///< PNG's colour type: 0, 2, 3, 4 or 6.
    int depth = 8;
    int filter = 5;             ///< 0 to 4; 5: each row another one.
    int chunk = 1 << 20;        ///< Bytes of image data in a chunk.
    int level = 6;              ///< Of compression; 0: none.
    bool palette_alpha = false; ///< Indexed: with a tRNS chunk.
    int colours = 0;            ///< Of the palette; 0: as many as the depth has room for.
    Bytes before{};             ///< A finished chunk, before the image data.
};

/// A chunk with its checksum.
Bytes png_chunk(const std::string& type, ByteView data);

/// Noise and slopes; the same bytes on every call.
Bytes make_png(const PngRecipe& recipe);

/// Gives every chunk that can be found the checksum that it should have.
void mend_checksums(Bytes& file);

struct NamedPng {
    std::string name;
    Bytes data;
};

/// Every kind that the fast path takes, with every filter, odd sizes and short chunks.
std::vector<NamedPng> png_corpus();

} // namespace thumbjobs::test
