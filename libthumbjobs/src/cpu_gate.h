#pragma once

#include "src/watch.h"

#include <thumbjobs/resizer.h>

#include <condition_variable>
#include <mutex>

namespace thumbjobs {

/// Lets so many threads resize at a time. Thread-safe.
class CpuGate {
public:
    CpuGate(int places, const Watch& watch) : watch_(watch), places_(places) {}

    /// A thread's place; given back by the destructor.
    class Place {
    public:
        Place(CpuGate& gate, bool inside) noexcept : gate_(gate), inside_(inside) {}
        ~Place() { leave(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// False if the wait ended by cancelling.
        explicit operator bool() const noexcept { return inside_; }
        void leave() noexcept;

        /// Waits again, after leave(), as CpuGate::enter() does.
        void enter_again(const CancelToken& cancel);

    private:
        CpuGate& gate_;
        bool inside_;
    };

    /// Waits for a place, or until `cancel` is set and wake() was called.
    Place enter(const CancelToken& cancel);

    /// To be called after a CancelToken was set that enter() may be waiting with.
    void wake();

    int busy() const;

    /// How many are inside or wait to be.
    int load() const;

private:
    void leave() noexcept;

    const Watch& watch_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    const int places_;
    int busy_ = 0;    // guarded by mutex_
    int waiting_ = 0; // guarded by mutex_
};

} // namespace thumbjobs
