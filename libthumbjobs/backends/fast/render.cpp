#include "backends/fast/render.h"

#include "backends/fast/hand_over.h"
#include "backends/fast/kernels.h"
#include "backends/fast/taps.h"

namespace thumbjobs::fast {
namespace {

bool looks_at_picture(const RenditionSpec& spec, const Plan& plan) noexcept {
    return plan.kept != plan.scaled &&
           (spec.gravity == Gravity::attention || spec.gravity == Gravity::entropy);
}

Task plan_task(Size upright, bool has_profile, const RenditionSpec& spec, ByteView profile) {
    Task task{&spec, plan_rendition(upright, spec)};
    if (spec.linear_light || (spec.keep_profile && has_profile) || task.plan.cut != upright)
        throw HandOver{};
    // The picture has no transparency: without a border, automatic means JPEG.
    const bool is_jpeg =
        spec.format == OutputFormat::jpeg || spec.format == OutputFormat::automatic;
    task.profile = profile;
    task.direct =
        is_jpeg && task.plan.canvas == task.plan.kept && !looks_at_picture(spec, task.plan);
    task.half_colour =
        task.direct && profile.empty() && jpeg_quality_of(spec) < full_colour_quality;
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

} // namespace

// EXIF 2.32, 4.6.4: the orientation tag.
Turn turn_for(int orientation) noexcept {
    switch (orientation) {
    case 2:
        return {.mirror_x = true};
    case 3:
        return {.mirror_x = true, .mirror_y = true};
    case 4:
        return {.mirror_y = true};
    case 5:
        return {.transpose = true};
    case 6:
        return {.mirror_y = true, .transpose = true};
    case 7:
        return {.mirror_x = true, .mirror_y = true, .transpose = true};
    case 8:
        return {.mirror_x = true, .transpose = true};
    default:
        return {};
    }
}

int jpeg_quality_of(const RenditionSpec& spec) noexcept {
    return spec.quality ? spec.quality : default_quality;
}

std::vector<Task> plan_tasks(Size upright, bool has_profile,
                             const std::vector<RenditionSpec>& specs, ByteView profile) {
    std::vector<Task> tasks;
    for (const RenditionSpec& spec : specs)
        tasks.push_back(plan_task(upright, has_profile, spec, profile));
    return tasks;
}

SmallPlane make_plane(const Turn& turn, const Plane& plane, const Task& task, int divisor,
                      int alignment) {
    const Window window = window_of(task);
    const auto axis = [divisor](int samples, double extent, int target, int first, int length,
                                bool mirrored) {
        return recent_taps({.samples = samples,
                            .extent = extent,
                            .target = static_cast<double>(target),
                            .first = static_cast<double>(first),
                            .step = static_cast<double>(divisor),
                            .outputs = (length + divisor - 1) / divisor,
                            .mirrored = mirrored});
    };
    const Size scaled = task.plan.scaled;
    const auto x = turn.transpose ? axis(plane.width, plane.extent_x, scaled.height, window.at.y,
                                         window.size.height, turn.mirror_x)
                                  : axis(plane.width, plane.extent_x, scaled.width, window.at.x,
                                         window.size.width, turn.mirror_x);
    const auto y = turn.transpose ? axis(plane.height, plane.extent_y, scaled.width, window.at.x,
                                         window.size.width, turn.mirror_y)
                                  : axis(plane.height, plane.extent_y, scaled.height, window.at.y,
                                         window.size.height, turn.mirror_y);
    SmallPlane made = resample(plane, *x, *y, alignment, best_kernels());
    return turn.transpose ? transpose(made, alignment) : made;
}

} // namespace thumbjobs::fast
