#include "handlers/answers.h"
#include "handlers/handlers.h"
#include "web/static_assets.h"

#include <utility>

namespace thumbd {

void handle_asset(Services&, const ExchangePtr& exchange) {
    const auto asset = find_asset(exchange->path());
    if (!asset)
        return; // not reached: the path is one of the table's
    http::Headers headers{{"Content-Type", std::string(asset->media_type)},
                          {"ETag", std::string(asset->etag)},
                          {"Cache-Control", "no-cache"}};
    if (!asset->content_security_policy.empty())
        headers.add("Content-Security-Policy", std::string(asset->content_security_policy));
    if (matches_etag(exchange->header("If-None-Match"), asset->etag)) {
        exchange->respond(304, std::move(headers));
        return;
    }
    // Compiled in: the bytes live as long as the process.
    exchange->respond(
        200, std::move(headers),
        QByteArray::fromRawData(asset->bytes.data(), static_cast<qsizetype>(asset->bytes.size())));
}

} // namespace thumbd
