#include "connection.h"
#include "loop.h"
#include "response_head.h"

#include <algorithm>
#include <limits>
#include <utility>

// How a connection answers: from a response to bytes.

namespace thumbd::http {

namespace {

constexpr qsizetype largest_copied = 8 * 1024;

std::string_view to_view(const QByteArray& bytes) {
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

} // namespace

/// Answers with an error of the gate's own and closes, since the rest of the input means nothing
/// any more.
void Connection::refuse(const Refusal& refusal) {
    if (!turn_) {
        begin_turn();
    }
    if (turn_->responding) {
        die(); // Half an answer is on its way; it cannot be taken back.
        return;
    }
    turn_->refused = !turn_->link;
    if (turn_->refused) {
        gate_->refused_requests.fetch_add(1);
    }
    RequestContext& context = turn_->request->context;
    if (context.head == nullptr) {
        // What is known of it by then: whether it is a HEAD, and something for the log.
        turn_->request->head = framer_.head();
    }
    if (context.request_id.empty()) {
        identify(context, nullptr);
    }
    reply(gate_->error_response(refusal, context), true);
}

/// Answers a request that no handler has seen.
void Connection::reply(Response response, bool close) {
    close_after_ = close_after_ || close;
    if (!turn_->link) {
        turn_->received = Clock::now();
    }
    answer(std::move(response));
}

bool Connection::sends_body() const {
    return turn_->request->head.method != "HEAD" && !has_no_body(turn_->status);
}

/// Completes the head of an answer and writes it. Without a length the answer ends with the
/// connection.
void Connection::write_head(ResponseHead head, std::optional<std::uint64_t> length) {
    turn_->responding = true;
    turn_->status = head.status;
    Headers& fields = head.headers;
    for (const char* ours : {"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length"}) {
        fields.remove(ours);
    }
    gate_->add_common_headers(turn_->request->context, fields);
    fields = clean_fields(std::move(fields));
    fields.set_default("Date", http_date_now());
    if (length && !has_no_body(head.status)) {
        fields.add("Content-Length", std::to_string(*length));
    }
    close_after_ = close_after_ || !length || gate_->draining;
    if (close_after_) {
        fields.add("Connection", "close");
    } else if (turn_->request->head.http_1_0) {
        fields.add("Connection", "keep-alive");
    }
    const std::string text = format_response_head(head);
    turn_->bytes_out += text.size();
    wire_.write(text);
}

/// Writes past QHttpServer, whose responder is only held until the end of the turn: it would format
/// the answer, for us to read it again.
void Connection::answer(Response response) {
    write_head({response.status, std::move(response.headers)},
               static_cast<std::uint64_t>(response.body.size()));
    if (sends_body()) {
        turn_->bytes_out += static_cast<std::uint64_t>(response.body.size());
        if (response.body.size() <= largest_copied) {
            wire_.write(to_view(response.body)); // goes out in one piece with the head
        } else {
            wire_.write(response.body);
        }
    }
    end_turn();
    wire_.flush();
}

void Connection::answer_error(const Refusal& refusal) {
    answer(gate_->error_response(refusal, turn_->request->context));
}

void Connection::answer_abandoned() {
    if (!turn_->responding) {
        gate_->report_failure(turn_->request->context,
                              "the handler dropped the request unanswered");
        answer_error({500, "internal", "The server failed to handle the request."});
    }
}

/// What QHttpServer writes on its own has no reader: the handlers answer.
qint64 Connection::writeData(const char*, qint64 size) {
    return size;
}

void Connection::answer_stream(int status, Headers headers, std::uint64_t length,
                               ChunkProducer producer) {
    turn_->stream.emplace();
    turn_->stream->producer = std::make_shared<ChunkProducer>(std::move(producer));
    turn_->stream->left = length;
    write_head({status, std::move(headers)}, length);
    if (!sends_body()) {
        turn_->stream->left = 0;
    }
    pull_stream();
}

/// Asks for the next chunks while the client keeps up, and ends the turn after the last.
void Connection::pull_stream() {
    if (!turn_ || !turn_->stream || turn_->stream->asking) {
        return;
    }
    const Limits& limits = gate_->options.limits;
    // A chunk that is delivered at once comes in while `asking` is set, and the loop goes on.
    while (turn_ && !is_dying_ && turn_->stream->left > 0 && !turn_->stream->asked &&
           wire_.pending() < limits.stream_low_water) {
        OutgoingStream& stream = *turn_->stream;
        stream.asked = stream.asking = true;
        turn_->waiting_since = Clock::now();
        const std::shared_ptr<ChunkProducer> producer = stream.producer;
        auto deliver = [link = turn_->link, loop = loop_,
                        demand = ++stream.demand](QByteArray chunk) {
            auto take = [link, demand, chunk = std::move(chunk)]() mutable {
                if (link->connection != nullptr) {
                    link->connection->take_chunk(demand, std::move(chunk));
                }
            };
            if (loop->is_current()) {
                take();
            } else {
                loop->post(std::move(take));
            }
        };
        const auto most = static_cast<std::size_t>(std::min(limits.stream_chunk, stream.left));
        const std::shared_ptr<Request> request = turn_->request;
        if (!gate_->guard(request->context, [&] { (*producer)(most, deliver); })) {
            die();
            return;
        }
        if (turn_ && turn_->stream) {
            turn_->stream->asking = false;
        }
    }
    if (turn_ && !turn_is_over_ && turn_->stream->left == 0) {
        end_turn();
    }
}

void Connection::take_chunk(std::uint64_t demand, QByteArray chunk) {
    OutgoingStream& stream = *turn_->stream;
    if (!stream.asked || demand != stream.demand) {
        return; // Delivered twice.
    }
    stream.asked = false;
    turn_->waiting_since = Clock::now();
    if (chunk.isEmpty()) {
        die();
        return;
    }
    if (static_cast<std::uint64_t>(chunk.size()) > stream.left) {
        chunk.truncate(static_cast<qsizetype>(stream.left));
    }
    stream.left -= static_cast<std::uint64_t>(chunk.size());
    turn_->bytes_out += static_cast<std::uint64_t>(chunk.size());
    wire_.write(chunk);
    pull_stream();
}

std::shared_ptr<EventStream> Connection::answer_events(Headers headers) {
    headers.set_default("Content-Type", "text/event-stream");
    headers.set_default("Cache-Control", "no-store");
    write_head({200, std::move(headers)}, std::nullopt);
    if (!sends_body()) {
        end_turn();
        return nullptr;
    }
    gate_->event_streams.fetch_add(1);
    turn_->events = std::make_shared<EventStream::Link>();
    turn_->events->connection = this;
    enter(State::events);
    unread_.clear();
    return std::make_shared<EventStream>(loop_, turn_->events);
}

bool Connection::send_event(const QByteArray& bytes) {
    if (state_ != State::events || is_dying_) {
        return false;
    }
    const std::uint64_t size = static_cast<std::uint64_t>(bytes.size());
    if (wire_.pending() + size > gate_->options.limits.event_backlog) {
        die();
        return false;
    }
    turn_->bytes_out += size;
    wire_.write(bytes);
    return true;
}

void Connection::end_events() {
    if (state_ == State::events) {
        end_turn();
    }
}

void Connection::set_client_gone_task(Exchange::Task task) {
    turn_->client_gone_task = std::move(task);
}

void Connection::set_route(std::string route) {
    turn_->route = std::move(route);
}

qint64 Connection::bytesToWrite() const {
    return static_cast<qint64>(wire_.pending());
}

void Connection::close() {
    disconnectFromHost();
}

/// QHttpServer's way to give a connection up: it could not read the request it was handed.
void Connection::disconnectFromHost() {
    if (state_ == State::busy && turn_ && !turn_->responding) {
        refuse({400, "bad_request", "The request could not be read."});
    }
}

} // namespace thumbd::http
