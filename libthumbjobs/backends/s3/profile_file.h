#pragma once

#include "backends/s3/s3_settings.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace thumbjobs {

/// What AWS's shared files say of one profile.
struct Profile {
    std::string name;
    bool asked_for = false; ///< Named by the URL or by AWS_PROFILE, so it must be there.
    std::map<std::string, std::string> values{};

    std::optional<std::string> find(const std::string& key) const;
};

/// Reads the profile `name`, or else the one of AWS_PROFILE, or else `default`, from the files of
/// AWS_CONFIG_FILE (~/.aws/config) and AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials); the second
/// wins. A file that is not there says nothing.
Profile read_profile(const std::string& name, const Variables& variables);

/// The `key = value` lines of one section of such a file. Nested values (indented lines) are
/// skipped.
std::map<std::string, std::string> parse_profile_text(std::string_view text,
                                                      std::string_view section);

} // namespace thumbjobs
