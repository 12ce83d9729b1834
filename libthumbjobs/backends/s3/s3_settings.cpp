#include "backends/s3/s3_settings.h"

#include "backends/s3/profile_file.h"
#include "src/text.h"

#include <thumbjobs/error.h>

#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace thumbjobs {
namespace {

constexpr std::string_view options =
    "endpoint, region, addressing, profile, timeout, sse, sse-kms-key-id, storage-class, ca-file";

/// From 8.10 on, libcurl sorts headers whose name is the beginning of another's.
constexpr unsigned sorts_all_headers = 0x080A00;

[[noreturn]] void refuse(std::string_view what, std::string_view value, std::string_view accepted) {
    throw Error(ErrorCode::invalid_argument, std::string(what) + " of the s3: URL is " +
                                                 in_quotes(value) +
                                                 "; accepted: " + std::string(accepted));
}

bool all_of(std::string_view text, std::string_view extra) {
    return std::all_of(text.begin(), text.end(), [extra](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               extra.find(c) != std::string_view::npos;
    });
}

constexpr std::string_view upper_case = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::string checked_bucket(std::string_view bucket) {
    const bool ends_well = !bucket.empty() && all_of(bucket.substr(0, 1), "") &&
                           all_of(bucket.substr(bucket.size() - 1), "");
    if (bucket.size() < 3 || bucket.size() > 63 || !ends_well || !all_of(bucket, ".-") ||
        bucket.find("..") != bucket.npos)
        refuse("the bucket", bucket, "3 to 63 of a-z 0-9 . -, as in s3://my-bucket/my/prefix");
    return std::string(bucket);
}

std::string checked_prefix(std::string_view prefix) {
    while (prefix.ends_with('/'))
        prefix.remove_suffix(1);
    std::string checked;
    std::string_view rest = prefix;
    while (!rest.empty()) {
        const std::string_view segment = rest.substr(0, rest.find('/'));
        if (segment.empty() || segment == "." || segment == ".." ||
            !all_of(segment, std::string(upper_case) + "-_."))
            refuse("the prefix", prefix, "names of A-Z a-z 0-9 - _ . joined by /");
        checked.append(segment).append("/");
        rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    }
    if (checked.size() > 200)
        refuse("the prefix", prefix, "at most 200 characters");
    return checked;
}

std::string checked_endpoint(const std::string& text) {
    constexpr std::string_view accepted =
        "http:// or https://, a host and maybe a port, as in https://s3.example.org";
    const std::size_t scheme = text.find("://");
    if (scheme == text.npos ||
        (text.substr(0, scheme) != "https" && text.substr(0, scheme) != "http"))
        // Not repeated: it may hold a password in an unexpected place.
        throw Error(ErrorCode::invalid_argument,
                    "endpoint of the s3: URL cannot be used; accepted: " + std::string(accepted));
    std::string_view host(text);
    host.remove_prefix(scheme + 3);
    if (host.ends_with('/'))
        host.remove_suffix(1);
    if (host.empty() || !all_of(host, std::string(upper_case) + ".-_:[]"))
        throw Error(ErrorCode::invalid_argument,
                    "endpoint of the s3: URL cannot be used; accepted: " + std::string(accepted));
    return text.substr(0, scheme + 3) + std::string(host);
}

std::string checked_region(const std::string& region) {
    if (region.empty() || region.size() > 64 || !all_of(region, "-"))
        refuse("region", region, "a name such as eu-central-1");
    return region;
}

std::string aws_endpoint(const std::string& region) {
    return "https://s3." + region + ".amazonaws.com" + (region.starts_with("cn-") ? ".cn" : "");
}

/// Of the URL, the environment or the profile; empty if none says it.
std::string find_region(const std::optional<std::string>& of_url, const std::string& profile,
                        const Variables& variables) {
    if (of_url)
        return checked_region(*of_url);
    for (const char* const name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (const auto region = variables(name))
            return checked_region(*region);
    if (const auto region = read_profile(profile, variables).find("region"))
        return checked_region(*region);
    return {};
}

void take_encryption(BackendUrl& url, S3Settings& settings) {
    settings.encryption = url.take("sse").value_or("");
    if (!settings.encryption.empty() && settings.encryption != "AES256" &&
        settings.encryption != "aws:kms" && settings.encryption != "aws:kms:dsse")
        refuse("sse", settings.encryption, "AES256, aws:kms or aws:kms:dsse");
    settings.kms_key = url.take("sse-kms-key-id").value_or("");
    if (settings.kms_key.empty())
        return;
    if (!settings.encryption.starts_with("aws:kms"))
        refuse("sse", settings.encryption, "aws:kms or aws:kms:dsse beside sse-kms-key-id");
    if (settings.kms_key.size() > 2048 ||
        !all_of(settings.kms_key, std::string(upper_case) + ":/-_."))
        throw Error(ErrorCode::invalid_argument,
                    "sse-kms-key-id of the s3: URL is no key's id, ARN or alias");
    if (curl_version_info(CURLVERSION_NOW)->version_num < sorts_all_headers)
        throw Error(ErrorCode::invalid_argument,
                    "sse-kms-key-id of the s3: URL needs libcurl 8.10 or newer, and this is " +
                        std::string(curl_version_info(CURLVERSION_NOW)->version) +
                        "; make the key the bucket's default encryption instead");
}

void take_addressing(BackendUrl& url, S3Settings& settings, bool of_aws) {
    const std::string addressing = url.take("addressing").value_or("auto");
    if (addressing != "auto" && addressing != "path" && addressing != "virtual")
        refuse("addressing", addressing, "auto, path or virtual");
    // A dot in the bucket's name would not match the certificate of *.s3.REGION.amazonaws.com.
    settings.virtual_host =
        addressing == "virtual" ||
        (addressing == "auto" && of_aws && settings.bucket.find('.') == std::string::npos);
}

void take_timeout(BackendUrl& url, S3Settings& settings) {
    const auto text = url.take("timeout");
    if (!text)
        return;
    const auto timeout = parse_duration(*text);
    // No more: an engine counts on storage calls to end within its storage_timeout.
    if (!timeout || timeout->count() < 1'000 || timeout->count() > 30'000)
        refuse("timeout", *text, "1s to 30s");
    settings.timeout = *timeout;
}

} // namespace

std::optional<std::string> environment_variable(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0')
        return std::nullopt;
    return value;
}

std::string S3Settings::bucket_url() const {
    if (!virtual_host)
        return endpoint + '/' + bucket;
    const std::size_t host = endpoint.find("://") + 3;
    return endpoint.substr(0, host) + bucket + '.' + endpoint.substr(host);
}

std::string S3Settings::describe() const {
    std::string shown = "s3://" + bucket;
    if (!prefix.empty())
        shown.append("/").append(prefix, 0, prefix.size() - 1);
    return shown + " at " + endpoint;
}

S3Settings parse_s3_url(BackendUrl url, const Variables& variables) {
    std::string_view target = url.target;
    if (!target.starts_with("//"))
        throw Error(ErrorCode::invalid_argument,
                    "The s3: URL names no bucket; accepted: s3://BUCKET/PREFIX?region=REGION");
    target.remove_prefix(2);
    if (target.find('@') != target.npos)
        throw Error(ErrorCode::invalid_argument,
                    "The s3: URL holds a user or password; accepted: credentials from the "
                    "environment, a profile, a container endpoint, a web identity or the "
                    "instance's metadata");
    S3Settings settings;
    const std::size_t slash = std::min(target.find('/'), target.size());
    settings.bucket = checked_bucket(target.substr(0, slash));
    settings.prefix = checked_prefix(target.substr(std::min(slash + 1, target.size())));
    settings.profile = url.take("profile").value_or("");
    settings.region = find_region(url.take("region"), settings.profile, variables);

    const auto endpoint = url.take("endpoint");
    if (settings.region.empty() && !endpoint)
        throw Error(ErrorCode::invalid_argument,
                    "The s3: URL names neither a region nor an endpoint; accepted: region=REGION, "
                    "the variable AWS_REGION, or the region of the profile");
    if (settings.region.empty())
        settings.region = "us-east-1"; // what servers other than Amazon's go by
    settings.endpoint = endpoint ? checked_endpoint(*endpoint) : aws_endpoint(settings.region);
    take_addressing(url, settings, !endpoint);
    take_encryption(url, settings);
    settings.storage_class = url.take("storage-class").value_or("");
    if (settings.storage_class.size() > 64 ||
        !std::all_of(settings.storage_class.begin(), settings.storage_class.end(), [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        }))
        refuse("storage-class", settings.storage_class, "a name such as STANDARD_IA");
    settings.ca_file = url.take("ca-file").value_or(variables("AWS_CA_BUNDLE").value_or(""));
    take_timeout(url, settings);
    url.refuse_rest(options);
    return settings;
}

} // namespace thumbjobs
