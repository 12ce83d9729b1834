#include "src/progress.h"

#include <thumbjobs/error.h>

#include <algorithm>

namespace thumbjobs {

void ProgressReport::operator()(double value) noexcept {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) // another thread is at it
        return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < interval)
        return;
    last_ = now;
    try {
        core_.store.report_progress(attempt_.lease, std::clamp(value, 0.0, 1.0));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::lease_lost)
            attempt_.stop(StopReason::lost);
    } catch (...) { // the next report may get through
    }
}

} // namespace thumbjobs
