#include "backends/jpeg/render.h"

#include "backends/jpeg/encode.h"
#include "backends/jpeg/refusal.h"
#include "backends/jpeg/resample.h"
#include "backends/jpeg/rgb.h"

#include <algorithm>

namespace thumbjobs::jpeg {
namespace {

constexpr int default_quality = 80;

bool looks_at_picture(const RenditionSpec& spec, const Plan& plan) noexcept {
    return plan.kept != plan.scaled &&
           (spec.gravity == Gravity::attention || spec.gravity == Gravity::entropy);
}

int quality_of(const RenditionSpec& spec) noexcept {
    return spec.quality ? spec.quality : default_quality;
}

Task plan_task(const Source& source, const RenditionSpec& spec) {
    Task task{&spec, plan_rendition(source.upright(), spec)};
    if (spec.linear_light || (spec.keep_profile && source.has_profile()) ||
        task.plan.cut != source.upright())
        throw HandOver{};
    // The picture has no transparency: without a border, automatic means JPEG.
    const bool is_jpeg =
        spec.format == OutputFormat::jpeg || spec.format == OutputFormat::automatic;
    task.direct =
        is_jpeg && task.plan.canvas == task.plan.kept && !looks_at_picture(spec, task.plan);
    task.half_colour = task.direct && quality_of(spec) < full_colour_quality;
    return task;
}

/// The part of the scaled picture that is made: all of it, or what the crop keeps.
struct Window {
    Point at;
    Size size;
};

Window window_of(const Task& task) noexcept {
    if (looks_at_picture(*task.spec, task.plan))
        return {{}, task.plan.scaled};
    return {place(task.spec->gravity, task.plan.scaled, task.plan.kept), task.plan.kept};
}

/// Resamples one plane to its part of the window, upright. `divisor` is 2 for a colour plane of
/// half the sides: each of its samples covers two target units, from the window's corner on.
SmallPlane make_plane(const Source& source, const Plane& plane, const Task& task, int divisor,
                      int alignment) {
    const Window window = window_of(task);
    const Turn& turn = source.turn();
    const auto axis = [divisor](int samples, double extent, int target, int first, int length,
                                bool mirrored) {
        return make_taps({.samples = samples,
                          .extent = extent,
                          .target = static_cast<double>(target),
                          .first = static_cast<double>(first),
                          .step = static_cast<double>(divisor),
                          .outputs = (length + divisor - 1) / divisor,
                          .mirrored = mirrored});
    };
    const Size scaled = task.plan.scaled;
    const Taps x = turn.transpose ? axis(plane.width, plane.extent_x, scaled.height, window.at.y,
                                         window.size.height, turn.mirror_x)
                                  : axis(plane.width, plane.extent_x, scaled.width, window.at.x,
                                         window.size.width, turn.mirror_x);
    const Taps y = turn.transpose ? axis(plane.height, plane.extent_y, scaled.width, window.at.x,
                                         window.size.width, turn.mirror_y)
                                  : axis(plane.height, plane.extent_y, scaled.height, window.at.y,
                                         window.size.height, turn.mirror_y);
    SmallPlane made = resample(plane, x, y, alignment, best_kernels());
    return turn.transpose ? transpose(made, alignment) : made;
}

} // namespace

std::vector<Task> plan_tasks(const Source& source, const std::vector<RenditionSpec>& specs) {
    std::vector<Task> tasks;
    for (const RenditionSpec& spec : specs)
        tasks.push_back(plan_task(source, spec));
    return tasks;
}

Demand demand_of(const Source& source, const std::vector<Task>& tasks) noexcept {
    Demand demand;
    for (const Task& task : tasks) {
        const Size scaled = source.turn().transpose ? task.plan.scaled.swapped() : task.plan.scaled;
        const double divisor = task.half_colour ? 2 : 1;
        demand.luma_x = std::max<double>(demand.luma_x, scaled.width);
        demand.luma_y = std::max<double>(demand.luma_y, scaled.height);
        demand.chroma_x = std::max(demand.chroma_x, scaled.width / divisor);
        demand.chroma_y = std::max(demand.chroma_y, scaled.height / divisor);
    }
    return demand;
}

EncodedImage make_rendition(const Source& source, const Planes& planes, const Task& task,
                            const Finisher& finisher) {
    SmallPlanes made;
    for (const Plane& plane : planes.all()) {
        const bool colour = !made.empty();
        made.push_back(make_plane(source, plane, task, colour && task.half_colour ? 2 : 1,
                                  colour ? chroma_alignment : luma_alignment));
    }
    if (!task.direct)
        return finisher.finish(to_pixels(made), task.plan, *task.spec);
    return {encode(made, quality_of(*task.spec)), "image/jpeg", made[0].width, made[0].height};
}

} // namespace thumbjobs::jpeg
