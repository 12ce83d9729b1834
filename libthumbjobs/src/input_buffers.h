#pragma once

#include <thumbjobs/blob.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace thumbjobs {

/// Memory for images that their storage does not have in memory. A buffer is kept for the next job,
/// and the one used last is lent first, since fresh pages cost more than the copy. Thread-safe.
class InputBuffers {
public:
    /// Keeps up to `spares` buffers that nobody uses.
    explicit InputBuffers(std::size_t spares) : most_spares_(spares) { spares_.reserve(spares); }

    /// One job's buffer; given back by the destructor. Not thread-safe.
    class Loan {
    public:
        explicit Loan(InputBuffers& lender) noexcept : lender_(lender) {}
        ~Loan();
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;

        /// All bytes of `blob`: its own memory, or a copy that stays until the next call. Throws
        /// Error(storage_unavailable), Error(not_found).
        ByteView load(const Blob& blob);

    private:
        friend class InputBuffers;
        void make_room(std::size_t size);

        InputBuffers& lender_;
        std::unique_ptr<std::byte[]> bytes_;
        std::size_t capacity_ = 0;
    };

    /// Gives the memory of the spare ones back, before a pause.
    void release() noexcept;

private:
    struct Spare {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t capacity;
    };

    const std::size_t most_spares_;
    std::mutex mutex_;
    std::vector<Spare>
        spares_; ///< Guarded by mutex_; the last one was used last. Has room for all.
};

} // namespace thumbjobs
