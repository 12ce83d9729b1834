#pragma once

#include <thumbjobs/registry.h>

#include <functional>
#include <optional>
#include <string>

namespace thumbjobs {

/// Where settings that AWS programs share are looked up: the environment, or a test's own.
using Variables = std::function<std::optional<std::string>(const char* name)>;

/// The process's environment; an empty variable counts as absent.
std::optional<std::string> environment_variable(const char* name);

/// What an s3: URL says, checked.
struct S3Settings {
    std::string bucket;
    std::string prefix;   ///< Empty, or ending with a slash.
    std::string endpoint; ///< `https://s3.eu-central-1.amazonaws.com`, without the bucket.
    std::string region;
    bool virtual_host = false; ///< The bucket stands in the host name, not in the path.
    std::string profile;       ///< Of the AWS profile files; empty: not asked for by the URL.
    std::string encryption;    ///< Of x-amz-server-side-encryption; empty: the bucket's own.
    std::string kms_key;
    std::string storage_class; ///< Empty: the bucket's own.
    std::string ca_file;
    Milliseconds timeout{30'000}; ///< Of a call with all its attempts.

    // Not set by the URL.
    int max_attempts = 6;
    Milliseconds first_pause{100}; ///< Between attempts, doubled each time, with full jitter.
    Milliseconds longest_pause{5'000};
    Milliseconds settle{3'000}; ///< See S3Stamp.

    /// `https://bucket.s3.eu-central-1.amazonaws.com`, or the endpoint and `/bucket`.
    std::string bucket_url() const;

    /// `s3://bucket/prefix at https://...`.
    std::string describe() const;
};

/// Throws Error(invalid_argument) for what cannot be used, unknown options included.
S3Settings parse_s3_url(BackendUrl url, const Variables& variables);

} // namespace thumbjobs
