// The PNG and WebP readers in front of libvips: no read or write outside. Checksums are mended, so
// that changes get past them.
#include "backends/fast/hand_over.h"
#include "backends/png/decode.h"
#include "backends/webp/container.h"
#include "support/png_corpus.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

using namespace thumbjobs;

namespace {

void read_png(ByteView file) {
    const std::vector<RenditionSpec> specs;
    const ImageLimits limits;
    const ResizeRequest request{.input = file, .specs = specs, .limits = limits};
    fast::Pace pace(request);
    png::ChunkReader reader(file);
    const png::Header header = png::read_header(reader);
    if (std::int64_t{header.width} * header.height > 4'000'000)
        return; // Slow, and no different.
    (void)png::decode(header, reader, {100, 70}, pace);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView view = std::as_bytes(std::span(data, size));
    try {
        (void)webp::read_header(view);
    } catch (const fast::HandOver&) {
    }
    Bytes file(view.begin(), view.end());
    test::mend_checksums(file);
    try {
        read_png(file);
    } catch (const fast::HandOver&) {
    }
    return 0;
}
