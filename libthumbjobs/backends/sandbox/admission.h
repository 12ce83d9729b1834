#pragma once

#include <thumbjobs/resizer.h>

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>

namespace thumbjobs::sandbox {

/// Shares out a budget of memory among attempts that are predicted to need much of it. Those wait
/// in line; cheap attempts never ask, and the budget given here leaves room for them. Thread-safe.
class Admission {
public:
    /// `budget`: bytes, of all tickets together.
    explicit Admission(std::int64_t budget) noexcept : budget_(budget) {}

    /// Room for one attempt, given back by the destructor.
    class Ticket {
    public:
        Ticket() = default;
        Ticket(Ticket&& other) noexcept;
        Ticket& operator=(Ticket&& other) noexcept;
        ~Ticket();
        explicit operator bool() const noexcept { return admission_ != nullptr; }
        std::int64_t bytes() const noexcept { return bytes_; }

    private:
        friend class Admission;
        Ticket(Admission* admission, std::int64_t bytes) noexcept
            : admission_(admission), bytes_(bytes) {}

        Admission* admission_ = nullptr;
        std::int64_t bytes_ = 0;
    };

    /// A ticket if there is room and no one waits; else an empty one. `bytes`: at most the budget.
    Ticket try_admit(std::int64_t bytes);

    /// Waits in line for room; an empty ticket once `cancel` (may be null) is set.
    Ticket admit(std::int64_t bytes, const CancelToken* cancel);

    std::int64_t in_use() const;

private:
    void release(std::int64_t bytes) noexcept;

    const std::int64_t budget_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::int64_t used_ = 0;  // guarded by mutex_
    std::list<int> waiting_; // guarded by mutex_; one entry for each that waits, the first is next
};

} // namespace thumbjobs::sandbox
