#include "backends/jpeg/render.h"

#include "backends/fast/rgb.h"
#include "backends/jpeg/encode.h"

namespace thumbjobs::jpeg {

EncodedImage make_rendition(const fast::Turn& turn, const fast::Planes& planes,
                            const fast::Task& task, const Finisher& finisher) {
    fast::SmallPlanes made;
    for (const fast::Plane& plane : planes.all()) {
        const bool colour = !made.empty();
        made.push_back(fast::make_plane(turn, plane, task, colour && task.half_colour ? 2 : 1,
                                        colour ? chroma_alignment : luma_alignment));
    }
    if (!task.direct)
        return finisher.finish(fast::to_pixels(made), task.plan, *task.spec);
    return {encode(made, fast::jpeg_quality_of(*task.spec)), "image/jpeg", made[0].width,
            made[0].height};
}

} // namespace thumbjobs::jpeg
