#include "event_stream.h"

#include "connection.h"
#include "loop.h"

#include <utility>

namespace thumbd::http {

EventStream::EventStream(std::shared_ptr<Loop> loop, std::shared_ptr<Link> link)
    : loop_(std::move(loop)), link_(std::move(link)) {}

EventStream::~EventStream() {
    loop_->post([link = link_] {
        if (link->connection != nullptr) {
            link->closed_task = nullptr;
            link->connection->end_events();
        }
    });
}

bool EventStream::post(Task task) {
    return loop_->post(std::move(task));
}

bool EventStream::send(const QByteArray& bytes) {
    return link_->connection != nullptr && link_->connection->send_event(bytes);
}

void EventStream::end() {
    if (link_->connection != nullptr) {
        link_->closed_task = nullptr;
        link_->connection->end_events();
    }
}

bool EventStream::is_open() const noexcept {
    return link_->connection != nullptr;
}

std::uint64_t EventStream::backlog() const noexcept {
    return link_->connection != nullptr ? link_->connection->unsent_bytes() : 0;
}

void EventStream::on_closed(Task task) {
    if (link_->connection != nullptr) {
        link_->closed_task = std::move(task);
    } else {
        task();
    }
}

} // namespace thumbd::http
