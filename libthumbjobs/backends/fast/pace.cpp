#include "backends/fast/pace.h"

#include <thumbjobs/error.h>

#include <algorithm>

namespace thumbjobs::fast {
namespace {

constexpr double smallest_step = 0.01;

} // namespace

bool Pace::reached(double fraction) noexcept {
    if (thrown_ || cancelled())
        return false;
    fraction = std::min(fraction, 1.0);
    const bool worth_telling =
        fraction >= reported_ + smallest_step || (fraction == 1.0 && reported_ < 1.0);
    if (!request_.progress || !worth_telling)
        return true;
    reported_ = fraction;
    try {
        request_.progress(fraction);
    } catch (...) {
        thrown_ = std::current_exception();
    }
    return !thrown_ && !cancelled();
}

void Pace::check() const {
    if (thrown_)
        std::rethrow_exception(thrown_);
    if (cancelled())
        throw Error(ErrorCode::cancelled, "The resize was cancelled.");
}

} // namespace thumbjobs::fast
