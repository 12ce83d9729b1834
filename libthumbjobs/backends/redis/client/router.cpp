#include "backends/redis/client/router.h"

namespace thumbjobs::redis {
namespace {

/// One server, always the same.
class FixedRouter final : public Router {
public:
    explicit FixedRouter(Endpoint server) : server_(std::move(server)) {}

    Endpoint find(unsigned /*slot*/, Deadline /*deadline*/) override { return server_; }

private:
    const Endpoint server_;
};

} // namespace

Router::~Router() = default;

void Router::check(Link& /*link*/, Deadline /*deadline*/) {}

void Router::moved(unsigned /*slot*/, const Endpoint& /*server*/) {}

void Router::doubt() {}

std::unique_ptr<Router> make_router(const ClientOptions& options, const Connector& /*connector*/) {
    return std::make_unique<FixedRouter>(options.servers.front());
}

} // namespace thumbjobs::redis
