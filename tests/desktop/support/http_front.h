#pragma once

#include <QByteArray>
#include <QTcpServer>

#include <cstdint>

class QTcpSocket;

namespace desktop::test {

/// A reverse proxy on a free port of 127.0.0.1 that serves a server of this machine under a
/// sub-path, one request per connection: what stands in front of many a real server. The server may
/// be away, and come back on another port.
class HttpFront : public QTcpServer {
public:
    /// `prefix` as in `/thumbs`; may be empty.
    HttpFront(QByteArray prefix, std::uint16_t upstream);

    void set_upstream(std::uint16_t port) { upstream_ = port; }
    QString url() const;

private:
    void serve(QTcpSocket& client);
    void pass_on(QTcpSocket& client, QByteArray head, const QByteArray& rest);

    const QByteArray prefix_;
    std::uint16_t upstream_;
};

} // namespace desktop::test
