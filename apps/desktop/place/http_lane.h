#pragma once

#include "place/place.h"

#include <QByteArray>
#include <QNetworkRequest>
#include <QPointer>
#include <QSslConfiguration>
#include <QString>
#include <QUrl>
#include <QUrlQuery>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

class QNetworkAccessManager;
class QNetworkReply;

namespace desktop {

/// How to reach a thumbd.
struct ServerAccess {
    QUrl address{};    ///< As of parse_server_address(): ends with a slash.
    QString token{};   ///< Empty: none. Goes into the Authorization field and nowhere else.
    QString ca_file{}; ///< PEM: certificates that are trusted beside the system's; may be empty.
};

/// What is sent with an upload.
struct Upload {
    Submission submission{};
    QByteArray spec{}; ///< The JSON of the form's part `spec`.
};

struct HttpRequest {
    QByteArray verb = "GET";
    QString path{}; ///< After the address: `v1/jobs`.
    QUrlQuery query{};
    std::vector<std::pair<QByteArray, QByteArray>> headers{};
    std::shared_ptr<const Upload> upload{}; ///< The body of a POST; none: empty.
    qint64 max_bytes = 32LL << 20;          ///< Of the answer; more is no answer.
};

/// Why there is no answer.
enum class Trouble {
    none,
    unreachable, ///< No connection, or it broke.
    silent,      ///< Nothing came for too long.
    untrusted,   ///< The certificate is not trusted.
    too_large,
    redirected, ///< `about` names the place that it points to. Never followed: the token must not
                ///< go where nobody sent it.
    unreadable, ///< The file to upload; `about` says why.
    aborted,
};

struct HttpAnswer {
    Trouble trouble = Trouble::none;
    int status = 0;
    QByteArray content_type{};
    QByteArray body{};
    std::optional<std::chrono::milliseconds> retry_after{};
    QString about{};
};

/// Sends requests to one server. Lives on a thread of its own, where every method is called; so do
/// uploads read their files there.
class HttpLane : public QObject {
    Q_OBJECT

public:
    using Callback = std::function<void(HttpAnswer)>;

    /// `silence` is how long a request may make no progress.
    HttpLane(ServerAccess access, std::chrono::milliseconds silence, QObject* parent = nullptr);
    ~HttpLane() override;

    /// Reads the CA file; once that has worked, does nothing. Says what is wrong with it.
    std::optional<QString> prepare();

    /// Sends, and calls back once: at the latest in abort_all(), at the soonest at once.
    void send(const HttpRequest& request, Callback callback);

    /// Sends a GET whose answer has no end; prepare() has worked before. The caller deletes the
    /// reply, by deleteLater().
    QNetworkReply* start_stream(const HttpRequest& request);

    void abort_all();

    /// What became of a finished reply, its body left out.
    static HttpAnswer outcome(QNetworkReply& reply);

private:
    QNetworkRequest network_request(const HttpRequest& request) const;
    QNetworkReply* start(const HttpRequest& request, QString& reason);

    const ServerAccess access_;
    const std::chrono::milliseconds silence_;
    QSslConfiguration tls_;
    QNetworkAccessManager* network_ = nullptr; ///< A child, made by prepare() on the right thread.
};

} // namespace desktop
