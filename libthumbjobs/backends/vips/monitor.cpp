#include "backends/vips/monitor.h"

#include <thumbjobs/error.h>

#include <algorithm>

namespace thumbjobs::vips {
namespace {

constexpr double smallest_step = 0.01;

} // namespace

Monitor::Monitor(const ResizeRequest& request, std::size_t steps)
    : cancel_(request.cancel), progress_(request.progress), steps_(static_cast<double>(steps)) {}

void Monitor::watch(const Image& image) {
    if (!cancel_ && !progress_)
        return;
    vips_image_set_progress(image.get(), TRUE);
    g_signal_connect(image.get(), "eval", G_CALLBACK(on_eval), this);
}

void Monitor::on_eval(VipsImage* image, VipsProgress* progress, Monitor* self) noexcept {
    try {
        if (!self->cancelled()) {
            self->report(progress->percent / 100.0);
            return;
        }
    } catch (...) {
        const std::lock_guard lock(self->mutex_);
        if (!self->thrown_)
            self->thrown_ = std::current_exception();
    }
    vips_image_set_kill(image, TRUE);
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
