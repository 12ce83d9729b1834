#include "connection.h"
#include "loop.h"
#include "qt_compat.h"

#include <QHttpServerResponder>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

// How a connection reads: from bytes to a request that QHttpServer routes.

namespace thumbd::http {

namespace {

thread_local Connection* dispatching_connection = nullptr;

/// Methods that QHttpServer's router can tell apart and that mean something here.
constexpr std::array known_methods{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

/// Input that is dropped while an event stream is open, before the client is cut off.
constexpr std::uint64_t max_discarded_in_events = 64 * 1024;

/// What is read at a time. A spool file is written in such pieces, each beginning at a multiple of
/// it: the kernel then takes few large pieces of memory for it, instead of a page at a time.
constexpr std::size_t piece_size = 256 * 1024;

/// A path as QUrl reads it back to the same text, whatever stands in it.
std::string encode_path(std::string_view path) {
    constexpr std::string_view plain = "-._~/";
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : path) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            plain.find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += {'%', hex[byte >> 4], hex[byte & 15]};
        }
    }
    return encoded;
}

} // namespace

Connection* Connection::dispatching() noexcept {
    return dispatching_connection;
}

void Connection::queue_pump() {
    QMetaObject::invokeMethod(
        this, [this] { pump(); }, Qt::QueuedConnection);
}

/// Whether input is wanted now. While a request is being answered it is not: what the client sends
/// then stays in the kernel, and what it does not read holds up its next request.
bool Connection::may_read_more() const {
    switch (state_) {
    case State::idle:
        return wire_.pending() < gate_->options.limits.stream_low_water;
    case State::head:
    case State::body:
        return true;
    default:
        return false;
    }
}

/// How much to read next; of a body of known length no less is waited for.
std::size_t Connection::wanted_input() const {
    if (state_ != State::body) {
        return piece_size;
    }
    const std::uint64_t there = framer_.body_bytes();
    const std::uint64_t rest = piece_size - there % piece_size;
    const std::uint64_t declared = framer_.head().content_length.value_or(there + rest);
    return static_cast<std::size_t>(std::min(rest, declared - there));
}

void Connection::pump() {
    // Only threads that get here have one: as an array it would be on every thread's stack.
    static thread_local const auto scratch = std::make_unique_for_overwrite<char[]>(piece_size);
    std::string held;
    reading_held_up_ = state_ == State::idle && !may_read_more();
    while (may_read_more()) {
        std::string_view input;
        if (unread_.empty()) {
            input = {scratch.get(), wire_.read(scratch.get(), wanted_input())};
            if (input.empty()) {
                return;
            }
        } else {
            held = std::exchange(unread_, {});
            input = held;
        }
        const bool complete = consume(input);
        unread_.assign(input);
        if (complete) {
            dispatch(); // The end of the turn asks for the next pump.
            return;
        }
        if (state_ == State::body && framer_.head().content_length) {
            wire_.wake_at(wanted_input());
            return; // until then
        }
        reading_held_up_ = state_ == State::idle && !may_read_more();
    }
    discard_input();
}

/// Drops what comes while nothing is read any more.
void Connection::discard_input() {
    if (state_ != State::linger && state_ != State::events) {
        return;
    }
    unread_.clear();
    const std::uint64_t limit =
        state_ == State::events ? max_discarded_in_events : gate_->options.limits.linger_bytes;
    std::array<char, 16 * 1024> scratch;
    while (const std::size_t count = wire_.read(scratch.data(), scratch.size())) {
        discarded_ += count;
        if (discarded_ > limit) {
            die();
            return;
        }
    }
}

/// Feeds the framer until the input is used, a request is complete (true) or the turn has ended.
bool Connection::consume(std::string_view& input) {
    for (;;) {
        const RequestFramer::Event event = framer_.next(input);
        if (state_ == State::idle && !framer_.between_requests()) {
            begin_turn();
            enter(State::head);
        }
        switch (event) {
        case RequestFramer::Event::need_more:
            return false;
        case RequestFramer::Event::head:
            if (!on_head()) {
                return false;
            }
            break;
        case RequestFramer::Event::body:
            turn_->last_byte = Clock::now();
            if (std::optional<Refusal> refusal = turn_->body.append(framer_.body())) {
                refuse(*refusal);
                return false;
            }
            break;
        case RequestFramer::Event::complete:
            return true;
        case RequestFramer::Event::refused:
            refuse(framer_.refusal());
            return false;
        }
    }
}

