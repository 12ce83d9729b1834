#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace thumbd::http {

/// Counts the open connections, in all and per peer. Safe from any thread.
class ConnectionLedger {
public:
    /// A place among the allowed connections; given back on destruction. Movable.
    class Slot {
    public:
        Slot() = default;
        ~Slot() { reset(); }
        Slot(Slot&& other) noexcept
            : ledger_(std::exchange(other.ledger_, nullptr)), key_(std::move(other.key_)) {}
        Slot& operator=(Slot&& other) noexcept {
            std::swap(ledger_, other.ledger_);
            std::swap(key_, other.key_);
            return *this;
        }

        explicit operator bool() const noexcept { return ledger_ != nullptr; }
        void reset() noexcept;

    private:
        friend class ConnectionLedger;
        Slot(ConnectionLedger* ledger, std::string key) : ledger_(ledger), key_(std::move(key)) {}

        ConnectionLedger* ledger_ = nullptr;
        std::string key_;
    };

    /// `per_peer` 0 means no limit per peer.
    ConnectionLedger(std::size_t total, std::size_t per_peer) noexcept
        : total_(total), per_peer_(per_peer) {}

    /// A false slot when a limit is reached. Addresses of one IPv6 /64 count as one peer.
    Slot enter(const std::string& address);

    std::size_t count() const;

private:
    const std::size_t total_;
    const std::size_t per_peer_;
    mutable std::mutex mutex_;
    std::size_t open_ = 0;
    std::unordered_map<std::string, std::size_t> by_peer_;
};

} // namespace thumbd::http
