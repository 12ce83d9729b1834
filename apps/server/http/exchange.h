#pragma once

#include "body.h"
#include "event_stream.h"
#include "options.h"

#include <QByteArray>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbd::http {

class Connection;
class Loop;
struct GateState;

/// Where a producer puts the chunk that it was asked for; may be called from any thread, once.
/// An empty chunk means that the rest cannot be had: the connection is cut, so that the client
/// cannot take the part for the whole.
using ChunkSink = std::function<void(QByteArray chunk)>;

/// Asked on the loop's thread for the next at most `max_bytes` of a response, at once or later,
/// never before the chunk before was delivered. Destroyed on the loop's thread after the last
/// chunk or when the client has gone. Must not throw.
using ChunkProducer = std::function<void(std::size_t max_bytes, ChunkSink deliver)>;

/// What is fixed about a request once its head has been read.
struct Request {
    RequestHead head;
    RequestContext context;
};

/// One request and the right to answer it, once. Belongs to a loop thread of the server; what is
/// not marked otherwise may be called on any thread. Keep the shared_ptr as long as the answer is
/// outstanding; dropping the last one unanswered answers 500. The client may leave at any time;
/// answers are then ignored.
class Exchange : public std::enable_shared_from_this<Exchange> {
public:
    using Task = std::function<void()>;

    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    const RequestHead& head() const noexcept { return parts_.request->head; }
    const std::string& method() const noexcept { return head().method; }
    /// Percent-decoded.
    const std::string& path() const noexcept { return head().path; }
    /// As sent, without `?`.
    const std::string& query() const noexcept { return head().query; }
    /// Empty when the field is missing.
    std::string_view header(std::string_view name) const noexcept {
        return head().headers.get(name);
    }
    /// What the route's `<arg>` path parameters matched, percent-decoded, from 0; empty beyond.
    const std::string& argument(std::size_t index) const noexcept;

    const Peer& peer() const noexcept { return context().peer; }
    bool tls() const noexcept { return peer().tls; }
    /// The client's X-Request-Id if it is a sane one, else made here.
    const std::string& request_id() const noexcept { return context().request_id; }
    const RequestContext& context() const noexcept { return parts_.request->context; }
    /// From the first byte of the request to the last of its body.
    std::chrono::microseconds receive_duration() const noexcept { return parts_.receive_duration; }

    std::uint64_t body_size() const noexcept { return body_size_; }
    /// The body, once; by one thread.
    Body take_body() { return std::move(parts_.body); }

    /// Runs `task` on the exchange's loop thread; an exception out of it answers 500. Returns false
    /// when the server has ended.
    bool post(Task task);

    /// Answers. `Content-Length` is added; HEAD, 204 and 304 lose their body. The first answer
    /// counts, later ones are ignored.
    void respond(int status, Headers headers, QByteArray body = {});
    void respond(Response response);

    /// Answers with Hooks::error_response.
    void respond_error(const Refusal& refusal);

    /// Answers with `content_length` bytes pulled from `producer`, never holding much more than
    /// Limits::stream_chunk of them. For HEAD, 204 and 304 the producer is not asked. A producer
    /// that gives more than it promised is cut off there.
    void respond_stream(int status, Headers headers, std::uint64_t content_length,
                        ChunkProducer producer);

    /// Loop thread only. Answers 200 and keeps the connection for events until the stream ends.
    /// Null when the exchange was answered already, the client has gone or the method is HEAD
    /// (which is answered by this call, with the headers alone).
    std::shared_ptr<EventStream> begin_event_stream(Headers headers);

    /// Loop thread only. Calls `task` there when the client hangs up or its deadline passes before
    /// the answer is complete; at once if that has happened. One task; the last one set counts.
    void on_client_gone(Task task);

    /// The client hung up, or nobody waits for this answer any more.
    bool client_gone() const noexcept { return client_gone_.load(); }
    bool answered() const noexcept { return answered_.load(); }

    /// The label of the access record, where BodyPolicy::route did not give it. Loop thread only.
    void set_route(std::string route);

    /// The way back to the connection, on the loop's thread only; null once it has moved on.
    struct Link {
        Connection* connection = nullptr;
    };

    /// What an exchange is made of; for the gate itself.
    struct Parts {
        std::shared_ptr<const Request> request;
        std::vector<std::string> arguments;
        Body body;
        std::chrono::microseconds receive_duration{0};
        std::shared_ptr<GateState> gate;
        std::shared_ptr<Loop> loop;
        std::shared_ptr<Link> link;
    };

    explicit Exchange(Parts parts);

    /// Runs a handler's code on the loop thread: what it throws is reported and answered with 500.
    void run(const Task& task);

private:
    friend class Connection;

    template <typename Action>
    void on_connection(Action action);
    bool claim_answer() noexcept { return !answered_.exchange(true); }

    Parts parts_;
    std::uint64_t body_size_;
    std::atomic<bool> answered_{false};
    std::atomic<bool> client_gone_{false};
};

} // namespace thumbd::http
