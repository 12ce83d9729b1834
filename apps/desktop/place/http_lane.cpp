#include "place/http_lane.h"

#include "place/server_address.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QHttpMultiPart>
#include <QNetworkAccessManager>
#include <QNetworkCookie>
#include <QNetworkCookieJar>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QSslCertificate>

#include <algorithm>

namespace desktop {
namespace {

using std::chrono::milliseconds;

constexpr qint64 read_buffer = 1 << 20;
constexpr qint64 max_ca_file = 16 << 20;

/// Keeps no cookies: the token says who calls.
class NoCookies : public QNetworkCookieJar {
public:
    QList<QNetworkCookie> cookiesForUrl(const QUrl&) const override { return {}; }
    bool setCookiesFromUrl(const QList<QNetworkCookie>&, const QUrl&) override { return false; }
};

QHttpPart form_part(const char* disposition, const char* type) {
    QHttpPart part;
    part.setRawHeader("Content-Disposition", disposition);
    part.setRawHeader("Content-Type", type);
    return part;
}

/// A form with the image and the spec, which streams the file; null, and why, if it cannot be read.
std::unique_ptr<QHttpMultiPart> form_of(const Upload& upload, QString& reason) {
    auto form = std::make_unique<QHttpMultiPart>(QHttpMultiPart::FormDataType);
    QHttpPart spec = form_part("form-data; name=\"spec\"", "application/json");
    spec.setBody(upload.spec);
    form->append(spec);
    QHttpPart image =
        form_part("form-data; name=\"file\"; filename=\"image\"", "application/octet-stream");
    if (upload.submission.path.isEmpty()) {
        image.setBody(upload.submission.bytes);
    } else {
        // A pipe or a device would never end.
        if (!QFileInfo(upload.submission.path).isFile()) {
            reason = HttpLane::tr("There is no such file, or it is no file of the usual kind.");
            return nullptr;
        }
        auto file = std::make_unique<QFile>(upload.submission.path);
        if (!file->open(QIODevice::ReadOnly)) {
            reason = HttpLane::tr("The file cannot be read: %1.").arg(file->errorString());
            return nullptr;
        }
        file->setParent(form.get());
        image.setBodyDevice(file.release());
    }
    form->append(image);
    return form;
}

std::optional<milliseconds> retry_after(const QNetworkReply& reply) {
    bool is_number = false;
    const int seconds = reply.rawHeader("Retry-After").trimmed().toInt(&is_number);
    if (!is_number || seconds < 0)
        return std::nullopt;
    return milliseconds(std::min(seconds, 3'600) * 1'000);
}

Trouble trouble_of(QNetworkReply::NetworkError error) {
    switch (error) {
    case QNetworkReply::OperationCanceledError:
        return Trouble::silent;
    case QNetworkReply::TimeoutError:
        return Trouble::silent;
    case QNetworkReply::SslHandshakeFailedError:
        return Trouble::untrusted;
    default:
        return Trouble::unreachable;
    }
}

} // namespace

HttpLane::HttpLane(ServerAccess access, milliseconds silence, QObject* parent)
    : QObject(parent), access_(std::move(access)), silence_(silence) {}

HttpLane::~HttpLane() = default;

std::optional<QString> HttpLane::prepare() {
    if (network_ != nullptr)
        return std::nullopt;
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    if (!access_.ca_file.isEmpty()) {
        QFile file(access_.ca_file);
        if (!QFileInfo(file).isFile() || !file.open(QIODevice::ReadOnly))
            return tr("The file of trusted certificates cannot be read.");
        const auto certificates = QSslCertificate::fromData(file.read(max_ca_file), QSsl::Pem);
        if (certificates.isEmpty())
            return tr("The file of trusted certificates has none in PEM form.");
        tls.addCaCertificates(certificates);
    }
    tls_ = tls;
    network_ = new QNetworkAccessManager(this);
    network_->setCookieJar(new NoCookies);
    if (is_loopback(access_.address.host()))
        network_->setProxy(QNetworkProxy::NoProxy); // the system's knows another "localhost"
    network_->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    return std::nullopt;
}

QNetworkRequest HttpLane::network_request(const HttpRequest& request) const {
    QUrl url = access_.address;
    url.setPath(url.path(QUrl::FullyEncoded) + request.path, QUrl::StrictMode);
    if (!request.query.isEmpty())
        url.setQuery(request.query);
    QNetworkRequest result(url);
    result.setSslConfiguration(tls_);
    result.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    result.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    result.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    result.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    result.setHeader(QNetworkRequest::UserAgentHeader,
                     "thumbjobs-desktop/" + QCoreApplication::applicationVersion());
    if (!access_.token.isEmpty())
        result.setRawHeader("Authorization", "Bearer " + access_.token.toUtf8());
    for (const auto& [name, value] : request.headers)
        result.setRawHeader(name, value);
    return result;
}

QNetworkReply* HttpLane::start(const HttpRequest& request, QString& reason) {
    QNetworkRequest network_request = this->network_request(request);
    network_request.setTransferTimeout(static_cast<int>(silence_.count()));
    if (!request.upload)
        return network_->sendCustomRequest(network_request, request.verb);
    auto form = form_of(*request.upload, reason);
    if (!form)
        return nullptr;
    QNetworkReply* reply = network_->post(network_request, form.get());
    form.release()->setParent(reply);
    return reply;
}

QNetworkReply* HttpLane::start_stream(const HttpRequest& request) {
    QNetworkReply* reply = network_->get(network_request(request));
    reply->setReadBufferSize(read_buffer);
    return reply;
}

void HttpLane::send(const HttpRequest& request, Callback callback) {
    if (const auto reason = prepare()) {
        callback({.trouble = Trouble::untrusted, .about = *reason});
        return;
    }
    QString reason;
    QNetworkReply* reply = start(request, reason);
    if (reply == nullptr) {
        callback({.trouble = Trouble::unreadable, .about = reason});
        return;
    }
    reply->setReadBufferSize(read_buffer);

    struct State {
        QByteArray body;
        bool too_large = false;
    };
    const auto state = std::make_shared<State>();
    const auto take = [reply, state, max = request.max_bytes] {
        const QByteArray more = reply->readAll();
        if (state->body.size() + more.size() > max) {
            state->too_large = true;
            reply->abort();
        } else {
            state->body += more;
        }
    };
    connect(reply, &QNetworkReply::readyRead, this, take);
    connect(reply, &QNetworkReply::finished, this,
            [reply, state, take, callback = std::move(callback)] {
                reply->deleteLater();
                if (!state->too_large && reply->isOpen())
                    take();
                HttpAnswer answer = outcome(*reply);
                if (state->too_large)
                    answer.trouble = Trouble::too_large;
                answer.body = std::move(state->body);
                callback(std::move(answer));
            });
}

HttpAnswer HttpLane::outcome(QNetworkReply& reply) {
    HttpAnswer answer;
    answer.status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.content_type = reply.rawHeader("Content-Type");
    answer.retry_after = retry_after(reply);
    if (reply.property("aborted").toBool()) {
        answer.trouble = Trouble::aborted;
    } else if (answer.status >= 300 && answer.status < 400 && answer.status != 304) {
        answer.trouble = Trouble::redirected;
        answer.about =
            reply.url()
                .resolved(QUrl::fromEncoded(reply.rawHeader("Location")))
                .toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
    } else if (answer.status < 400 && reply.error() != QNetworkReply::NoError) {
        // From 400 on, the status is the error.
        answer.trouble = trouble_of(reply.error());
        answer.about = reply.errorString();
    } else if (answer.status == 0) {
        answer.trouble = Trouble::unreachable;
    }
    return answer;
}

void HttpLane::abort_all() {
    if (network_ == nullptr)
        return;
    for (QNetworkReply* reply : network_->findChildren<QNetworkReply*>()) {
        reply->setProperty("aborted", true);
        reply->abort();
    }
}

} // namespace desktop
