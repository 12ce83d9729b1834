#pragma once

// The differences between QHttpServer of Qt 6.4 and of Qt 6.8, in one place.

#include "headers.h"

#include <QHttpServer>
#include <QHttpServerResponder>
#include <QHttpServerResponse>
#include <QTcpServer>
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
#include <QHttpHeaders>
#endif

#include <string>
#include <utility>

namespace thumbd::http::qt_compat {

#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
/// How a handler is given its responder.
using ResponderArgument = QHttpServerResponder&;
#else
using ResponderArgument = QHttpServerResponder&&;
#endif

inline QByteArray to_bytes(std::string_view text) {
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

/// A response with exactly these fields and QHttpServer's own Content-Length.
inline QHttpServerResponse make_response(int status, const Headers& fields,
                                         const QByteArray& body) {
    const QByteArray type = to_bytes(fields.get("Content-Type"));
    QHttpServerResponse response(type, body, static_cast<QHttpServerResponse::StatusCode>(status));
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    QHttpHeaders headers = response.headers();
#endif
    for (const Header& field : fields) {
        if (equals_ignoring_case(field.name, "Content-Type")) {
            continue;
        }
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
        headers.append(to_bytes(field.name), to_bytes(field.value));
#else
        response.addHeader(to_bytes(field.name), to_bytes(field.value));
#endif
    }
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    response.setHeaders(std::move(headers));
#endif
    return response;
}

inline void send(QHttpServerResponder& responder, const QHttpServerResponse& response) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    responder.sendResponse(response);
#else
    response.write(std::move(responder));
#endif
}

/// `handler` is called with the responder alone.
template <typename Handler>
void set_missing_handler(QHttpServer& server, Handler handler) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    server.setMissingHandler(&server,
                             [handler](const QHttpServerRequest&, QHttpServerResponder& responder) {
                                 handler(std::move(responder));
                             });
#else
    server.setMissingHandler(
        [handler](const QHttpServerRequest&, QHttpServerResponder&& responder) {
            handler(std::move(responder));
        });
#endif
}

/// Lets `server` take the connections of the listening `acceptor`, which becomes its child.
inline bool bind(QHttpServer& server, QTcpServer* acceptor) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    return server.bind(acceptor);
#else
    server.bind(acceptor);
    return acceptor->isListening();
#endif
}

} // namespace thumbd::http::qt_compat
