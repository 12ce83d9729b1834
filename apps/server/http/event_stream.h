#pragma once

#include <QByteArray>

#include <cstdint>
#include <functional>
#include <memory>

namespace thumbd::http {

class Connection;
class Loop;

/// An answer without an end, for Server-Sent Events. Belongs to its exchange's loop thread: every
/// call is made there, except post() and the destructor, which ends the stream. A client that reads
/// too slowly is cut off: see Limits::event_backlog and Timeouts::write_stall.
class EventStream {
public:
    using Task = std::function<void()>;

    ~EventStream();
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    /// Any thread. Runs `task`, which must not throw, on the stream's thread; false when the server
    /// has ended.
    bool post(Task task);

    /// Queues bytes for the client. False when the stream is closed, also if this call closed it.
    bool send(const QByteArray& bytes);

    /// Ends the answer; what was sent before still goes out. Does not call on_closed's task.
    void end();

    bool is_open() const noexcept;

    /// Bytes that the client has not taken yet.
    std::uint64_t backlog() const noexcept;

    /// Calls `task` when the stream closes for any reason other than end(): the client left, was
    /// cut off, or the server drains; at once if it is closed already. One task; the last one
    /// counts.
    void on_closed(Task task);

    /// The way back to the connection; null once the stream is closed.
    struct Link {
        Connection* connection = nullptr;
        Task closed_task;
    };

    /// For the gate itself.
    EventStream(std::shared_ptr<Loop> loop, std::shared_ptr<Link> link);

private:
    std::shared_ptr<Loop> loop_;
    std::shared_ptr<Link> link_;
};

} // namespace thumbd::http
