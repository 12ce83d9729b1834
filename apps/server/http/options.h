#pragma once

#include "framing.h"
#include "headers.h"
#include "request_head.h"

#include <QByteArray>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

class QSslConfiguration;

namespace thumbd::http {

class Exchange;

/// How the next connection is encrypted. Called from several threads at a time.
using TlsSource = std::function<QSslConfiguration()>;

/// The other end of a connection.
struct Peer {
    std::string address; ///< Without port; an IPv4-mapped IPv6 address is given as IPv4.
    std::uint16_t port = 0;
    bool loopback = false;
    bool tls = false;
};

/// A whole answer. `Content-Length`, `Date` and `Connection` are the gate's business.
struct Response {
    int status = 200;
    Headers headers;
    QByteArray body;
};

/// How a request's body is taken, decided from its head before any of the body is read.
struct BodyPolicy {
    /// Bytes; a larger body is answered with 413.
    std::uint64_t max_bytes = 64 * 1024;
    /// Bodies above Limits::memory_body go to a file; without it they are kept in memory whole.
    bool spool = false;
    /// Answered at once instead of calling the handler: 401, 404, 405, 503 while draining, ...
    std::optional<Response> refuse;
    /// The route's pattern for the access record, e.g. `/v1/jobs/{id}`; empty for none.
    std::string route;
    /// The handler's deadline; 0 stands for Timeouts::handler.
    std::chrono::milliseconds handler_timeout{0};
};

/// What is known of a request when something is answered on its behalf.
struct RequestContext {
    std::string request_id;
    std::string traceparent; ///< The client's, or one made from the request id (trace.h).
    Peer peer;
    const RequestHead* head = nullptr; ///< Null when the request was refused before its head ended.
};

/// One line of an access log: an exchange that has ended, answered or not.
struct AccessRecord {
    std::string request_id;
    Peer peer;
    std::string method; ///< Empty when the head was never read.
    std::string path;   ///< The target as sent, without the query.
    std::string route;  ///< From BodyPolicy::route or Exchange::set_route().
    std::string user_agent;
    std::string traceparent;              ///< As in RequestContext.
    int status = 0;                       ///< 0 when the client left before there was an answer.
    std::uint64_t bytes_in = 0;           ///< Of the body.
    std::uint64_t bytes_out = 0;          ///< Head and body.
    std::chrono::microseconds receive{0}; ///< First byte of the request to the last of its body.
    std::chrono::microseconds total{0};   ///< First byte of the request to the end of the answer.
    bool refused = false;     ///< By the gate or the policy: no handler saw the request.
    bool client_gone = false; ///< The client hung up before the answer was handed over in full.
};

/// The callbacks by which an application shapes the gate. All are called on the server's loop
/// threads, several at a time: they must be thread-safe, quick and must not throw (what they
/// throw is treated as their default). Empty ones stand for the defaults named here.
struct Hooks {
    /// Called once per well-formed head. Default: BodyPolicy{}.
    std::function<BodyPolicy(const RequestHead&, const Peer&)> policy;
    /// Adds to the fields of every answer (X-Request-Id, nosniff, ...). Default: adds nothing.
    std::function<void(const RequestContext&, Headers&)> common_headers;
    /// Formats the gate's own refusals. Default: a small RFC 9457 problem document.
    std::function<Response(const Refusal&, const RequestContext&)> error_response;
    /// Called once per ended exchange. Default: nothing.
    std::function<void(const AccessRecord&)> access_log;
    /// Called when a handler threw; `what` is for the log, the client sees a plain 500.
    std::function<void(const RequestContext&, const std::string& what)> handler_failed;
};

struct Timeouts {
    using ms = std::chrono::milliseconds;

    ms tls_handshake{5'000};
    ms head{10'000};        ///< From a request's first byte to the end of its head: 408.
    ms idle{30'000};        ///< Between requests.
    ms body_stall{10'000};  ///< Without any byte of the body, and before the rate counts: 408.
    ms handler{120'000};    ///< From the request to its answer: 503.
    ms write_stall{15'000}; ///< The window in which a reader must take min_write_rate.
    ms linger{2'000};       ///< For the rest of a refused request, after its answer.
    ms drain_grace{1'000};  ///< For a first request on a connection accepted while draining.
};

/// Bytes, unless a name or comment says otherwise.
struct Limits {
    FramingLimits framing;
    Timeouts timeouts;
    std::size_t max_connections = 1000;
    /// Per IPv4 address or IPv6 /64; 0 switches it off (behind a reverse proxy).
    std::size_t max_connections_per_peer = 256;
    std::size_t max_requests_per_connection = 100'000;
    std::uint64_t min_body_rate = 2048;  ///< Bytes per second, averaged over the body.
    std::uint64_t min_write_rate = 1024; ///< Bytes per second, while there is something to write.
    std::uint64_t memory_body = 256 * 1024;              ///< The largest body kept in memory.
    std::uint64_t body_memory_budget = 64 * 1024 * 1024; ///< All bodies in memory together: 503.
    std::uint64_t spool_budget = 16ull << 30;            ///< All bodies in files together: 503.
    std::string spool_directory = "/tmp";
    std::uint64_t stream_chunk = 128 * 1024;      ///< Asked of a producer at a time.
    std::uint64_t stream_low_water = 64 * 1024;   ///< Unsent bytes below which it is asked again.
    std::uint64_t event_backlog = 256 * 1024;     ///< Unsent bytes at which an event stream is cut.
    std::uint64_t linger_bytes = 8 * 1024 * 1024; ///< Of a refused request, read and dropped.
};

struct GateOptions {
    Limits limits;
    Hooks hooks;

    /// Throws std::invalid_argument that names the field, its value and what is accepted.
    void validate() const;
};

} // namespace thumbd::http
