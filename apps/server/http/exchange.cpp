#include "exchange.h"

#include "connection.h"
#include "gate_state.h"
#include "loop.h"

#include <utility>

namespace thumbd::http {

Exchange::Exchange(Parts parts) : parts_(std::move(parts)), body_size_(parts_.body.size) {}

Exchange::~Exchange() {
    if (!answered_ && !client_gone_) {
        parts_.loop->post([link = parts_.link] {
            if (link->connection != nullptr) {
                link->connection->answer_abandoned();
            }
        });
    }
}

const std::string& Exchange::argument(std::size_t index) const noexcept {
    static const std::string none;
    return index < parts_.arguments.size() ? parts_.arguments[index] : none;
}

/// Calls `action` with the connection, on its thread, unless it has moved on.
template <typename Action>
void Exchange::on_connection(Action action) {
    if (parts_.loop->is_current()) {
        if (parts_.link->connection != nullptr) {
            action(*parts_.link->connection);
        }
        return;
    }
    parts_.loop->post([link = parts_.link, action = std::move(action)]() mutable {
        if (link->connection != nullptr) {
            action(*link->connection);
        }
    });
}

bool Exchange::post(Task task) {
    return parts_.loop->post(
        [self = shared_from_this(), task = std::move(task)] { self->run(task); });
}

void Exchange::run(const Task& task) {
    if (!parts_.gate->guard(context(), task)) {
        respond_error({500, "internal", "The server failed to handle the request."});
    }
}

void Exchange::respond(int status, Headers headers, QByteArray body) {
    respond({status, std::move(headers), std::move(body)});
}

void Exchange::respond(Response response) {
    if (claim_answer()) {
        on_connection([response = std::move(response)](Connection& connection) mutable {
            connection.answer(std::move(response));
        });
    }
}

void Exchange::respond_error(const Refusal& refusal) {
    if (claim_answer()) {
        on_connection([refusal](Connection& connection) { connection.answer_error(refusal); });
    }
}

void Exchange::respond_stream(int status, Headers headers, std::uint64_t content_length,
                              ChunkProducer producer) {
    if (claim_answer()) {
        on_connection([status, headers = std::move(headers), content_length,
                       producer = std::move(producer)](Connection& connection) mutable {
            connection.answer_stream(status, std::move(headers), content_length,
                                     std::move(producer));
        });
    }
}

std::shared_ptr<EventStream> Exchange::begin_event_stream(Headers headers) {
    if (parts_.link->connection == nullptr || !claim_answer()) {
        return nullptr;
    }
    return parts_.link->connection->answer_events(std::move(headers));
}

void Exchange::on_client_gone(Task task) {
    if (parts_.link->connection != nullptr) {
        parts_.link->connection->set_client_gone_task(std::move(task));
    } else if (client_gone_) {
        task();
    }
}

void Exchange::set_route(std::string route) {
    if (parts_.link->connection != nullptr) {
        parts_.link->connection->set_route(std::move(route));
    }
}

} // namespace thumbd::http
