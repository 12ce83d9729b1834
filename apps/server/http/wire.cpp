#include "wire.h"

#include <QSslSocket>
#include <QTcpSocket>

#include <sys/socket.h>

#include <utility>

namespace thumbd::http {

namespace {

/// What Qt reads ahead. Little of a plain socket, whose rest we read ourselves, without a copy in
/// between; of TLS enough to keep a fast upload moving, little enough for many connections.
constexpr qint64 plain_read_ahead = 16 * 1024;
constexpr qint64 tls_read_ahead = 128 * 1024;

} // namespace

Wire::Wire(std::unique_ptr<QTcpSocket> socket, Events events)
    : socket_(std::move(socket)),
      tls_(qobject_cast<QSslSocket*>(socket_.get())),
      events_(std::move(events)),
      window_begin_(Clock::now()) {
    socket_->setReadBufferSize(is_tls() ? tls_read_ahead : plain_read_ahead);
    QObject::connect(socket_.get(), &QTcpSocket::readyRead, socket_.get(),
                     [this] { events_.readable(); });
    QObject::connect(socket_.get(), &QTcpSocket::disconnected, socket_.get(),
                     [this] { on_closed(); });
    if (tls_ != nullptr) {
        QObject::connect(tls_, &QSslSocket::encrypted, tls_, [this] { events_.ready(); });
        QObject::connect(tls_, &QSslSocket::encryptedBytesWritten, tls_,
                         [this](qint64 bytes) { on_written(bytes); });
    } else {
        QObject::connect(socket_.get(), &QTcpSocket::bytesWritten, socket_.get(),
                         [this](qint64 bytes) { on_written(bytes); });
    }
}

Wire::~Wire() {
    abort();
}

std::size_t Wire::read(char* buffer, std::size_t size) {
    const qint64 count = socket_->read(buffer, static_cast<qint64>(size));
    std::size_t filled = count > 0 ? static_cast<std::size_t>(count) : 0;
    // Qt has not read all, or was not even woken: from here on it is the kernel's, in order.
    const bool more = count >= plain_read_ahead || wake_at_ > 1;
    if (open_ && !is_tls() && more && filled < size) {
        const ssize_t rest = ::recv(static_cast<int>(socket_->socketDescriptor()), buffer + filled,
                                    size - filled, MSG_DONTWAIT);
        filled += rest > 0 ? static_cast<std::size_t>(rest) : 0; // Qt notices ends and errors.
    }
    return filled;
}

void Wire::wake_at(std::size_t bytes) {
    if (!open_ || is_tls() || bytes == wake_at_) {
        return;
    }
    const int low_water = static_cast<int>(bytes);
    if (::setsockopt(static_cast<int>(socket_->socketDescriptor()), SOL_SOCKET, SO_RCVLOWAT,
                     &low_water, sizeof low_water) == 0) {
        wake_at_ = bytes;
    }
}

void Wire::write(std::string_view bytes) {
    if (open_ && !bytes.empty()) {
        note_write();
        socket_->write(bytes.data(), static_cast<qint64>(bytes.size()));
    }
}

void Wire::write(const QByteArray& bytes) {
    if (open_ && !bytes.isEmpty()) {
        note_write();
        socket_->write(bytes);
    }
}

void Wire::flush() {
    if (open_) {
        socket_->flush();
    }
}

bool Wire::has_input() const {
    return open_ && socket_->bytesAvailable() > 0;
}

void Wire::note_write() {
    if (pending() == 0) {
        window_begin_ = Clock::now();
        window_bytes_ = 0;
    }
}

std::uint64_t Wire::pending() const {
    if (!open_) {
        return 0;
    }
    const qint64 encrypted = tls_ != nullptr ? tls_->encryptedBytesToWrite() : 0;
    return static_cast<std::uint64_t>(socket_->bytesToWrite() + encrypted);
}

void Wire::finish_writing(bool peer_is_sending) {
    if (!open_) {
        return;
    }
    if (tls_ == nullptr) {
        ::shutdown(static_cast<int>(socket_->socketDescriptor()), SHUT_WR);
    } else if (!peer_is_sending) {
        socket_->disconnectFromHost();
    }
}

void Wire::abort() {
    if (std::exchange(open_, false)) {
        socket_->disconnect();
        socket_->abort();
    }
}

void Wire::on_written(std::int64_t bytes) {
    window_bytes_ += static_cast<std::uint64_t>(bytes);
    events_.drained();
}

void Wire::on_closed() {
    if (std::exchange(open_, false)) {
        events_.closed();
    }
}

bool Wire::is_stalled(Clock::time_point now, std::chrono::milliseconds window,
                      std::uint64_t min_rate) {
    if (pending() == 0 || now - window_begin_ < window) {
        return false;
    }
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - window_begin_).count();
    const std::uint64_t wanted = min_rate * static_cast<std::uint64_t>(elapsed) / 1000;
    const bool stalled = window_bytes_ < wanted || window_bytes_ == 0;
    window_begin_ = now;
    window_bytes_ = 0;
    return stalled;
}

} // namespace thumbd::http
