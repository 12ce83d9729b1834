#include "connection_ledger.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace thumbd::http {

namespace {

/// A household or server has a whole IPv6 /64 to itself, so that is what counts as one peer.
std::string peer_key(const std::string& address) {
    in6_addr six{};
    if (::inet_pton(AF_INET6, address.c_str(), &six) != 1) {
        return address;
    }
    return std::string(reinterpret_cast<const char*>(six.s6_addr), 8);
}

} // namespace

ConnectionLedger::Slot ConnectionLedger::enter(const std::string& address) {
    std::string key = peer_key(address);
    const std::lock_guard lock(mutex_);
    if (open_ >= total_) {
        return {};
    }
    std::size_t& of_peer = by_peer_[key];
    if (per_peer_ != 0 && of_peer >= per_peer_) {
        return {};
    }
    ++of_peer;
    ++open_;
    return Slot(this, std::move(key));
}

void ConnectionLedger::Slot::reset() noexcept {
    ConnectionLedger* const ledger = std::exchange(ledger_, nullptr);
    if (ledger == nullptr) {
        return;
    }
    const std::lock_guard lock(ledger->mutex_);
    --ledger->open_;
    const auto found = ledger->by_peer_.find(key_);
    if (--found->second == 0) {
        ledger->by_peer_.erase(found);
    }
}

std::size_t ConnectionLedger::count() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

} // namespace thumbd::http
