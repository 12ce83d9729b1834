#include "src/input_buffers.h"

#include <thumbjobs/error.h>

#include <string>
#include <utility>

namespace thumbjobs {

InputBuffers::Loan::~Loan() {
    if (!bytes_)
        return;
    const std::lock_guard lock(lender_.mutex_);
    if (lender_.spares_.size() < lender_.most_spares_)
        lender_.spares_.push_back({std::move(bytes_), capacity_});
}

ByteView InputBuffers::Loan::load(const Blob& blob) {
    const ByteView view = blob.view();
    if (!view.empty())
        return view;
    const auto size = static_cast<std::size_t>(blob.size());
    make_room(size);
    std::size_t filled = 0;
    while (filled < size) {
        const std::size_t count = blob.read(static_cast<std::int64_t>(filled),
                                            std::span(bytes_.get() + filled, size - filled));
        if (count == 0)
            throw Error(ErrorCode::storage_unavailable, "The stored image ends early.",
                        std::to_string(filled) + " of " + std::to_string(size) + " bytes");
        filled += count;
    }
    return {bytes_.get(), size};
}

void InputBuffers::Loan::make_room(std::size_t size) {
    if (!bytes_) {
        const std::lock_guard lock(lender_.mutex_);
        if (!lender_.spares_.empty()) {
            bytes_ = std::move(lender_.spares_.back().bytes);
            capacity_ = lender_.spares_.back().capacity;
            lender_.spares_.pop_back();
        }
    }
    if (size <= capacity_)
        return;
    bytes_.reset(); // before there is another
    capacity_ = 0;
    bytes_.reset(new std::byte[size]); // not zeroed
    capacity_ = size;
}

void InputBuffers::release() noexcept {
    const std::lock_guard lock(mutex_);
    spares_.clear();
}

} // namespace thumbjobs