/// Decides what to do with a request from its head; false when it was answered already.
bool Connection::on_head() {
    Turn& turn = *turn_;
    Request& request = *turn.request;
    request.head = framer_.head();
    identify(request.context, &request.head);
    ++requests_;
    close_after_ =
        !request.head.keep_alive || requests_ >= gate_->options.limits.max_requests_per_connection;

    if (std::find(known_methods.begin(), known_methods.end(), request.head.method) ==
        known_methods.end()) {
        refuse({501, "not_implemented", "The request method is not known here."});
        return false;
    }
    turn.policy = gate_->policy(request.head, request.context);
    turn.route = turn.policy.route;
    if (turn.policy.refuse) {
        turn.refused = true;
        gate_->refused_requests.fetch_add(1);
        // Without a body to skip, the connection can go on.
        reply(*turn.policy.refuse, request.head.has_body());
        return false;
    }
    framer_.limit_body(turn.policy.max_bytes);
    return !request.head.has_body() || begin_body(request.head);
}

bool Connection::begin_body(const RequestHead& head) {
    if (head.content_length.value_or(0) > turn_->policy.max_bytes) {
        return true; // The framer refuses it in its own words.
    }
    turn_->body = InboundBody(*gate_, turn_->policy);
    if (std::optional<Refusal> refusal = turn_->body.begin(head.content_length)) {
        refuse(*refusal);
        return false;
    }
    if (head.expects_continue) {
        wire_.write(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    enter(State::body);
    turn_->last_byte = since_;
    return true;
}

/// Has QHttpServer route the request, which calls the handler.
void Connection::dispatch() {
    Turn& turn = *turn_;
    enter(State::busy);
    turn.received = turn.waiting_since = since_;
    turn.link = std::make_shared<Exchange::Link>();
    turn.link->connection = this;
    gate_->requests.fetch_add(1);

    const RequestHead& head = turn.request->head;
    feed_ = (head.method == "HEAD" ? "GET" : head.method) + ' ' + encode_path(head.path) +
            " HTTP/1.1\r\nHost: gate\r\nContent-Length: 0\r\n\r\n";
    feed_position_ = 0;

    ends_deferred_ = true;
    Connection* const outer = std::exchange(dispatching_connection, this);
    emit readyRead();
    dispatching_connection = outer;
    settle();
    if (state_ == State::busy && !turn_->responder && !turn_->responding) {
        refuse({500, "internal", "The server has no way to answer this request."});
    }
}

std::shared_ptr<Exchange> Connection::attach(QHttpServerResponder&& responder,
                                             std::vector<std::string> arguments) {
    Turn& turn = *turn_;
    turn.responder = std::make_unique<QHttpServerResponder>(std::move(responder));
    auto exchange = std::make_shared<Exchange>(Exchange::Parts{
        turn.request, std::move(arguments), turn.body.take(),
        std::chrono::duration_cast<std::chrono::microseconds>(turn.received - turn.begin), gate_,
        loop_, turn.link});
    turn.exchange = exchange;
    return exchange;
}

qint64 Connection::bytesAvailable() const {
    return QIODevice::bytesAvailable() + static_cast<qint64>(feed_.size() - feed_position_);
}

qint64 Connection::readData(char* data, qint64 max_size) {
    const std::size_t count =
        std::min(static_cast<std::size_t>(max_size), feed_.size() - feed_position_);
    std::memcpy(data, feed_.data() + feed_position_, count);
    feed_position_ += count;
    return static_cast<qint64>(count);
}

qint64 Connection::skipData(qint64 max_size) {
    const std::size_t count =
        std::min(static_cast<std::size_t>(max_size), feed_.size() - feed_position_);
    feed_position_ += count;
    return static_cast<qint64>(count);
}

} // namespace thumbd::http
