#include "src/input_buffer.h"

#include <thumbjobs/error.h>

namespace thumbjobs {

ByteView InputBuffer::load(const Blob& blob) {
    const ByteView view = blob.view();
    if (!view.empty())
        return view;
    const auto size = static_cast<std::size_t>(blob.size());
    if (size > capacity_) {
        release();
        bytes_.reset(new std::byte[size]); // not zeroed
        capacity_ = size;
    }
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

void InputBuffer::release() noexcept {
    bytes_.reset();
    capacity_ = 0;
}

} // namespace thumbjobs
