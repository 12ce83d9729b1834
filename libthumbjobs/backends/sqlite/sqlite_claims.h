#pragma once

#include <thumbjobs/job_store.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace thumbjobs {

/// Remembers which leases each recent claim of this process got, so that a repeat of the claim can
/// be answered. A nonce is one process's own, so memory is enough; whether the leases still hold is
/// the database's to say. Not thread-safe.
class SqliteClaims {
public:
    void remember(const std::string& nonce, std::vector<Lease> leases) {
        if (nonce.empty() || leases.empty())
            return;
        if (claims_.insert_or_assign(nonce, std::move(leases)).second)
            order_.push_back(nonce);
        if (order_.size() > most) {
            claims_.erase(order_.front());
            order_.pop_front();
        }
    }

    /// Empty for an unknown one.
    std::vector<Lease> find(const std::string& nonce) const {
        const auto found = claims_.find(nonce);
        return found == claims_.end() ? std::vector<Lease>{} : found->second;
    }

private:
    static constexpr std::size_t most = 1'000;

    std::map<std::string, std::vector<Lease>> claims_;
    std::deque<std::string> order_;
};

} // namespace thumbjobs
