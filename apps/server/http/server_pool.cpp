#include "server_pool.h"

#include "gate_state.h"
#include "listening_socket.h"
#include "loop_thread.h"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace thumbd::http {

/// How many loop threads have drained; shared with them, since they may outlast a wait for it.
struct ServerPool::DrainCount {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t drained = 0;
};

ServerPool::ServerPool(const ListenOptions& listen, GateOptions gate, const Setup& setup)
    : drain_count_(std::make_shared<DrainCount>()) {
    gate.validate();
    if (listen.threads < 1 || listen.threads > 64) {
        throw std::invalid_argument("http threads = " + std::to_string(listen.threads) +
                                    ": accepted is 1 to 64");
    }
    state_ = std::make_shared<GateState>(std::move(gate));
    const ListeningSocket socket(listen.address);
    port_ = socket.port();
    url_ = (listen.tls ? "https://" : "http://") + socket.authority();
    const auto count_drained = [count = drain_count_] {
        const std::lock_guard lock(count->mutex);
        ++count->drained;
        count->changed.notify_all();
    };
    for (int i = 0; i < listen.threads; ++i) {
        threads_.push_back(std::make_unique<LoopThread>(socket.duplicate(), state_, listen.tls,
                                                        setup, count_drained));
        threads_.back()->launch();
    }
}

ServerPool::~ServerPool() {
    stop(std::chrono::milliseconds(0));
}

std::uint16_t ServerPool::port() const noexcept {
    return port_;
}

std::string ServerPool::url() const {
    return url_;
}

GateStatistics ServerPool::statistics() const {
    GateStatistics now;
    now.connections = state_->ledger.count();
    now.active_exchanges = state_->active_exchanges;
    now.event_streams = state_->event_streams;
    now.body_memory_bytes = state_->body_memory->used();
    now.spooled_bytes = state_->spool->used();
    now.accepted_connections = state_->accepted_connections;
    now.refused_connections = state_->refused_connections;
    now.requests = state_->requests;
    now.refused_requests = state_->refused_requests;
    return now;
}

void ServerPool::begin_drain() {
    if (!state_->draining.exchange(true)) {
        for (const auto& thread : threads_) {
            thread->drain();
        }
    }
}

bool ServerPool::stop(std::chrono::milliseconds deadline) {
    begin_drain();
    bool all_drained = false;
    {
        std::unique_lock lock(drain_count_->mutex);
        all_drained = drain_count_->changed.wait_for(
            lock, deadline, [this] { return drain_count_->drained == threads_.size(); });
    }
    for (const auto& thread : threads_) {
        thread->finish();
    }
    return all_drained;
}

} // namespace thumbd::http
