#include "backends/s3/credential_sources.h"

#include "backends/s3/profile_file.h"
#include "backends/s3/s3_answers.h"
#include "backends/s3/s3_encoding.h"
#include "src/backoff.h"
#include "src/random.h"

#include <thumbjobs/error.h>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

namespace thumbjobs {
namespace {

constexpr std::size_t max_token = 64 << 10;
constexpr int most_attempts = 3;
constexpr Milliseconds attempt_time{5'000};

[[noreturn]] void fail(const CredentialSource& source, const std::string& why) {
    throw Error(ErrorCode::storage_unavailable,
                "The image storage's credentials cannot be had from " + source.describe() + ": " +
                    why + '.');
}

/// A secret in a file, without the line's end.
std::string read_secret_file(const CredentialSource& source, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        fail(source, "its token file cannot be read");
    std::string text(max_token + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (text.empty() || text.size() > max_token || !printable)
        fail(source, "its token file holds no token");
    return text;
}

/// Asks a credential service, a few times if need be.
HttpResponse ask(const CredentialSource& source, HttpPool& pool, HttpRequest request,
                 Deadline deadline) {
    request.max_body = max_token;
    for (int attempt = 1;; ++attempt) {
        request.deadline = std::min(deadline, std::chrono::steady_clock::now() + attempt_time);
        std::string why;
        try {
            HttpResponse response = pool.perform(request);
            if (response.succeeded())
                return response;
            const std::string code = parse_error_code_of(response.text());
            why = "it answers " + std::to_string(response.status) +
                  (code.empty() ? "" : " (" + code + ')');
            if (response.status < 500 && response.status != 429)
                attempt = most_attempts;
        } catch (const HttpError& error) {
            why = error.what();
        }
        const auto again = std::chrono::steady_clock::now() +
                           retry_delay({.base_delay = Milliseconds(100)}, attempt, random_u64());
        if (attempt >= most_attempts || again >= deadline)
            fail(source, why);
        std::this_thread::sleep_until(again);
    }
}

/// What the container endpoint and the instance's metadata answer.
Credentials parse_json(const CredentialSource& source, const HttpResponse& response) {
    boost::system::error_code error;
    const boost::json::value answer = boost::json::parse(response.text(), error);
    const boost::json::object* const object = error ? nullptr : answer.if_object();
    const auto member = [object](std::string_view name) -> std::string {
        const boost::json::value* const value = object ? object->if_contains(name) : nullptr;
        return value && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    Credentials found{member("AccessKeyId"), member("SecretAccessKey"), member("Token"),
                      parse_time(member("Expiration"))};
    if (found.access_key_id.empty() || found.secret.empty())
        fail(source, "its answer holds none");
    return found;
}

class EnvironmentSource final : public CredentialSource {
public:
    explicit EnvironmentSource(Credentials credentials) : credentials_(std::move(credentials)) {}
    std::string describe() const override { return "the environment"; }
    Credentials load(Deadline) override { return credentials_; }

private:
    const Credentials credentials_;
};

/// The files are read again at each load: somebody may have renewed what they hold.
class ProfileSource final : public CredentialSource {
public:
    ProfileSource(std::string name, Variables variables)
        : name_(std::move(name)), variables_(std::move(variables)) {}
    std::string describe() const override { return "the profile " + name_; }
    Credentials load(Deadline) override {
        const Profile profile = read_profile(name_, variables_);
        Credentials found{profile.find("aws_access_key_id").value_or(""),
                          profile.find("aws_secret_access_key").value_or(""),
                          profile.find("aws_session_token").value_or(""), std::nullopt};
        if (found.access_key_id.empty() || found.secret.empty())
            fail(*this, "it has no keys");
        return found;
    }

private:
    const std::string name_;
    const Variables variables_;
};

struct WebIdentity {
    std::string token_file;
    std::string role;
    std::string session;
    std::string endpoint; ///< Of STS.
};

class WebIdentitySource final : public CredentialSource {
public:
    WebIdentitySource(WebIdentity identity, std::string ca_file, HttpPool& pool)
        : identity_(std::move(identity)), ca_file_(std::move(ca_file)), pool_(pool) {}
    std::string describe() const override { return "the web identity (STS)"; }
    Credentials load(Deadline deadline) override {
        HttpRequest request;
        request.method = "POST";
        request.url = identity_.endpoint + '/';
        request.headers = {"Content-Type: application/x-www-form-urlencoded"};
        request.ca_file = ca_file_;
        request.through_proxy = true;
        request.form =
            s3_query({{"Action", "AssumeRoleWithWebIdentity"},
                      {"Version", "2011-06-15"},
                      {"RoleArn", identity_.role},
                      {"RoleSessionName", identity_.session},
                      {"WebIdentityToken", read_secret_file(*this, identity_.token_file)}});
        const auto found =
            parse_sts_credentials(ask(*this, pool_, std::move(request), deadline).text());
        const auto expires = found ? parse_time(found->expiration) : std::nullopt;
        if (!expires)
            fail(*this, "its answer holds none");
        return {found->access_key_id, found->secret, found->session_token, expires};
    }

private:
    const WebIdentity identity_;
    const std::string ca_file_;
    HttpPool& pool_;
};

class ContainerSource final : public CredentialSource {
public:
    ContainerSource(std::string url, std::string token_file, std::string token, HttpPool& pool)
        : url_(std::move(url)),
          token_file_(std::move(token_file)),
          token_(std::move(token)),
          pool_(pool) {}
    std::string describe() const override { return "the container's credential endpoint"; }
    Credentials load(Deadline deadline) override {
        HttpRequest request;
        request.url = url_;
        // The file is renewed from time to time.
        const std::string token =
            token_file_.empty() ? token_ : read_secret_file(*this, token_file_);
        if (!token.empty())
            request.headers = {"Authorization: " + token};
        return parse_json(*this, ask(*this, pool_, std::move(request), deadline));
    }

private:
    const std::string url_;
    const std::string token_file_;
    const std::string token_;
    HttpPool& pool_;
};

class InstanceSource final : public CredentialSource {
public:
    InstanceSource(std::string endpoint, HttpPool& pool)
        : endpoint_(std::move(endpoint)), pool_(pool) {}
    std::string describe() const override { return "the instance's metadata"; }
    Credentials load(Deadline deadline) override {
        HttpRequest login;
        login.method = "PUT";
        login.url = endpoint_ + "/latest/api/token";
        login.headers = {"X-aws-ec2-metadata-token-ttl-seconds: 300"};
        login.connect_timeout = Milliseconds(1'000);
        const HttpResponse token = ask(*this, pool_, std::move(login), deadline);

        HttpRequest request;
        request.url = endpoint_ + "/latest/meta-data/iam/security-credentials/";
        request.headers = {"X-aws-ec2-metadata-token: " + std::string(token.text())};
        const HttpResponse roles = ask(*this, pool_, request, deadline);
        const std::string role(roles.text().substr(0, roles.text().find('\n')));
        if (role.empty())
            fail(*this, "the instance has no role");
        request.url += s3_encode(role, false);
        return parse_json(*this, ask(*this, pool_, std::move(request), deadline));
    }

private:
    const std::string endpoint_;
    HttpPool& pool_;
};

/// Whether a container endpoint may be asked without TLS: only where no network lies between.
bool is_local(std::string_view url) {
    constexpr std::array<std::string_view, 6> hosts{
        "127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
    url.remove_prefix(std::string_view("http://").size());
    return std::any_of(hosts.begin(), hosts.end(), [url](std::string_view host) {
        const std::string_view rest = url.substr(std::min(host.size(), url.size()));
        return url.starts_with(host) &&
               (rest.empty() || rest.front() == ':' || rest.front() == '/');
    });
}

std::unique_ptr<CredentialSource> container_source(const Variables& variables, HttpPool& pool) {
    const auto full = variables("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const auto relative = variables("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (!full && !relative)
        return nullptr;
    // The relative one is Amazon's own address, and wins, as in their programs.
    const std::string url = relative ? "http://169.254.170.2" + *relative : *full;
    if (!url.starts_with("https://") && !(url.starts_with("http://") && is_local(url)))
        throw Error(ErrorCode::invalid_argument,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used; accepted: https://..., or "
                    "http:// with a loopback address or that of ECS or EKS");
    return std::make_unique<ContainerSource>(
        url, variables("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or(""),
        variables("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or(""), pool);
}

std::unique_ptr<CredentialSource> web_identity_source(const std::optional<std::string>& token_file,
                                                      const std::optional<std::string>& role,
                                                      const std::optional<std::string>& session,
                                                      const S3Settings& settings,
                                                      const Variables& variables, HttpPool& pool) {
    if (!token_file || !role)
        return nullptr;
    WebIdentity identity{*token_file, *role, session.value_or("thumbjobs-" + random_hex(8)),
                         variables("AWS_ENDPOINT_URL_STS").value_or("")};
    if (identity.endpoint.empty())
        identity.endpoint = "https://sts." + settings.region + ".amazonaws.com" +
                            (settings.region.starts_with("cn-") ? ".cn" : "");
    while (identity.endpoint.ends_with('/'))
        identity.endpoint.pop_back();
    return std::make_unique<WebIdentitySource>(std::move(identity),
                                               variables("AWS_CA_BUNDLE").value_or(""), pool);
}

std::unique_ptr<CredentialSource> profile_source(const S3Settings& settings,
                                                 const Variables& variables, HttpPool& pool) {
    const Profile profile = read_profile(settings.profile, variables);
    if (profile.find("aws_access_key_id") && profile.find("aws_secret_access_key"))
        return std::make_unique<ProfileSource>(profile.name, variables);
    if (auto source =
            web_identity_source(profile.find("web_identity_token_file"), profile.find("role_arn"),
                                profile.find("role_session_name"), settings, variables, pool))
        return source;
    if (profile.asked_for)
        throw Error(ErrorCode::invalid_argument,
                    "The AWS profile " + profile.name +
                        " has no credentials that can be used; accepted: aws_access_key_id with "
                        "aws_secret_access_key, or role_arn with web_identity_token_file");
    return nullptr;
}

} // namespace

std::unique_ptr<CredentialSource>
find_credential_source(const S3Settings& settings, const Variables& variables, HttpPool& pool) {
    if (!settings.profile.empty())
        return profile_source(settings, variables, pool);
    const auto id = variables("AWS_ACCESS_KEY_ID");
    const auto secret = variables("AWS_SECRET_ACCESS_KEY");
    if (id && secret)
        return std::make_unique<EnvironmentSource>(
            Credentials{*id, *secret, variables("AWS_SESSION_TOKEN").value_or(""), std::nullopt});
    if (auto source =
            web_identity_source(variables("AWS_WEB_IDENTITY_TOKEN_FILE"), variables("AWS_ROLE_ARN"),
                                variables("AWS_ROLE_SESSION_NAME"), settings, variables, pool))
        return source;
    if (auto source = profile_source(settings, variables, pool))
        return source;
    if (auto source = container_source(variables, pool))
        return source;
    if (variables("AWS_EC2_METADATA_DISABLED").value_or("false") == "true")
        throw Error(ErrorCode::invalid_argument,
                    "There are no credentials for the s3: storage; accepted: the environment "
                    "(AWS_ACCESS_KEY_ID), a web identity, a profile, a container endpoint");
    std::string endpoint =
        variables("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
    while (endpoint.ends_with('/'))
        endpoint.pop_back();
    return std::make_unique<InstanceSource>(std::move(endpoint), pool);
}

} // namespace thumbjobs
