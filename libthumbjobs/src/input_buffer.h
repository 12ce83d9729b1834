#pragma once

#include <thumbjobs/blob.h>

#include <cstddef>
#include <memory>

namespace thumbjobs {

/// A slot's room for images that their storage does not have in memory. It is kept from job to
/// job, since fresh pages cost more than the copy. Not thread-safe.
class InputBuffer {
public:
    /// All bytes of `blob`: its own memory, or a copy that stays until the next call. Throws
    /// Error(storage_unavailable), Error(not_found).
    ByteView load(const Blob& blob);

    /// Gives the memory back, before a pause.
    void release() noexcept;

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t capacity_ = 0;
};

} // namespace thumbjobs
