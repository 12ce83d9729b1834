#include "gate_server.h"

#include "connection.h"
#include "peer.h"
#include "response_head.h"

#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpSocket>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace thumbd::http {

namespace {

using std::chrono::milliseconds;

/// Often enough that no time-out is late by much, seldom enough to cost nothing.
milliseconds tick_interval(const Timeouts& timeouts) {
    const milliseconds shortest =
        std::min({timeouts.tls_handshake, timeouts.head, timeouts.idle, timeouts.body_stall,
                  timeouts.handler, timeouts.write_stall, timeouts.linger, timeouts.drain_grace});
    return std::clamp(shortest / 4, milliseconds(10), milliseconds(250));
}

/// How long the acceptor rests when the process is out of descriptors.
constexpr milliseconds accept_pause{100};

/// At least one round of the event loop, so that the backlog has been taken.
constexpr milliseconds backlog_round{20};

} // namespace

GateServer::GateServer(std::shared_ptr<GateState> gate, std::shared_ptr<Loop> loop, TlsSource tls,
                       std::function<void()> drained)
    : gate_(std::move(gate)),
      loop_(std::move(loop)),
      tls_(std::move(tls)),
      drained_(std::move(drained)) {
    ticker_.setInterval(tick_interval(gate_->options.limits.timeouts));
    connect(&ticker_, &QTimer::timeout, this, [this] { tick(); });
    connect(this, &QTcpServer::acceptError, this,
            [this] { QTimer::singleShot(accept_pause, this, [this] { resumeAccepting(); }); });
}

GateServer::~GateServer() {
    cut_all();
}

void GateServer::incomingConnection(qintptr descriptor) {
    const int fd = static_cast<int>(descriptor);
    Peer peer = peer_of(fd);
    peer.tls = tls_ != nullptr;
    ConnectionLedger::Slot slot = gate_->ledger.enter(peer.address);
    if (!slot) {
        refuse(fd, peer);
        return;
    }
    std::unique_ptr<QTcpSocket> socket;
    if (tls_) {
        auto secure = std::make_unique<QSslSocket>();
        secure->setSslConfiguration(tls_());
        socket = std::move(secure);
    } else {
        socket = std::make_unique<QTcpSocket>();
    }
    if (!socket->setSocketDescriptor(descriptor)) {
        ::close(fd);
        return;
    }
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    auto* const secure = qobject_cast<QSslSocket*>(socket.get());
    auto* const connection = new Connection(
        std::move(socket), std::move(peer), std::move(slot), gate_, loop_,
        [this](Connection* closed) { forget(closed); }, this);
    gate_->accepted_connections.fetch_add(1);
    connections_.insert(connection);
    ticker_.start();
    addPendingConnection(connection);
    if (secure != nullptr) {
        secure->startServerEncryption();
    }
}

/// Answers a connection beyond the limits, as far as that goes without keeping it.
void GateServer::refuse(int descriptor, const Peer& peer) {
    gate_->refused_connections.fetch_add(1);
    RequestContext context;
    context.peer = peer;
    identify(context, nullptr);
    if (!tls_) {
        Response response = gate_->error_response(
            {503, "too_many_connections", "The server has as many connections as it takes.", 2},
            context);
        gate_->add_common_headers(context, response.headers);
        response.headers = clean_fields(std::move(response.headers));
        response.headers.set("Connection", "close");
        response.headers.set("Content-Length", std::to_string(response.body.size()));
        const std::string text =
            format_response_head({response.status, response.headers}) + response.body.toStdString();
        // Unread input would turn the close into a reset, which overtakes the answer.
        std::array<char, 16 * 1024> scratch;
        while (::recv(descriptor, scratch.data(), scratch.size(), MSG_DONTWAIT) ==
               static_cast<ssize_t>(scratch.size())) {
        }
        if (::send(descriptor, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            ::shutdown(descriptor, SHUT_WR);
        }
    }
    ::close(descriptor);
    AccessRecord record;
    record.request_id = context.request_id;
    record.traceparent = context.traceparent;
    record.peer = peer;
    record.status = 503;
    record.refused = true;
    gate_->log(record);
}

void GateServer::forget(Connection* connection) {
    connections_.erase(connection);
    if (connections_.empty()) {
        ticker_.stop();
    }
    report_if_drained();
}

void GateServer::tick() {
    const auto now = Connection::Clock::now();
    for (Connection* connection : std::vector(connections_.begin(), connections_.end())) {
        if (connections_.contains(connection)) {
            connection->tick(now);
        }
    }
}

void GateServer::drain() {
    if (std::exchange(draining_, true)) {
        return;
    }
    for (Connection* connection : std::vector(connections_.begin(), connections_.end())) {
        connection->drain();
    }
    QTimer::singleShot(backlog_round, this, [this] {
        close();
        stopped_accepting_ = true;
        report_if_drained();
    });
}

void GateServer::report_if_drained() {
    if (stopped_accepting_ && connections_.empty() && drained_) {
        std::exchange(drained_, nullptr)();
    }
}

void GateServer::cut_all() {
    for (Connection* connection : std::vector(connections_.begin(), connections_.end())) {
        if (connections_.contains(connection)) {
            connection->cut();
        }
    }
}

} // namespace thumbd::http
