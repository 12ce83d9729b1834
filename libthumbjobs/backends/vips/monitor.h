#pragma once

#include "backends/vips/handles.h"

#include <thumbjobs/resizer.h>

#include <exception>
#include <mutex>

namespace thumbjobs::vips {

/// Watches the pipelines of one resize: passes their progress on and stops them when the call is
/// cancelled. Outlives every image that it watches.
class Monitor {
public:
    /// `steps`: how many renditions will be made.
    Monitor(const ResizeRequest& request, std::size_t steps);
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// Watches every evaluation of what is built on `image` from now on.
    void watch(const Image& image);

    /// Throws Error(cancelled) if the call was cancelled, or what the progress callback threw.
    void check_cancelled();

    /// One rendition is done.
    void step_done();

private:
    static void on_eval(VipsImage* image, VipsProgress* progress, Monitor* self) noexcept;
    bool cancelled() const noexcept { return cancel_ && cancel_->cancelled(); }
    void report(double fraction_of_step);

    const CancelToken* cancel_;
    const std::function<void(double)>& progress_;
    const double steps_;

    std::mutex mutex_;          // on_eval is called on libvips' threads.
    double done_ = 0;           // Renditions.
    double reported_ = -1;      // The last fraction that was passed on: it never goes back.
    std::exception_ptr thrown_; // By the callback: it must not pass through libvips' frames.
};

} // namespace thumbjobs::vips
