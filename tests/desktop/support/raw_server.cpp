#include "desktop/support/raw_server.h"

#include <QHostAddress>
#include <QTcpSocket>

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace desktop::test {
namespace {

/// Takes a whole request off the front of `bytes`; nothing while it is not all there.
std::optional<RawRequest> take_request(QByteArray& bytes) {
    const auto end = bytes.indexOf("\r\n\r\n");
    if (end < 0)
        return std::nullopt;
    RawRequest request;
    QList<QByteArray> lines = bytes.first(end).split('\n');
    const QList<QByteArray> words = lines.takeFirst().trimmed().split(' ');
    request.method = words.value(0);
    request.target = words.value(1);
    for (const QByteArray& line : lines) {
        const auto colon = line.indexOf(':');
        request.headers[line.first(colon).toLower()] = line.sliced(colon + 1).trimmed();
    }
    const auto length = request.headers["content-length"].toLongLong();
    if (bytes.size() < end + 4 + length)
        return std::nullopt;
    request.body = bytes.sliced(end + 4, length);
    bytes.remove(0, end + 4 + length);
    return request;
}

RawServer::Reply idle_answer(const RawRequest& request) {
    if (request.target.startsWith("/v1/events"))
        return {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:\n\n"};
    if (request.target.startsWith("/v1/jobs?"))
        return RawServer::answer(200,
                                 R"({"jobs":[],"next_cursor":null,"events_cursor":"start-1"})");
    return RawServer::answer(404, R"({"code":"not_found","detail":"There is nothing here."})");
}

} // namespace

RawServer::RawServer(Script how) : script(std::move(how)) {
    if (!listen(QHostAddress::LocalHost))
        throw std::runtime_error("the server cannot listen");
    connect(this, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket* client = nextPendingConnection())
            serve(*client);
    });
}

QUrl RawServer::url() const {
    return QUrl("http://127.0.0.1:" + QString::number(serverPort()) + '/');
}

RawServer::Reply RawServer::answer(int status, const QByteArray& body, const QByteArray& headers) {
    return {"HTTP/1.1 " + QByteArray::number(status) + " Whatever\r\n" + headers +
            "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body};
}

void RawServer::serve(QTcpSocket& client) {
    connect(&client, &QTcpSocket::disconnected, this, [this, &client] {
        std::erase(streams_, &client);
        client.deleteLater();
    });
    const auto bytes = std::make_shared<QByteArray>();
    connect(&client, &QTcpSocket::readyRead, this, [this, &client, bytes] {
        *bytes += client.readAll();
        while (const auto request = take_request(*bytes)) {
            requests.push_back(*request);
            reply(client, *request);
        }
    });
}

void RawServer::reply(QTcpSocket& client, const RawRequest& request) {
    Reply reply{.handled = false};
    if (script)
        reply = script(request);
    if (!reply.handled)
        reply = idle_answer(request);
    if (reply.bytes.contains("text/event-stream") && !reply.close)
        streams_.push_back(&client);
    client.write(reply.bytes);
    if (!reply.close)
        return;
    if (reply.bytes.isEmpty())
        client.abort();
    else
        client.disconnectFromHost();
}

void RawServer::stream(const QByteArray& bytes) {
    for (QTcpSocket* client : streams_)
        client->write(bytes);
}

void RawServer::cut() {
    for (QTcpSocket* client : findChildren<QTcpSocket*>())
        client->abort();
}

} // namespace desktop::test
