#include "options.h"

#include <stdexcept>

namespace thumbd::http {

namespace {

void require(bool holds, const char* field, std::uint64_t value, const char* accepted) {
    if (!holds) {
        throw std::invalid_argument("http limit " + std::string(field) + " = " +
                                    std::to_string(value) + ": accepted is " + accepted);
    }
}

void require_at_least(const char* field, std::uint64_t value, std::uint64_t least) {
    require(value >= least, field, value, (std::to_string(least) + " or more").c_str());
}

void require_positive(const char* field, std::chrono::milliseconds value) {
    require(value.count() > 0, field, static_cast<std::uint64_t>(value.count()),
            "a duration above zero");
}

} // namespace

void GateOptions::validate() const {
    const FramingLimits& framing = limits.framing;
    require(framing.max_head >= 256 && framing.max_head <= 1024 * 1024, "framing.max_head",
            framing.max_head, "256 to 1048576");
    require_at_least("framing.max_field_line", framing.max_field_line, 64);
    require_at_least("framing.max_fields", framing.max_fields, 1);
    require_at_least("framing.max_target", framing.max_target, 16);
    require_at_least("framing.max_chunk_line", framing.max_chunk_line, 20);
    require_at_least("framing.max_trailer", framing.max_trailer, framing.max_chunk_line);

    const Timeouts& timeouts = limits.timeouts;
    require_positive("timeouts.tls_handshake", timeouts.tls_handshake);
    require_positive("timeouts.head", timeouts.head);
    require_positive("timeouts.idle", timeouts.idle);
    require_positive("timeouts.body_stall", timeouts.body_stall);
    require_positive("timeouts.handler", timeouts.handler);
    require_positive("timeouts.write_stall", timeouts.write_stall);
    require_positive("timeouts.linger", timeouts.linger);
    require_positive("timeouts.drain_grace", timeouts.drain_grace);

    require_at_least("max_connections", limits.max_connections, 1);
    require_at_least("max_requests_per_connection", limits.max_requests_per_connection, 1);
    require_at_least("stream_chunk", limits.stream_chunk, 1024);
    require_at_least("stream_low_water", limits.stream_low_water, 1024);
    require_at_least("event_backlog", limits.event_backlog, 1024);
    if (limits.spool_directory.empty()) {
        throw std::invalid_argument("http limit spool_directory is empty: a directory is wanted");
    }
}

} // namespace thumbd::http
