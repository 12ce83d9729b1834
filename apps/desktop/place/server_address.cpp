#include "place/server_address.h"

#include <QCoreApplication>
#include <QHostAddress>

#include <string>

namespace desktop {
namespace {

struct ServerAddress {
    Q_DECLARE_TR_FUNCTIONS(ServerAddress)
};

Failure refusal(const QString& message) {
    return {"invalid_argument", message};
}

} // namespace

bool is_loopback(const QString& host) {
    return host.compare("localhost", Qt::CaseInsensitive) == 0 || QHostAddress(host).isLoopback();
}

Result<QUrl> parse_server_address(const QString& text) {
    QString whole = text.trimmed();
    if (whole.isEmpty())
        return refusal(ServerAddress::tr(
            "Enter the address of a server, such as https://thumbs.example.org/."));
    const bool has_scheme = whole.contains("://");
    if (!has_scheme)
        whole.prepend("https://");
    QUrl url(whole, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty())
        return refusal(ServerAddress::tr("This is no address of a server; one looks like "
                                         "https://thumbs.example.org/ or localhost:8080."));
    if (!has_scheme && is_loopback(url.host()))
        url.setScheme("http");
    if (url.scheme() != "http" && url.scheme() != "https")
        return refusal(
            ServerAddress::tr("An address of a server begins with http:// or https://."));
    if (!url.userInfo().isEmpty())
        return refusal(ServerAddress::tr(
            "Leave user and password out of the address; the token has a field of "
            "its own."));
    if (url.hasQuery() || url.hasFragment())
        return refusal(ServerAddress::tr("Leave out of the address what begins with ? or #."));
    QString path = url.path(QUrl::FullyEncoded);
    while (path.endsWith('/'))
        path.chop(1);
    url.setPath(path + '/', QUrl::StrictMode);
    return url;
}

bool sends_in_clear(const QUrl& address) {
    return address.scheme() == "http" && !is_loopback(address.host());
}

} // namespace desktop
