#pragma once

#include "backends/redis/client/router.h"
#include "backends/redis/client/turns.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace thumbjobs::redis {

/// Asks the Sentinels for the master, and the master whether it is one.
class SentinelRouter final : public Router {
public:
    SentinelRouter(const ClientOptions& options, const Connector& connector);

    Endpoint find(unsigned slot, Deadline deadline) override;
    void check(Link& link, Deadline deadline) override;
    void doubt(const Endpoint& server) override;

private:
    std::optional<Endpoint> ask(const Endpoint& sentinel, Deadline deadline) const;

    const std::string name_;
    const Connector& connector_;
    Turns asking_;                    ///< One thread asks for all.
    std::vector<Endpoint> sentinels_; // guarded by asking_; the one that answered last stands first
    std::mutex mutex_;
    std::optional<Endpoint> master_; // guarded by mutex_; nothing when in doubt
};

} // namespace thumbjobs::redis
