#include "desktop/support/http_front.h"

#include <QHostAddress>
#include <QTcpSocket>

#include <memory>
#include <stdexcept>
#include <utility>

namespace desktop::test {

HttpFront::HttpFront(QByteArray prefix, std::uint16_t upstream)
    : prefix_(std::move(prefix)), upstream_(upstream) {
    if (!listen(QHostAddress::LocalHost))
        throw std::runtime_error("the front cannot listen");
    connect(this, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket* client = nextPendingConnection())
            serve(*client);
    });
}

QString HttpFront::url() const {
    return "http://127.0.0.1:" + QString::number(serverPort()) + prefix_ + '/';
}

void HttpFront::serve(QTcpSocket& client) {
    connect(&client, &QTcpSocket::disconnected, &client, &QObject::deleteLater);
    const auto head = std::make_shared<QByteArray>();
    connect(&client, &QTcpSocket::readyRead, &client, [this, &client, head] {
        *head += client.readAll();
        const auto end = head->indexOf("\r\n\r\n");
        if (end < 0)
            return;
        client.disconnect(SIGNAL(readyRead()));
        pass_on(client, head->first(end + 2), head->sliced(end + 2));
    });
}

void HttpFront::pass_on(QTcpSocket& client, QByteArray head, const QByteArray& rest) {
    const auto path = head.indexOf(' ') + 1;
    if (!head.sliced(path).startsWith(prefix_ + '/')) {
        client.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        client.disconnectFromHost();
        return;
    }
    head.remove(path, prefix_.size());
    const QByteArray kept = "connection: keep-alive"; // in lower case since Qt 6.8
    if (const auto at = head.toLower().indexOf("\r\n" + kept + "\r\n"); at >= 0)
        head.replace(at + 2, kept.size(), "Connection: close");
    auto* server = new QTcpSocket(&client);
    const auto back = [&client, server] {
        if (client.isOpen())
            client.write(server->readAll());
    };
    const auto forth = [&client, server] {
        if (server->isOpen())
            server->write(client.readAll());
    };
    connect(server, &QTcpSocket::connected, &client,
            [server, head, rest] { server->write(head + rest); });
    connect(server, &QTcpSocket::connected, &client, [this, &client, forth] {
        forth();
        connect(&client, &QTcpSocket::readyRead, this, forth);
    });
    connect(server, &QTcpSocket::readyRead, &client, back);
    connect(server, &QTcpSocket::disconnected, &client, [&client, back] {
        back();
        client.disconnectFromHost();
    });
    connect(server, &QTcpSocket::errorOccurred, &client, [&client](auto error) {
        if (error != QAbstractSocket::RemoteHostClosedError)
            client.abort();
    });
    server->connectToHost(QHostAddress::LocalHost, upstream_);
}

} // namespace desktop::test
