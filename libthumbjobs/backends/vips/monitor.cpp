#include "backends/vips/monitor.h"

#include <thumbjobs/error.h>

#include <algorithm>

namespace thumbjobs::vips {
namespace {

constexpr double smallest_step = 0.01;

} // namespace

Monitor::Monitor(const ResizeRequest& request, std::size_t steps)
    : cancel_(request.cancel), progress_(request.progress), steps_(static_cast<double>(steps)) {}

void Monitor::watch(Image& image) {
    if (!cancel_ && !progress_)
        return;
    Image watched(vips_image_new());
    check(vips_image_pipelinev(watched.get(), VIPS_DEMAND_STYLE_THINSTRIP, image.get(), nullptr));
    check(vips_image_generate(watched.get(), vips_start_one, pass_rows, vips_stop_one, image.get(),
                              this));
    // The link between the two keeps neither alive.
    VipsImage* const source = image.share().release();
    g_object_set_data_full(G_OBJECT(watched.get()), "thumbjobs-source", source, g_object_unref);
    image = std::move(watched);
}

int Monitor::pass_rows(VipsRegion* out, void* sequence, void* image, void* self,
                       gboolean*) noexcept {
    auto* const in = static_cast<VipsRegion*>(sequence);
    const VipsRect& area = out->valid;
    const double rows = static_cast<VipsImage*>(image)->Ysize;
    if (static_cast<Monitor*>(self)->stops_at((area.top + area.height) / rows)) {
        vips_error("thumbjobs", "stopped");
        return -1;
    }
    // The rows are not copied: `out` shows those of `in`.
    return vips_region_prepare(in, &area) != 0 ||
                   vips_region_region(out, in, &area, area.left, area.top) != 0
               ? -1
               : 0;
}

bool Monitor::stops_at(double fraction_of_step) noexcept {
    try {
        if (cancelled())
            return true;
        report(fraction_of_step);
        return cancelled();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!thrown_)
            thrown_ = std::current_exception();
        return true;
    }
}

void Monitor::check_cancelled() {
    if (cancelled())
        throw Error(ErrorCode::cancelled, "The resize was cancelled.");
    const std::lock_guard lock(mutex_);
    if (thrown_)
        std::rethrow_exception(thrown_);
}

void Monitor::step_done() {
    {
        const std::lock_guard lock(mutex_);
        done_ += 1;
    }
    report(0);
}

void Monitor::report(double fraction_of_step) {
    if (!progress_)
        return;
    const std::lock_guard lock(mutex_);
    const double fraction = std::min(1.0, (done_ + fraction_of_step) / steps_);
    if (fraction < reported_ + smallest_step && !(fraction == 1.0 && reported_ < 1.0))
        return;
    reported_ = fraction;
    progress_(fraction);
}

} // namespace thumbjobs::vips
