#include "body.h"

namespace thumbd::http {

bool ByteBudget::try_take(std::uint64_t bytes) noexcept {
    std::uint64_t used = used_.load();
    do {
        if (bytes > limit_ || used > limit_ - bytes) {
            return false;
        }
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
}

BudgetShare::~BudgetShare() {
    if (budget_) {
        budget_->give_back(bytes_);
    }
}

BudgetShare::BudgetShare(BudgetShare&& other) noexcept
    : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}

BudgetShare& BudgetShare::operator=(BudgetShare&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

bool BudgetShare::grow(std::uint64_t bytes) noexcept {
    if (!budget_ || !budget_->try_take(bytes)) {
        return false;
    }
    bytes_ += bytes;
    return true;
}

} // namespace thumbd::http
