#pragma once

#include "backends/redis/client/router.h"
#include "backends/redis/client/slots.h"
#include "backends/redis/client/turns.h"

#include <cstdint>
#include <mutex>
#include <vector>

namespace thumbjobs::redis {

/// Which master has which slot.
class SlotMap {
public:
    /// Of what CLUSTER SLOTS says; a node without a host is at `asked`'s. What is malformed is left
    /// out.
    static SlotMap parse(const Reply& reply, const Endpoint& asked);

    /// Null for a slot that nobody has.
    const Endpoint* find(unsigned slot) const noexcept;

    void set(unsigned slot, const Endpoint& server);

    const std::vector<Endpoint>& servers() const noexcept { return servers_; }

private:
    std::uint16_t number_of(const Endpoint& server);

    std::vector<Endpoint> servers_;
    std::vector<std::uint16_t> slots_; ///< For each, 1 + an index into servers_; 0: nobody. Empty
                                       ///< at first.
};

/// Knows a cluster's map, and asks its nodes for it when in doubt. A single server is a cluster of
/// one that needs no map, until it says that a key has moved.
class ClusterRouter final : public Router {
public:
    ClusterRouter(const ClientOptions& options, const Connector& connector);

    Endpoint find(unsigned slot, Deadline deadline) override;
    void moved(unsigned slot, const Endpoint& server) override;
    void doubt(const Endpoint& server) override;

private:
    void refresh(Deadline deadline);
    SlotMap ask(const Endpoint& node, Deadline deadline) const;

    const std::vector<Endpoint> seeds_;
    const Connector& connector_;
    Turns asking_; ///< One thread asks for all.
    std::mutex mutex_;
    bool clustered_;       // guarded by mutex_
    bool in_doubt_ = true; // guarded by mutex_
    Endpoint suspect_;     // guarded by mutex_; failed last
    SlotMap map_;          // guarded by mutex_
};

} // namespace thumbjobs::redis
