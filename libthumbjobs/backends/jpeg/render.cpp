#include "backends/jpeg/render.h"

#include "backends/fast/rgb.h"
#include "backends/fast/srgb_profile.h"
#include "backends/jpeg/encode.h"

#include <algorithm>

namespace thumbjobs::jpeg {
namespace {

EncodedImage encoded(const fast::SmallPlanes& planes, const RenditionSpec& spec) {
    return {encode(planes, fast::jpeg_quality_of(spec)), "image/jpeg", planes[0].width,
            planes[0].height};
}

/// Converts to sRGB, or leaves that to the finisher.
EncodedImage convert(PixelImage pixels, const fast::Task& task, const Finisher& finisher) {
    const auto profile = fast::read_rgb_profile(task.profile);
    const auto conversion = profile ? fast::ToSrgb::from(*profile) : std::nullopt;
    if (!conversion) {
        pixels.profile = task.profile;
        return finisher.finish(pixels, task.plan, *task.spec);
    }
    conversion->convert(pixels.pixels);
    if (!task.direct)
        return finisher.finish(pixels, task.plan, *task.spec);
    return encode_pixels(pixels, *task.spec);
}

} // namespace

EncodedImage encode_pixels(const PixelImage& pixels, const RenditionSpec& spec) {
    const bool half_colour = fast::jpeg_quality_of(spec) < fast::full_colour_quality;
    return encoded(fast::to_planes(pixels, half_colour, std::max(luma_alignment, chroma_alignment)),
                   spec);
}

EncodedImage make_rendition(const fast::Turn& turn, const fast::Planes& planes,
                            const fast::Task& task, const Finisher& finisher) {
    fast::SmallPlanes made;
    for (const fast::Plane& plane : planes.all()) {
        const bool colour = !made.empty();
        made.push_back(fast::make_plane(turn, plane, task, colour && task.half_colour ? 2 : 1,
                                        colour ? chroma_alignment : luma_alignment));
    }
    if (!task.profile.empty())
        return convert(fast::to_pixels(made), task, finisher);
    if (!task.direct)
        return finisher.finish(fast::to_pixels(made), task.plan, *task.spec);
    return encoded(made, *task.spec);
}

} // namespace thumbjobs::jpeg
