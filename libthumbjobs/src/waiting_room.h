#pragma once

#include <thumbjobs/time.h>

#include <queue>

#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

namespace thumbjobs {

/// Where jobs that wait for memory may keep their slot. There are few such places, so that slots
/// stay free for jobs that need not wait; who finds none is put off: back to the queue, to be
/// claimed again after a while. Thread-safe.
class WaitingRoom {
public:
    /// How long a job is put off: the longer the more there are, since each look at one costs a
    /// fetch and a header.
    static constexpr Milliseconds shortest{2'000};
    static constexpr Milliseconds longest{60'000};
    static constexpr Milliseconds for_each{20};

    explicit WaitingRoom(int places) noexcept : free_(places) {}

    /// A job's place; given back by the destructor.
    class Seat {
    public:
        Seat() noexcept = default;
        ~Seat() { leave(); }
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

        void leave() noexcept;

    private:
        friend class WaitingRoom;
        WaitingRoom* room_ = nullptr;
    };

    /// Takes a place for `seat`; where none is free, answers how long the job is put off.
    std::optional<Milliseconds> enter(Seat& seat);

private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    std::mutex mutex_;
    int free_; // guarded by mutex_
    /// When those that were put off come back; guarded by mutex_.
    std::priority_queue<SteadyTime, std::vector<SteadyTime>, std::greater<>> put_off_;
};

} // namespace thumbjobs
