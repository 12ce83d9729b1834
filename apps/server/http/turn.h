#pragma once

#include "exchange.h"
#include "inbound_body.h"
#include "options.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

class QHttpServerResponder;

namespace thumbd::http {

/// The body of an answer that is pulled from its producer.
struct OutgoingStream {
    std::shared_ptr<ChunkProducer> producer;
    std::uint64_t left = 0; ///< Bytes still to come.
    bool asked = false;     ///< A chunk is outstanding: the one of number `demand`.
    std::uint64_t demand = 0;
    bool asking = false; ///< The producer is being called right now.
};

/// One request on a connection with everything that belongs to its answer.
struct Turn {
    using Clock = std::chrono::steady_clock;

    /// Shared with the exchange; complete once the head has been read.
    std::shared_ptr<Request> request = std::make_shared<Request>();
    BodyPolicy policy;
    InboundBody body;
    std::string route;

    Clock::time_point begin = Clock::now(); ///< First byte of the request.
    Clock::time_point received = begin;     ///< Last byte of its body, or when it was refused.
    Clock::time_point last_byte = begin;    ///< Of the body so far.

    Clock::time_point waiting_since = begin; ///< For the handler, or for a stream's next chunk.

    std::weak_ptr<Exchange> exchange;
    std::shared_ptr<Exchange::Link> link;
    std::unique_ptr<QHttpServerResponder> responder;
    Exchange::Task client_gone_task;
    std::shared_ptr<EventStream::Link> events;
    std::optional<OutgoingStream> stream;

    bool refused = false;
    bool responding = false; ///< The answer's head has been written.
    int status = 0;
    std::uint64_t bytes_out = 0;
};

} // namespace thumbd::http
