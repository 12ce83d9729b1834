#pragma once

#include "backends/s3/http_pool.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// One entry of a listing.
struct S3Object {
    std::string key; ///< As the server names it, with our prefix.
    std::int64_t bytes = 0;
    WallTime modified{}; ///< By the server's clock.
};

struct S3Listing {
    std::vector<S3Object> objects;
    bool truncated = false;
};

/// Reads the answer to ListObjectsV2; nothing if it is no such answer.
std::optional<S3Listing> parse_listing(std::string_view xml);

/// The `Code` of an error answer, at most 64 letters and digits; empty if there is none. Nothing
/// else of an answer is ever shown: some errors repeat the request's tokens.
std::string parse_error_code_of(std::string_view xml);

/// What STS answers to AssumeRoleWithWebIdentity.
struct StsCredentials {
    std::string access_key_id;
    std::string secret;
    std::string session_token;
    std::string expiration; ///< RFC 3339.
};
std::optional<StsCredentials> parse_sts_credentials(std::string_view xml);

/// The server's time, from the Date header; nothing if it has none.
std::optional<WallTime> date_of(const HttpResponse& response);

/// The time of an HTTP header such as Last-Modified.
std::optional<WallTime> parse_http_date(std::string_view text);

/// The whole size that `Content-Range: bytes 0-99/1234` tells; nothing if it tells none.
std::optional<std::int64_t> parse_range_total(std::string_view content_range);

} // namespace thumbjobs
