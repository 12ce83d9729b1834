#pragma once

#include <thumbjobs/resizer.h>

#include <exception>

namespace thumbjobs::fast {

/// Passes the progress of one resize on and says when to stop. For one thread.
class Pace {
public:
    explicit Pace(const ResizeRequest& request) noexcept : request_(request) {}

    /// So much of the work is done. False when it must stop; check() then throws the reason.
    bool reached(double fraction) noexcept;

    /// Throws Error(cancelled), or what the progress callback threw.
    void check() const;

    /// The largest fraction that was passed on; negative before the first.
    double reported() const noexcept { return reported_; }

private:
    bool cancelled() const noexcept { return request_.cancel && request_.cancel->cancelled(); }

    const ResizeRequest& request_;
    double reported_ = -1;
    std::exception_ptr thrown_; // The callback's: it must not pass through libjpeg's frames.
};

} // namespace thumbjobs::fast
