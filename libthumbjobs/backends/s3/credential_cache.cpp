#include "backends/s3/credential_cache.h"

#include <thumbjobs/error.h>

#include <algorithm>

namespace thumbjobs {

bool CredentialCache::usable() const {
    return current_ && (!current_->expires || clock_.wall() < *current_->expires);
}

bool CredentialCache::due() const {
    return !usable() || clock_.wall() >= renew_at_;
}

std::shared_ptr<const Credentials> CredentialCache::get(Deadline deadline) {
    std::unique_lock lock(mutex_);
    while (due()) {
        if (!loading_) {
            load(lock, deadline);
            break;
        }
        if (usable())
            break; // another thread renews them
        if (loaded_.wait_until(lock, deadline) == std::cv_status::timeout)
            throw Error(ErrorCode::storage_unavailable,
                        "The image storage's credentials did not come in time.",
                        source_->describe());
    }
    return current_;
}

void CredentialCache::load(std::unique_lock<std::mutex>& lock, Deadline deadline) {
    loading_ = true;
    lock.unlock();
    std::shared_ptr<const Credentials> loaded;
    std::exception_ptr failure;
    try {
        loaded = std::make_shared<const Credentials>(source_->load(deadline));
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    loading_ = false;
    loaded_.notify_all();
    const WallTime now = clock_.wall();
    if (failure) {
        if (!usable())
            std::rethrow_exception(failure);
        renew_at_ = now + retry_after;
        return;
    }
    current_ = std::move(loaded);
    renew_at_ = WallTime::max();
    if (current_->expires)
        renew_at_ = std::max(*current_->expires - margin, now + (*current_->expires - now) / 2);
}

void CredentialCache::reject(const std::shared_ptr<const Credentials>& refused) {
    const std::lock_guard lock(mutex_);
    if (current_ == refused)
        current_.reset();
}

} // namespace thumbjobs
