#pragma once

// The differences between QHttpServer of Qt 6.4 and of Qt 6.8, in one place.

#include <QHttpServer>
#include <QHttpServerResponder>
#include <QTcpServer>

#include <utility>

namespace thumbd::http::qt_compat {

#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
/// How a handler is given its responder.
using ResponderArgument = QHttpServerResponder&;
#else
using ResponderArgument = QHttpServerResponder&&;
#endif

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
