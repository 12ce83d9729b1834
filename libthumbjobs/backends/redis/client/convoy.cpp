#include "backends/redis/client/convoy.h"

#include <algorithm>
#include <condition_variable>
#include <string>
#include <utility>

namespace thumbjobs::redis {

/// One thread's call. Shared, since whoever wakes the thread still holds it when it goes on.
struct Convoy::Call {
    enum class State {
        waiting,  ///< In the queue.
        leading,  ///< Its thread shall send what waits.
        unsent,   ///< Over: the server has not seen it.
        broken,   ///< Over: the server may have seen it.
        answered, ///< Over.
    };

    Call(std::string_view sent, Deadline until) : wire(sent), deadline(until) {}

    void become(State next) {
        {
            const std::scoped_lock lock(mutex);
            state = next;
        }
        changed.notify_one();
    }

    const std::string_view wire;
    const Deadline deadline;
    std::mutex mutex;
    std::condition_variable changed;
    State state = State::waiting; // guarded by mutex
    Reply reply;                  ///< Once it was answered.
    TransportError::Kind kind{};  ///< Once it is broken.
    std::string reason;
};

std::optional<Reply> Convoy::exchange(const Endpoint& server, std::string_view wire,
                                      Deadline deadline) {
    const auto call = std::make_shared<Call>(wire, deadline);
    std::vector<CallPtr> calls;
    calls.reserve(most_calls); // whoever leads must not run out of memory
    Queue* queue = nullptr;
    bool leads = false;
    {
        const std::scoped_lock lock(mutex_);
        queue = &queues_[server];
        leads = queue->under_way < lanes_;
        if (leads)
            ++queue->under_way;
        else
            queue->waiting.push_back(call);
    }
    if (leads || wait(*queue, call)) {
        calls.push_back(call);
        gather(*queue, calls);
        run(server, calls);
        hand_over(*queue);
    }
    switch (call->state) { // nobody else knows of it any more
    case Call::State::answered:
        return std::move(call->reply);
    case Call::State::broken:
        throw TransportError(call->kind, call->reason);
    default:
        return std::nullopt;
    }
}

/// Whether the call is to lead; otherwise it is over.
bool Convoy::wait(Queue& queue, const CallPtr& call) {
    std::unique_lock lock(call->mutex);
    const auto is_called = [&call] { return call->state != Call::State::waiting; };
    if (!call->changed.wait_until(lock, call->deadline, is_called)) {
        lock.unlock();
        {
            const std::scoped_lock all(mutex_);
            const auto place = std::find(queue.waiting.begin(), queue.waiting.end(), call);
            if (place != queue.waiting.end()) {
                queue.waiting.erase(place);
                call->state = Call::State::unsent;
                return false;
            }
        }
        lock.lock();
        call->changed.wait(lock, is_called); // whoever took it has a deadline of its own
    }
    return call->state == Call::State::leading;
}

/// Adds what goes together with the leader's call now.
void Convoy::gather(Queue& queue, std::vector<CallPtr>& calls) noexcept {
    const std::scoped_lock lock(mutex_);
    while (!queue.waiting.empty() && calls.size() < most_calls) {
        calls.push_back(std::move(queue.waiting.front()));
        queue.waiting.pop_front();
    }
}

/// Gives the lane to the call that has waited longest, or frees it.
void Convoy::hand_over(Queue& queue) noexcept {
    CallPtr next;
    {
        const std::scoped_lock lock(mutex_);
        if (queue.waiting.empty()) {
            --queue.under_way;
            return;
        }
        next = std::move(queue.waiting.front());
        queue.waiting.pop_front();
    }
    next->become(Call::State::leading);
}

/// Ends all of the calls, one way or another.
void Convoy::run(const Endpoint& server, const std::vector<CallPtr>& calls) noexcept {
    std::size_t ended = 0;
    bool sending = false;
    bool sent = false;
    const auto end_rest = [&](TransportError::Kind kind, const char* reason) noexcept {
        for (; ended < calls.size(); ++ended) {
            // When sending failed, the server has not seen the last of the commands.
            const bool seen = sent || (sending && ended + 1 < calls.size());
            calls[ended]->kind = kind;
            try {
                calls[ended]->reason = reason;
            } catch (const std::bad_alloc&) {
                // Then nobody learns why.
            }
            calls[ended]->become(seen ? Call::State::broken : Call::State::unsent);
        }
    };
    try {
        // The others came later, so theirs end later, too.
        const Deadline deadline = calls.front()->deadline;
        const Pool::Lease link = pool_.borrow(server, deadline);
        std::string wire;
        for (const CallPtr& call : calls)
            wire += call->wire;
        sending = true;
        link->send(wire, calls.size(), deadline);
        sent = true;
        while (ended < calls.size()) {
            calls[ended]->reply = link->receive(deadline);
            calls[ended]->become(Call::State::answered);
            ++ended;
        }
    } catch (const TransportError& error) {
        end_rest(error.kind(), error.what());
    } catch (const std::exception& error) {
        end_rest(TransportError::Kind::broken, error.what());
    } catch (...) {
        end_rest(TransportError::Kind::broken, "something unknown was thrown");
    }
}

} // namespace thumbjobs::redis
