#pragma once

#include "request_head.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace thumbd::http {

/// What a request may weigh before its body. Bytes, unless a name says otherwise.
struct FramingLimits {
    std::size_t max_head = 16 * 1024;  ///< Request line and all fields.
    std::size_t max_field_line = 8000; ///< One field, name and value.
    std::size_t max_fields = 64;       ///< Number of fields.
    std::size_t max_target = 4096;
    std::size_t max_chunk_line = 256; ///< Chunk size with its extensions.
    std::size_t max_trailer = 4096; ///< Fields after the last chunk; they are checked and dropped.
};

/// Cuts a connection's bytes into HTTP/1 requests, strictly: whatever could be read in two ways
/// is refused. The grammar is Boost.Beast's parser; on top of it stand the limits and the checks
/// that a server on the open network needs (see framing.cpp).
///
/// The outcome does not depend on how the bytes are split over calls, except that body data may
/// come in other pieces. One thread at a time; no Qt, no I/O.
class RequestFramer {
public:
    enum class Event {
        need_more, ///< All input was used.
        head,      ///< head() is there; call limit_body() now if the request has a body.
        body,      ///< body() is the next piece of the body.
        complete,  ///< The request has ended; restart() begins the next.
        refused,   ///< refusal() tells why. Final: the connection cannot be read any further.
    };

    explicit RequestFramer(const FramingLimits& limits = {});
    ~RequestFramer();
    RequestFramer(RequestFramer&&) noexcept;
    RequestFramer& operator=(RequestFramer&&) noexcept;

    /// Reads from `input` up to the next event and removes what it used from its front.
    Event next(std::string_view& input);

    /// Valid from Event::head to restart().
    const RequestHead& head() const noexcept;

    /// Points into the `input` of the last next(); valid until that memory changes.
    std::string_view body() const noexcept;

    const Refusal& refusal() const noexcept;

    /// The largest body taken, in bytes; beyond it the request is refused with 413, for a
    /// declared length by the next call of next(), before any of the body is read.
    void limit_body(std::uint64_t max_bytes) noexcept;

    /// Body bytes seen so far.
    std::uint64_t body_bytes() const noexcept;

    /// No byte of a request has come since construction or restart(); empty lines do not count.
    bool between_requests() const noexcept;

    /// The last byte of the request has been seen.
    bool is_complete() const noexcept;

    /// After Event::complete, or once is_complete(): begins the next request.
    void restart();

private:
    class Parser;

    Event next_head(std::string_view& input);
    Event next_piece(std::string_view& input);
    bool read_chunk_line(std::string_view& input);
    Event refuse(Refusal refusal);

    FramingLimits limits_;
    std::unique_ptr<Parser> parser_;
};

} // namespace thumbd::http
