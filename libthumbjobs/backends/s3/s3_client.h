#pragma once

#include "backends/s3/credential_cache.h"
#include "backends/s3/http_pool.h"
#include "backends/s3/s3_settings.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thumbjobs {

/// One operation on the bucket.
struct S3Call {
    std::string method = "GET";
    std::string key{}; ///< With the prefix; empty: the bucket itself.
    std::map<std::string, std::string> query{};
    std::vector<std::string> headers{};
    std::string range{};
    const Blob* upload = nullptr;
    std::optional<std::span<std::byte>> target{};
    std::function<bool(const HttpResponse&)> on_head{};
    std::size_t max_body = 8 << 20;
    int max_attempts = 0; ///< 0: as the settings say.
};

/// Sends signed requests to one bucket, again where that can help: after a 5xx, 429 or SlowDown, a
/// broken connection or a time-out, with exponential back-off and full jitter, within the time-out
/// of the settings; and once with new credentials when the server finds the old ones expired.
/// Thread-safe.
class S3Client {
public:
    S3Client(S3Settings settings, const Variables& variables, const Clock& clock);

    const S3Settings& settings() const noexcept { return settings_; }

    /// Returns an answer that the caller has to judge: 2xx, 304, 404 of an object, 412, 416. Throws
    /// Error(storage_unavailable), Error(storage_full) for all else, and what the uploaded blob
    /// throws.
    HttpResponse send(const S3Call& call);

private:
    struct Failure;

    HttpRequest make_request(const S3Call& call, const std::string& payload_hash,
                             const Credentials& credentials, Deadline deadline) const;
    std::optional<HttpResponse> attempt(const S3Call& call, const std::string& payload_hash,
                                        Deadline deadline, Failure& failure);
    bool pause(int attempt, const Failure& failure, Deadline deadline) const;

    const S3Settings settings_;
    HttpPool pool_;
    CredentialCache credentials_;
};

} // namespace thumbjobs
