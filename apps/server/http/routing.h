#pragma once

#include <QHttpServerRequest>
#include <QString>

#include <functional>
#include <memory>

class QHttpServer;

namespace thumbd::http {

class Exchange;

/// Answers a request now, or keeps the exchange and answers later. Called on the server's loop
/// thread; must not block. An exception is answered with 500.
using Handler = std::function<void(std::shared_ptr<Exchange>)>;

/// Registers `handler` with QHttpServer's router. `pattern` is a path with at most three `<arg>`
/// path parameters, each matching one non-empty segment (Exchange::argument). HEAD requests reach
/// the GET handler; Exchange::method() still tells them apart. Throws std::invalid_argument for a
/// pattern that the router refuses. The server must be one of a ServerPool.
void route(QHttpServer& server, const QString& pattern, QHttpServerRequest::Methods methods,
           Handler handler);

/// What answers requests that no route matches; without one they get a plain 404.
void set_missing_handler(QHttpServer& server, Handler handler);

} // namespace thumbd::http
