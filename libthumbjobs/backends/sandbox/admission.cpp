#include "backends/sandbox/admission.h"

#include <chrono>
#include <utility>

namespace thumbjobs::sandbox {
namespace {

// A CancelToken cannot wake anyone: it is looked at this often.
constexpr std::chrono::milliseconds cancel_interval{50};

} // namespace

Admission::Ticket::Ticket(Ticket&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

Admission::Ticket& Admission::Ticket::operator=(Ticket&& other) noexcept {
    std::swap(admission_, other.admission_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Admission::Ticket::~Ticket() {
    if (admission_)
        admission_->release(bytes_);
}

Admission::Ticket Admission::try_admit(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty() || bytes > budget_ - used_)
        return {};
    used_ += bytes;
    return {this, bytes};
}

Admission::Ticket Admission::admit(std::int64_t bytes, const CancelToken* cancel) {
    std::unique_lock lock(mutex_);
    const auto place = waiting_.insert(waiting_.end(), 0);
    bool cancelled = false;
    while (place != waiting_.begin() || bytes > budget_ - used_) {
        cancelled = cancel && cancel->cancelled();
        if (cancelled)
            break;
        changed_.wait_for(lock, cancel_interval);
    }
    waiting_.erase(place);
    if (!cancelled)
        used_ += bytes;
    lock.unlock();
    changed_.notify_all(); // the next in line may fit as well
    return cancelled ? Ticket{} : Ticket{this, bytes};
}

std::int64_t Admission::in_use() const {
    const std::lock_guard lock(mutex_);
    return used_;
}

void Admission::release(std::int64_t bytes) noexcept {
    {
        const std::lock_guard lock(mutex_);
        used_ -= bytes;
    }
    changed_.notify_all();
}

} // namespace thumbjobs::sandbox
