#include "backends/redis/client/router.h"

#include "backends/redis/client/cluster_router.h"
#include "backends/redis/client/sentinel_router.h"

namespace thumbjobs::redis {

Router::~Router() = default;

void Router::check(Link& /*link*/, Deadline /*deadline*/) {}

void Router::moved(unsigned /*slot*/, const Endpoint& /*server*/) {}

std::unique_ptr<Router> make_router(const ClientOptions& options, const Connector& connector) {
    if (options.layout == ClientOptions::Layout::sentinel)
        return std::make_unique<SentinelRouter>(options, connector);
    return std::make_unique<ClusterRouter>(options, connector);
}

} // namespace thumbjobs::redis
