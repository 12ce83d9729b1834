#pragma once

#include "backends/s3/credential_cache.h"
#include "backends/s3/s3_settings.h"

#include <memory>

namespace thumbjobs {

/// Finds where this process's credentials come from, the first of
///
///     the profile that the URL names
///     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and maybe AWS_SESSION_TOKEN
///     AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN                       (EKS: IRSA)
///     the profile files: keys, or a role with a web identity
///     AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI                (EKS Pod Identity, ECS)
///     the instance's metadata, version 2                                 (EC2)
///
/// Throws Error(invalid_argument) if a profile that was asked for has none, or none is left to try.
std::unique_ptr<CredentialSource>
find_credential_source(const S3Settings& settings, const Variables& variables, HttpPool& pool);

} // namespace thumbjobs
