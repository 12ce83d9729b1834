#pragma once

#include "backends/vips/handles.h"

#include <thumbjobs/resizer.h>

#include <exception>
#include <mutex>

namespace thumbjobs::vips {

/// Watches the pipelines of one resize: passes their progress on and stops them when the call is
/// cancelled. Outlives every image that it watches.
///
/// libvips' own progress signals come once per strip of the result; a thumbnail is a single strip.
/// So the watch stands right behind the decoder, where rows of the original pass.
class Monitor {
public:
    /// `steps`: how many renditions will be made.
    Monitor(const ResizeRequest& request, std::size_t steps);
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// Watches the rows that are read from `image` from now on. Free if nobody wants to know.
    void watch(Image& image);

    /// Throws Error(cancelled) if the call was cancelled, or what the progress callback threw.
    void check_cancelled();

    /// One rendition is done.
    void step_done();

private:
    static int pass_rows(VipsRegion* out, void* sequence, void* image, void* self,
                         gboolean* stop) noexcept;

    bool cancelled() const noexcept { return cancel_ && cancel_->cancelled(); }
    bool stops_at(double fraction_of_step) noexcept;
    void report(double fraction_of_step);

    const CancelToken* cancel_;
    const std::function<void(double)>& progress_;
    const double steps_;

    std::mutex mutex_;          // Rows pass on libvips' threads.
    double done_ = 0;           // Renditions.
    double reported_ = -1;      // The last fraction that was passed on: it never goes back.
    std::exception_ptr thrown_; // By the callback: it must not pass through libvips' frames.
};

} // namespace thumbjobs::vips
