#include "backends/s3/s3_answers.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

namespace thumbjobs {
namespace {

/// Reads well-formed XML. pugixml expands no entities but the five of XML itself and character
/// references, so that no answer can grow.
bool load(pugi::xml_document& document, std::string_view xml) {
    return document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8)
               .status == pugi::status_ok;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0)
        return std::nullopt;
    return number;
}

} // namespace

std::optional<S3Listing> parse_listing(std::string_view xml) {
    pugi::xml_document document;
    if (!load(document, xml))
        return std::nullopt;
    const pugi::xml_node root = document.child("ListBucketResult");
    const std::string_view truncated = root.child_value("IsTruncated");
    if (truncated != "true" && truncated != "false")
        return std::nullopt;
    S3Listing listing;
    listing.truncated = truncated == "true";
    for (const pugi::xml_node entry : root.children("Contents")) {
        const auto bytes = parse_number(entry.child_value("Size"));
        const auto modified = parse_time(entry.child_value("LastModified"));
        S3Object object{entry.child_value("Key"), bytes.value_or(0), modified.value_or(WallTime{})};
        if (object.key.empty() || !bytes || !modified)
            return std::nullopt;
        listing.objects.push_back(std::move(object));
    }
    return listing;
}

std::string parse_error_code_of(std::string_view xml) {
    pugi::xml_document document;
    if (!load(document, xml))
        return {};
    pugi::xml_node error = document.child("Error");
    if (!error) // the form of STS
        error = document.child("ErrorResponse").child("Error");
    const std::string code = error.child_value("Code");
    const bool plain = code.size() <= 64 && std::all_of(code.begin(), code.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
                       });
    return plain ? code : std::string();
}

std::optional<StsCredentials> parse_sts_credentials(std::string_view xml) {
    pugi::xml_document document;
    if (!load(document, xml))
        return std::nullopt;
    const pugi::xml_node node = document.child("AssumeRoleWithWebIdentityResponse")
                                    .child("AssumeRoleWithWebIdentityResult")
                                    .child("Credentials");
    StsCredentials found{node.child_value("AccessKeyId"), node.child_value("SecretAccessKey"),
                         node.child_value("SessionToken"), node.child_value("Expiration")};
    if (found.access_key_id.empty() || found.secret.empty() || found.session_token.empty())
        return std::nullopt;
    return found;
}

std::optional<WallTime> parse_http_date(std::string_view text) {
    const std::time_t seconds = curl_getdate(std::string(text).c_str(), nullptr);
    if (seconds < 0)
        return std::nullopt;
    return WallTime(std::chrono::seconds(seconds));
}

std::optional<WallTime> date_of(const HttpResponse& response) {
    return parse_http_date(response.header("date"));
}

std::optional<std::int64_t> parse_range_total(std::string_view content_range) {
    const std::size_t slash = content_range.rfind('/');
    if (!content_range.starts_with("bytes ") || slash == std::string_view::npos)
        return std::nullopt;
    return parse_number(content_range.substr(slash + 1));
}

} // namespace thumbjobs
