#pragma once

#include "backends/redis/client/pool.h"
#include "backends/redis/client/wire.h"

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace thumbjobs::redis {

/// Sends what several threads ask of one server together. While `lanes` exchanges are under way,
/// calls wait; one of those that wait then sends them all in one piece, and hands out the replies.
/// Calls that may be joined become one command.
/// So the more there is to do, the less a call costs client and server; who is alone never waits.
/// Thread-safe.
class Convoy {
public:
    /// No lanes: every call goes alone. The pool must outlive it.
    Convoy(Pool& pool, int lanes) : pool_(pool), lanes_(lanes) {}

    /// Whether a call should try to go with others.
    bool takes(std::span<const Words> commands) const noexcept;

    /// The reply to one command; nothing if it was certainly not sent, so that the caller may send
    /// it alone. Throws TransportError: it may have been executed.
    ///
    /// `shared` other than 0: the command takes any number of calls' words behind so many that
    /// these have in common, and answers an array of one reply for each. The reply here is an array
    /// of this call's.
    std::optional<Reply> exchange(const Endpoint& server, Words words, std::size_t shared,
                                  Deadline deadline);

private:
    struct Call;
    class Load;
    using CallPtr = std::shared_ptr<Call>;
    struct Queue {
        std::deque<CallPtr> waiting;
        int under_way = 0;
    };

    static constexpr std::size_t largest_call = 16 << 10; ///< Bytes of words.
    static constexpr std::size_t most_calls = 64;         ///< Of one exchange.

    bool wait(Queue& queue, const CallPtr& call);
    void gather(Queue& queue, std::vector<CallPtr>& calls) noexcept;
    void hand_over(Queue& queue) noexcept;
    void run(const Endpoint& server, std::vector<CallPtr>& calls) noexcept;

    Pool& pool_;
    const int lanes_;
    std::mutex mutex_;
    std::map<Endpoint, Queue> queues_; // guarded by mutex_; never erased from
};

} // namespace thumbjobs::redis
