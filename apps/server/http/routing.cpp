#include "routing.h"

#include "connection.h"
#include "exchange.h"
#include "qt_compat.h"

#include <stdexcept>
#include <utility>

namespace thumbd::http {

namespace {

/// Calls `handler` for the request that QHttpServer is routing on this thread.
void handle(const Handler& handler, QHttpServerResponder&& responder,
            std::vector<std::string> arguments) {
    Connection* const connection = Connection::dispatching();
    if (connection == nullptr) {
        return; // It is nobody's request.
    }
    const std::shared_ptr<Exchange> exchange =
        connection->attach(std::move(responder), std::move(arguments));
    exchange->run([&] { handler(exchange); });
}

} // namespace

void route(QHttpServer& server, const QString& pattern, QHttpServerRequest::Methods methods,
           Handler handler) {
    using Responder = qt_compat::ResponderArgument;
    bool accepted = false;
    // The router counts a handler's parameters, so there is one form per number of path parameters.
    switch (pattern.count(QStringLiteral("<arg>"))) {
    case 0:
        accepted = server.route(pattern, methods, [handler](Responder responder) {
            handle(handler, std::move(responder), {});
        });
        break;
    case 1:
        accepted = server.route(pattern, methods, [handler](const QString& a, Responder responder) {
            handle(handler, std::move(responder), {a.toStdString()});
        });
        break;
    case 2:
        accepted = server.route(
            pattern, methods, [handler](const QString& a, const QString& b, Responder responder) {
                handle(handler, std::move(responder), {a.toStdString(), b.toStdString()});
            });
        break;
    case 3:
        accepted = server.route(
            pattern, methods,
            [handler](const QString& a, const QString& b, const QString& c, Responder responder) {
                handle(handler, std::move(responder),
                       {a.toStdString(), b.toStdString(), c.toStdString()});
            });
        break;
    default:
        break;
    }
    if (!accepted) {
        throw std::invalid_argument("QHttpServer refuses the route " + pattern.toStdString());
    }
}

void set_missing_handler(QHttpServer& server, Handler handler) {
    qt_compat::set_missing_handler(
        server, [handler = std::move(handler)](QHttpServerResponder&& responder) {
            handle(handler, std::move(responder), {});
        });
}

} // namespace thumbd::http
