#pragma once

#include <QByteArray>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

class QSslSocket;
class QTcpSocket;

namespace thumbd::http {

/// The real socket of a connection, plain or TLS, with the differences between the two hidden.
/// Lives on its loop's thread. After abort(), and once `closed` was called, nothing is written or
/// read any more.
class Wire {
public:
    using Clock = std::chrono::steady_clock;

    struct Events {
        std::function<void()> ready; ///< The TLS handshake is done; not called for plain sockets.
        std::function<void()> readable; ///< There is something to read.
        std::function<void()> drained;  ///< Some of what was written has gone out.
        std::function<void()> closed;   ///< The peer closed, or the connection broke; called once.
    };

    Wire(std::unique_ptr<QTcpSocket> socket, Events events);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    bool is_tls() const noexcept { return tls_ != nullptr; }

    /// Takes what has come, up to `size` bytes; 0 when there is nothing.
    std::size_t read(char* buffer, std::size_t size);

    /// Has `readable` come only when this many bytes are there, or the peer has ended; what there
    /// is can be read before. 1, as in the beginning: with each byte. Plain sockets only: TLS goes
    /// on telling of each record.
    void wake_at(std::size_t bytes);

    void write(std::string_view bytes);
    void write(const QByteArray& bytes);

    /// Gives the kernel at once what it takes of what was written, without waiting for the loop.
    void flush();

    /// Whether there is something to read already.
    bool has_input() const;

    /// Bytes written that the kernel has not taken yet.
    std::uint64_t pending() const;

    /// Tells the peer that no more will come; to be called once pending() is 0. With TLS it can
    /// only be told while nothing of the peer's is left unread, else the reply would be lost in a
    /// reset.
    void finish_writing(bool peer_is_sending);

    /// Breaks the connection off. Does not call `closed`.
    void abort();

    /// Whether, over at least `window` of having something to write, the peer took less than
    /// `min_rate` bytes per second.
    bool is_stalled(Clock::time_point now, std::chrono::milliseconds window,
                    std::uint64_t min_rate);

private:
    void on_written(std::int64_t bytes);
    void on_closed();
    void note_write();

    std::unique_ptr<QTcpSocket> socket_;
    QSslSocket* tls_;
    Events events_;
    bool open_ = true;
    std::size_t wake_at_ = 1;
    Clock::time_point window_begin_;
    std::uint64_t window_bytes_ = 0;
};

} // namespace thumbd::http
