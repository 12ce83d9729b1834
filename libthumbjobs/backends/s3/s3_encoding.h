#pragma once

#include <map>
#include <string>
#include <string_view>

namespace thumbjobs {

/// Percent-encodes all but `A-Z a-z 0-9 - . _ ~`, and `/` where `keep_slashes`: the one form in
/// which path and query are both sent and signed.
std::string s3_encode(std::string_view text, bool keep_slashes);

/// `name=value&...` in the order of the names, as a signature demands; empty for no parameters.
std::string s3_query(const std::map<std::string, std::string>& parameters);

} // namespace thumbjobs
