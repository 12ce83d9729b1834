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

    Call(Words sent, std::size_t joined_behind, Deadline until)
        : words(sent), shared(joined_behind), deadline(until) {}

    /// Whether one command serves both.
    bool joins(const Call& other) const {
        return shared > 0 && shared == other.shared &&
               std::ranges::equal(words.first(shared), other.words.first(shared));
    }

    void become(State next) {
        {
            const std::scoped_lock lock(mutex);
            state = next;
        }
        changed.notify_one();
    }

    const Words words;
    const std::size_t shared; ///< See exchange().
    const Deadline deadline;
    std::mutex mutex;
    std::condition_variable changed;
    State state = State::waiting; // guarded by mutex
    Reply reply;                  ///< Once it was answered.
    TransportError::Kind kind{};  ///< Once it is broken.
    std::string reason;
};

/// Calls as they are sent: those that are one command stand together.
class Convoy::Load {
public:
    explicit Load(std::vector<CallPtr>& calls) : calls_(calls) {
        for (auto first = calls_.begin(); first != calls_.end();) {
            const auto end =
                std::stable_partition(first + 1, calls_.end(), [&first](const CallPtr& other) {
                    return (*first)->joins(*other);
                });
            ends_.push_back(static_cast<std::size_t>(end - calls_.begin()));
            first = end;
        }
    }

    std::size_t commands() const { return ends_.size(); }
    std::size_t begin_of(std::size_t command) const {
        return command == 0 ? 0 : ends_[command - 1];
    }

    std::string format() const {
        std::string wire;
        std::vector<std::string_view> joined;
        for (std::size_t command = 0; command < commands(); ++command) {
            const Call& first = *calls_[begin_of(command)];
            joined.assign(first.words.begin(), first.words.end());
            for (std::size_t i = begin_of(command) + 1; i < ends_[command]; ++i) {
                const Words own = calls_[i]->words.subspan(first.shared);
                joined.insert(joined.end(), own.begin(), own.end());
            }
            append_command(wire, joined);
        }
        return wire;
    }

    /// The reply of each call of a command. Throws TransportError if there are not as many.
    std::vector<Reply> split(std::size_t command, Reply reply) const {
        const std::size_t count = ends_[command] - begin_of(command);
        std::vector<Reply> replies;
        if (count == 1)
            replies.push_back(std::move(reply));
        else if (reply.is_error())
            replies.assign(count, reply);
        else
            for (Reply& own : reply.take_array()) {
                std::vector<Reply> alone;
                alone.push_back(std::move(own));
                replies.push_back(Reply::of_array(std::move(alone)));
            }
        if (replies.size() != count)
            throw TransportError(TransportError::Kind::broken,
                                 "it answers other than as many calls as were asked");
        return replies;
    }

private:
    std::vector<CallPtr>& calls_;
    std::vector<std::size_t> ends_; ///< Behind the last call of each command.
};

bool Convoy::takes(std::span<const Words> commands) const noexcept {
    // A call must not wait for another's large one, nor for a WAIT, which comes behind a script.
    if (lanes_ == 0 || commands.size() != 1)
        return false;
    std::size_t bytes = 0;
    for (const std::string_view word : commands.front())
        bytes += word.size();
    return bytes <= largest_call;
}

std::optional<Reply> Convoy::exchange(const Endpoint& server, Words words, std::size_t shared,
                                      Deadline deadline) {
    const auto call = std::make_shared<Call>(words, shared, deadline);
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
void Convoy::run(const Endpoint& server, std::vector<CallPtr>& calls) noexcept {
    std::size_t ended = 0;
    std::size_t last = 0; // the first call of the last command
    bool sending = false;
    bool sent = false;
    const auto end_rest = [&](TransportError::Kind kind, const char* reason) noexcept {
        for (; ended < calls.size(); ++ended) {
            // When sending failed, the server has not seen the last of the commands.
            const bool seen = sent || (sending && ended < last);
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
        const Load load(calls);
        const Pool::Lease link = pool_.borrow(server, deadline);
        const std::string wire = load.format();
        last = load.begin_of(load.commands() - 1);
        sending = true;
        link->send(wire, load.commands(), deadline);
        sent = true;
        for (std::size_t command = 0; command < load.commands(); ++command)
            for (Reply& reply : load.split(command, link->receive(deadline))) {
                calls[ended]->reply = std::move(reply);
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
