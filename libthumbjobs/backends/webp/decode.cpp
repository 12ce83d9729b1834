#include "backends/webp/decode.h"

#include "backends/fast/box.h"
#include "backends/fast/hand_over.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <webp/decode.h>

namespace thumbjobs::webp {
namespace {

// Given to the decoder at a time: how soon it notices that nobody waits any more.
constexpr std::size_t piece = std::size_t{64} * 1024;

// From this shrinking on, the smoothing of block edges is lost in the average: it moves light from
// one side of an edge to the other.
constexpr int unfiltered_from = 4;

struct EndDecoder {
    void operator()(WebPIDecoder* decoder) const noexcept { ::WebPIDelete(decoder); }
};

/// The decoder's own planes.
class Picture {
public:
    Picture(ByteView file, bool unfiltered, fast::Pace& pace) {
        if (::WebPInitDecoderConfig(&config_) == 0)
            throw fast::HandOver{};
        config_.output.colorspace = MODE_YUV;
        config_.options.bypass_filtering = unfiltered ? 1 : 0;
        const auto* const data = reinterpret_cast<const std::uint8_t*>(file.data());
        decoder_.reset(::WebPIDecode(nullptr, 0, &config_));
        if (!decoder_)
            throw fast::HandOver{};
        VP8StatusCode status = VP8_STATUS_SUSPENDED;
        for (std::size_t given = 0; status == VP8_STATUS_SUSPENDED && given < file.size();) {
            given = std::min(given + piece, file.size());
            status = ::WebPIUpdate(decoder_.get(), data, given);
            if (!pace.reached(static_cast<double>(given) / static_cast<double>(file.size())))
                pace.check();
        }
        if (status != VP8_STATUS_OK)
            throw fast::HandOver{};
    }
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    ~Picture() { ::WebPFreeDecBuffer(&config_.output); }

    const WebPYUVABuffer& planes() const noexcept { return config_.output.u.YUVA; }

private:
    WebPDecoderConfig config_{};
    std::unique_ptr<WebPIDecoder, EndDecoder> decoder_;
};

// Of ITU-R BT.601, as WebP has it; JFIF uses the whole byte.
constexpr fast::SampleRange luma_range{.centre = 16, .becomes = 0, .span = 219};
constexpr fast::SampleRange colour_range{.centre = 128, .becomes = 128, .span = 224};

fast::Plane shrink(const std::uint8_t* samples, int stride, Size size, Size target,
                   fast::SampleRange range) {
    fast::BoxShrinker shrinker(size.width, size.height, fast::box_factor(size.width, target.width),
                               fast::box_factor(size.height, target.height), range);
    for (int y = 0; y < size.height; ++y)
        shrinker.add(samples + std::ptrdiff_t{stride} * y);
    return shrinker.take();
}

} // namespace

fast::Planes decode(ByteView file, Size size, const Demand& demand, fast::Pace& pace) {
    const bool unfiltered = size.width >= unfiltered_from * demand.luma.width &&
                            size.height >= unfiltered_from * demand.luma.height;
    const Picture picture(file, unfiltered, pace);
    const WebPYUVABuffer& from = picture.planes();
    const Size colour{(size.width + 1) / 2, (size.height + 1) / 2};
    fast::Planes planes;
    planes.count = 3;
    planes.plane[0] = shrink(from.y, from.y_stride, size, demand.luma, luma_range);
    planes.plane[1] = shrink(from.u, from.u_stride, colour, demand.colour, colour_range);
    planes.plane[2] = shrink(from.v, from.v_stride, colour, demand.colour, colour_range);
    // Of an odd side, the last colour sample lies half outside.
    for (fast::Plane* plane : {&planes.plane[1], &planes.plane[2]}) {
        plane->extent_x *= size.width / (2.0 * colour.width);
        plane->extent_y *= size.height / (2.0 * colour.height);
    }
    return planes;
}

} // namespace thumbjobs::webp
