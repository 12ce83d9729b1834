#pragma once

#include "body.h"
#include "connection_ledger.h"
#include "options.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace thumbd::http {

/// What all connections of a ServerPool share: its options, its limits in use, its counters; and
/// the application's hooks with their defaults and with their exceptions caught. Safe from any
/// thread.
struct GateState {
    explicit GateState(GateOptions gate_options);

    BodyPolicy policy(const RequestHead& head, const RequestContext& context) const;
    Response error_response(const Refusal& refusal, const RequestContext& context) const;
    void add_common_headers(const RequestContext& context, Headers& headers) const;
    void log(const AccessRecord& record) const;
    void report_failure(const RequestContext& context, const std::string& what) const;

    /// Runs `call`; an exception is reported and false returned.
    bool guard(const RequestContext& context, const std::function<void()>& call) const;

    const GateOptions options;
    ConnectionLedger ledger;
    const std::shared_ptr<ByteBudget> body_memory;
    const std::shared_ptr<ByteBudget> spool;
    std::atomic<bool> draining{false};
    std::atomic<std::uint64_t> active_exchanges{0};
    std::atomic<std::uint64_t> event_streams{0};
    std::atomic<std::uint64_t> accepted_connections{0};
    std::atomic<std::uint64_t> refused_connections{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused_requests{0};
};

/// The built-in form of an error: a problem document (RFC 9457).
Response default_error_response(const Refusal& refusal);

/// Gives a request its head, if that was read, and what it is known by: the client's X-Request-Id
/// when it is 1 to 128 letters, digits, `-`, `_`, `.`, `:`, `/`, `+`, `=`, else 128 random bits in
/// hexadecimal; and its traceparent.
void identify(RequestContext& context, const RequestHead* head);

} // namespace thumbd::http
