#pragma once

#include "connection_ledger.h"
#include "event_stream.h"
#include "exchange.h"
#include "framing.h"
#include "gate_state.h"
#include "response_head.h"
#include "turn.h"
#include "wire.h"

#include <QTcpSocket>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

class QHttpServerResponder;

namespace thumbd::http {

class Loop;

/// One client connection: for QHttpServer it is the socket, though it has no descriptor; behind it
/// stands the real one. It reads and checks requests, takes their bodies, hands QHttpServer one
/// complete request at a time (method and path only: all the rest is in the Exchange), and turns
/// what the handler that it routes to answers into bytes for the client. It owns everything about
/// the connection: keep-alive, HEAD, 100-continue, time-outs, refusals, streams, lingering and
/// drain.
///
///   handshake -> idle -> head -> body -> busy -> idle ...     one turn per request
///                                        busy -> events       an answer without an end
///   any of them -> linger -> dead                             answer sent, let the client see it
///
/// Lives on its loop's thread, and is deleted by QHttpServer.
class Connection final : public QTcpSocket {
public:
    using Clock = std::chrono::steady_clock;

    /// `closed` is called once, when the connection is dead and about to be deleted.
    Connection(std::unique_ptr<QTcpSocket> socket, Peer peer, ConnectionLedger::Slot slot,
               std::shared_ptr<GateState> gate, std::shared_ptr<Loop> loop,
               std::function<void(Connection*)> closed, QObject* parent);
    ~Connection() override;

    /// The connection whose request QHttpServer is routing right now on this thread, or null.
    static Connection* dispatching() noexcept;

    // For the routes:
    /// Takes over the responder of the request being routed.
    std::shared_ptr<Exchange> attach(QHttpServerResponder&& responder,
                                     std::vector<std::string> arguments);

    // For the acceptor:
    void tick(Clock::time_point now);
    void drain();
    void cut();

    // For the exchange and its event stream:
    void answer(Response response);
    void answer_error(const Refusal& refusal);
    void answer_stream(int status, Headers headers, std::uint64_t length, ChunkProducer producer);
    std::shared_ptr<EventStream> answer_events(Headers headers);
    void answer_abandoned();
    void set_client_gone_task(Exchange::Task task);
    void set_route(std::string route);
    bool send_event(const QByteArray& bytes);
    void end_events();
    std::uint64_t unsent_bytes() const { return wire_.pending(); }

    // What QHttpServer sees:
    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    bool isSequential() const override { return true; }
    void close() override;
    void disconnectFromHost() override;

protected:
    qint64 readData(char* data, qint64 max_size) override;
    qint64 skipData(qint64 max_size) override;
    qint64 writeData(const char* data, qint64 size) override;

private:
    enum class State { handshake, idle, head, body, busy, events, linger, dead };

    // connection.cpp: the life of the connection and of a turn
    void enter(State state);
    void begin_turn();
    void end_turn();
    void release_turn(bool client_gone);
    AccessRecord access_record(const Turn& turn, bool client_gone) const;
    void start_linger();
    void finish_writing_if_flushed();
    void die();
    void on_wire_ready();
    void on_wire_drained();
    void check_turn_deadline(Clock::time_point now);
    void abandon_handler();
    void settle();

    // connection_request.cpp: from bytes to a request
    void pump();
    void queue_pump();
    bool consume(std::string_view& input);
    std::size_t wanted_input() const;
    bool on_head();
    void discard_input();
    bool begin_body(const RequestHead& head);
    bool may_read_more() const;
    void dispatch();

    // connection_response.cpp: from an answer to bytes
    void refuse(const Refusal& refusal);
    void reply(Response response, bool close);
    void write_head(ResponseHead head, std::optional<std::uint64_t> length);
    bool sends_body() const;
    void pull_stream();
    void take_chunk(std::uint64_t demand, QByteArray chunk);

    std::shared_ptr<GateState> gate_;
    std::shared_ptr<Loop> loop_;
    const Peer peer_;
    ConnectionLedger::Slot slot_;
    std::function<void(Connection*)> closed_;
    Wire wire_;
    RequestFramer framer_;

    State state_ = State::idle;
    Clock::time_point since_; ///< When state_ was entered.
    std::optional<Turn> turn_;
    std::string unread_;           ///< Read from the wire, beyond what was taken so far.
    bool reading_held_up_ = false; ///< The next request waits until the client takes its answers.
    std::size_t requests_ = 0;
    bool close_after_ = false;
    bool input_incomplete_ = false; ///< Lingering while the client is still sending a request.
    bool writing_finished_ = false;
    std::uint64_t discarded_ = 0; ///< Input bytes dropped while lingering or streaming events.

    std::string feed_; ///< The request as QHttpServer reads it.
    std::size_t feed_position_ = 0;

    // While QHttpServer is at work on this connection, ends are put off until it has returned: it
    // still uses its responder, and Qt 6.8 loses count when that dies earlier.
    bool ends_deferred_ = false;
    bool turn_is_over_ = false;
    bool is_dying_ = false;
};

} // namespace thumbd::http
