#pragma once

#include "backends/redis/client/options.h"
#include "backends/redis/client/transport.h"

#include <memory>
#include <string>

namespace thumbjobs::redis {

/// What all TLS connections of a client share: TLS 1.2 or newer, the authorities, the client's own
/// certificate. Thread-safe.
class TlsContext {
public:
    /// Throws Error(invalid_argument) for files that cannot be used.
    explicit TlsContext(const TlsOptions& options);
    ~TlsContext();

    /// Does the handshake over `transport` and judges the certificate. `host` is what the
    /// connection was made to: sent for SNI and verified, unless the options name another.
    /// Throws TransportError.
    std::unique_ptr<Transport> wrap(std::unique_ptr<Transport> transport, const std::string& host,
                                    Deadline deadline) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace thumbjobs::redis
