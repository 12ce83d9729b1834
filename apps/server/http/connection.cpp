#include "connection.h"

#include "loop.h"

#include <QHttpServerResponder>
#include <QSslSocket>

#include <utility>

namespace thumbd::http {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

Connection::Connection(std::unique_ptr<QTcpSocket> socket, Peer peer, ConnectionLedger::Slot slot,
                       std::shared_ptr<GateState> gate, std::shared_ptr<Loop> loop,
                       std::function<void(Connection*)> closed, QObject* parent)
    : QTcpSocket(parent),
      gate_(std::move(gate)),
      loop_(std::move(loop)),
      peer_(std::move(peer)),
      slot_(std::move(slot)),
      closed_(std::move(closed)),
      wire_(std::move(socket), {.ready = [this] { on_wire_ready(); },
                                .readable = [this] { pump(); },
                                .drained = [this] { on_wire_drained(); },
                                .closed = [this] { die(); }}),
      framer_(gate_->options.limits.framing),
      since_(Clock::now()) {
    setSocketState(ConnectedState);
    setOpenMode(ReadWrite);
    setPeerAddress(QHostAddress(QString::fromStdString(peer_.address)));
    setPeerPort(peer_.port);
    if (wire_.is_tls()) {
        enter(State::handshake);
    }
}

Connection::~Connection() {
    // QHttpServer's side is gone already when its server is destroyed with requests in flight, so
    // the acceptor cuts every connection before that.
    wire_.abort();
    setSocketState(UnconnectedState);
    setOpenMode(NotOpen);
}

void Connection::enter(State state) {
    state_ = state;
    since_ = Clock::now();
    if (state != State::body) {
        wire_.wake_at(1);
    }
}

void Connection::on_wire_ready() {
    if (state_ == State::handshake) {
        enter(State::idle);
        pump();
    }
}

void Connection::on_wire_drained() {
    switch (state_) {
    case State::linger:
        finish_writing_if_flushed();
        break;
    case State::busy:
        pull_stream();
        break;
    case State::idle:
        if (reading_held_up_ && may_read_more()) {
            queue_pump();
        }
        break;
    default:
        break;
    }
}

void Connection::begin_turn() {
    turn_.emplace();
    turn_->request->context.peer = peer_;
    gate_->active_exchanges.fetch_add(1);
}

/// The answer has been written in full.
void Connection::end_turn() {
    if (ends_deferred_) {
        turn_is_over_ = true;
        return;
    }
    release_turn(false);
    if (close_after_) {
        start_linger();
        return;
    }
    framer_.restart();
    enter(State::idle);
    if (!unread_.empty() || wire_.has_input()) {
        queue_pump();
    }
}

/// Makes up for the ends that were put off.
void Connection::settle() {
    ends_deferred_ = false;
    const bool over = std::exchange(turn_is_over_, false);
    if (is_dying_) {
        die();
    } else if (over) {
        end_turn();
    }
}

/// Lets go of the turn and of everything that waits for it.
void Connection::release_turn(bool client_gone) {
    if (!turn_) {
        return;
    }
    Turn turn = std::move(*turn_);
    turn_.reset();
    feed_.clear();
    feed_position_ = 0; // Qt 6.8 comes back to read, though there is nothing.
    if (turn.link) {
        turn.link->connection = nullptr;
    }
    const RequestContext& context = turn.request->context;
    if (client_gone) {
        if (const std::shared_ptr<Exchange> exchange = turn.exchange.lock()) {
            exchange->client_gone_ = true;
        }
        if (turn.client_gone_task) {
            gate_->guard(context, turn.client_gone_task);
        }
    }
    if (turn.events) {
        gate_->event_streams.fetch_sub(1);
        turn.events->connection = nullptr;
        if (const EventStream::Task task = std::exchange(turn.events->closed_task, nullptr)) {
            gate_->guard(context, task);
        }
    }
    gate_->active_exchanges.fetch_sub(1);
    gate_->log(access_record(turn, client_gone));
}

AccessRecord Connection::access_record(const Turn& turn, bool client_gone) const {
    const RequestHead& head = turn.request->head;
    AccessRecord record;
    record.request_id = turn.request->context.request_id;
    record.peer = peer_;
    record.method = head.method;
    record.path = head.target.substr(0, head.target.find('?'));
    record.route = turn.route;
    record.user_agent = head.headers.get("User-Agent");
    record.traceparent = turn.request->context.traceparent;
    record.status = turn.status;
    record.bytes_in = framer_.body_bytes();
    record.bytes_out = turn.bytes_out;
    record.receive = duration_cast<microseconds>(turn.received - turn.begin);
    record.total = duration_cast<microseconds>(Clock::now() - turn.begin);
    record.refused = turn.refused;
    record.client_gone = client_gone;
    return record;
}

/// Closes so that the client can still read its answer: closing at once while it is sending would
/// reset the connection, and the reset would overtake the answer.
void Connection::start_linger() {
    enter(State::linger);
    input_incomplete_ = !framer_.is_complete();
    finish_writing_if_flushed();
    queue_pump();
}

void Connection::finish_writing_if_flushed() {
    if (!writing_finished_ && wire_.pending() == 0) {
        writing_finished_ = true;
        since_ = Clock::now();
        wire_.finish_writing(input_incomplete_);
    }
}

/// Ends the connection at once.
void Connection::die() {
    wire_.abort();
    if (ends_deferred_) {
        is_dying_ = true;
        return;
    }
    if (state_ == State::dead) {
        return;
    }
    state_ = State::dead;
    release_turn(true);
    slot_.reset();
    setSocketState(UnconnectedState);
    emit disconnected();
    closed_(this);
    deleteLater();
}

void Connection::cut() {
    die();
}

void Connection::drain() {
    switch (state_) {
    case State::idle:
        if (requests_ != 0) {
            wire_.pending() == 0 ? die() : start_linger();
        }
        break;
    case State::events:
        end_events();
        break;
    default:
        break; // The others close after their answer, or by their time-out.
    }
}

void Connection::tick(Clock::time_point now) {
    const Limits& limits = gate_->options.limits;
    const Timeouts& timeouts = limits.timeouts;
    if (wire_.is_stalled(now, timeouts.write_stall, limits.min_write_rate)) {
        die();
        return;
    }
    if (state_ == State::body) {
        pump(); // A slow client's bytes may be too few to wake us, but they count.
    }
    const bool first_in_drain = gate_->draining && requests_ == 0;
    const auto in_state = now - since_;
    switch (state_) {
    case State::handshake:
        if (in_state > (first_in_drain ? timeouts.drain_grace : timeouts.tls_handshake)) {
            die();
        }
        break;
    case State::idle:
        if (in_state > (first_in_drain ? timeouts.drain_grace : timeouts.idle) &&
            wire_.pending() == 0) {
            die();
        }
        break;
    case State::linger:
        if (writing_finished_ && in_state > timeouts.linger) {
            die();
        }
        break;
    default:
        check_turn_deadline(now);
        break;
    }
}

void Connection::check_turn_deadline(Clock::time_point now) {
    const Limits& limits = gate_->options.limits;
    const Timeouts& timeouts = limits.timeouts;
    if (state_ == State::head && now - turn_->begin > timeouts.head) {
        refuse({408, "request_timeout", "The request's head did not arrive in time."});
    } else if (state_ == State::body) {
        const auto elapsed = duration_cast<milliseconds>(now - since_);
        const std::uint64_t wanted =
            limits.min_body_rate * static_cast<std::uint64_t>(elapsed.count()) / 1000;
        if (now - turn_->last_byte > timeouts.body_stall ||
            (elapsed > timeouts.body_stall && framer_.body_bytes() < wanted)) {
            refuse({408, "request_timeout", "The request's body arrives too slowly."});
        }
    } else if (state_ == State::busy) {
        const milliseconds own = turn_->policy.handler_timeout;
        if (now - turn_->waiting_since <= (own.count() > 0 ? own : timeouts.handler)) {
            return;
        }
        if (!turn_->responding) {
            abandon_handler();
            refuse({503, "handler_timeout", "The server did not answer in time.", 5});
        } else if (turn_->stream && turn_->stream->asked) {
            die();
        }
    }
}

/// Tells the handler that nobody waits for it any more.
void Connection::abandon_handler() {
    if (turn_->link) {
        turn_->link->connection = nullptr;
    }
    if (const std::shared_ptr<Exchange> exchange = turn_->exchange.lock()) {
        exchange->client_gone_ = true;
    }
    if (const Exchange::Task task = std::exchange(turn_->client_gone_task, nullptr)) {
        gate_->guard(turn_->request->context, task);
    }
}

} // namespace thumbd::http
