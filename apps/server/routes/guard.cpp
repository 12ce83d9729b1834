#include "routes/guard.h"

#include "config/values.h"
#include "http/headers.h"
#include "routes/problem.h"
#include "web/static_assets.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace thumbd {
namespace {

constexpr std::uint64_t small_body = 64 * 1024;
constexpr std::uint64_t form_overhead = 1024 * 1024; ///< Of a form around the image.
constexpr std::chrono::seconds answer_time{60};      ///< Beyond the longest wait.

/// Host and port of an authority; the port is empty if absent.
std::pair<std::string, std::string> split_authority(std::string_view authority) {
    const auto bracket = authority.find(']');
    const auto colon =
        authority.find(':', bracket == std::string_view::npos ? std::size_t{0} : bracket);
    std::string host(authority.substr(0, colon));
    std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
    });
    return {std::move(host), colon == std::string_view::npos
                                 ? std::string()
                                 : std::string(authority.substr(colon + 1))};
}

bool is_ip_literal(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> buffer{};
    if (host.starts_with('['))
        return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), buffer.data()) == 1;
    return inet_pton(AF_INET, host.c_str(), buffer.data()) == 1;
}

http::Response not_found(const http::RequestHead& head, Role role) {
    if (role == Role::worker && head.path.starts_with("/v1/"))
        return to_response({404,
                            "not_found",
                            "This process only runs jobs (--role worker); the API is served by "
                            "processes of the roles all and api.",
                            {},
                            0});
    return to_response({404, "not_found", "Nothing is served under this path.", {}, 0});
}

} // namespace

std::string_view find_cookie(std::string_view field, std::string_view name) noexcept {
    while (!field.empty()) {
        const auto end = field.find(';');
        const auto pair = trimmed(field.substr(0, end));
        field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return pair.substr(equals + 1);
    }
    return {};
}

std::optional<std::string_view> bearer_token(std::string_view field) noexcept {
    constexpr std::string_view scheme = "Bearer ";
    if (field.size() < scheme.size() ||
        !http::equals_ignoring_case(field.substr(0, scheme.size()), scheme))
        return std::nullopt;
    return trimmed(field.substr(scheme.size()));
}

http::BodyPolicy RouteGuard::decide(const http::RequestHead& head, const http::Peer&) {
    http::BodyPolicy policy;
    policy.max_bytes = small_body;
    auto match = match_route(head.method, head.path);
    if (match.route != nullptr && settings_.role == Role::worker && !match.route->on_workers)
        match = {};
    const bool asset =
        match.allow.empty() && settings_.role != Role::worker && find_asset(head.path).has_value();
    if (asset) {
        match.allow = "GET, HEAD, OPTIONS";
        policy.route = "/(page)";
    } else if (match.route != nullptr) {
        policy.route = match.route->pattern;
    }
    if (match.allow.empty()) {
        policy.refuse = not_found(head, settings_.role);
        return policy;
    }
    const bool readable = asset && (head.method == "GET" || head.method == "HEAD");
    if (match.route == nullptr && !readable) {
        http::Response response;
        if (head.method == "OPTIONS")
            response.status = 204;
        else
            response = to_response({405,
                                    "method_not_allowed",
                                    "This path does not have that method; see Allow.",
                                    {},
                                    0});
        response.headers.set("Allow", match.allow);
        policy.refuse = std::move(response);
        return policy;
    }
    const bool write = match.route != nullptr && match.route->method != Method::get;
    policy.refuse = check_origin(head, write);
    if (!policy.refuse && match.route != nullptr)
        policy.refuse = check_access(head, match.route->access);
    if (match.route != nullptr && match.route->body == BodyKind::image) {
        if (!policy.refuse && draining_)
            policy.refuse = to_response(draining_problem());
        policy.max_bytes = upload_limit(head);
        policy.spool = true;
    }
    policy.handler_timeout = settings_.max_wait + answer_time;
    return policy;
}

std::optional<Identity> RouteGuard::identify(const http::RequestHead& head) {
    if (!tokens_.required())
        return Identity{Access::admin, {}};
    if (head.headers.contains("Authorization")) {
        const auto token = bearer_token(head.headers.get("Authorization"));
        return token ? tokens_.by_token(*token) : std::nullopt;
    }
    const auto cookie = find_cookie(head.headers.get("Cookie"), session_cookie);
    if (cookie.empty())
        return std::nullopt;
    return tokens_.by_session(
        cookie, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

/// Against DNS rebinding (a foreign name for our address) and against other sites' pages that
/// write here with the user's cookie, or with none where none is needed.
std::optional<http::Response> RouteGuard::check_origin(const http::RequestHead& head,
                                                       bool write) const {
    const auto host = head.headers.get("Host");
    if (!serves_host(host))
        return to_response({403,
                            "host_refused",
                            "This host name is not served here; --public-host adds names.",
                            {},
                            0});
    if (!write)
        return std::nullopt;
    const Problem cross_site{
        403, "cross_origin", "Changes are not taken from pages of another origin.", {}, 0};
    if (const auto origin = head.headers.find("Origin")) {
        const auto scheme_end = origin->find("://");
        if (scheme_end == std::string_view::npos)
            return to_response(cross_site);
        const auto authority = origin->substr(scheme_end + 3);
        const auto name = split_authority(authority).first;
        const auto& known = settings_.public_hosts;
        if (!http::equals_ignoring_case(authority, host) &&
            std::find(known.begin(), known.end(), name) == known.end())
            return to_response(cross_site);
        return std::nullopt;
    }
    const auto site = head.headers.get("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin" && site != "none")
        return to_response(cross_site);
    return std::nullopt;
}

/// With tokens a rebound name gains nothing, since neither the token nor the cookie goes with it:
/// every name is served unless names were given.
bool RouteGuard::serves_host(std::string_view host) const {
    const auto& known = settings_.public_hosts;
    if (known.empty() && tokens_.required())
        return true;
    const auto name = split_authority(host).first;
    return name.empty() || name == "localhost" || is_ip_literal(name) ||
           std::find(known.begin(), known.end(), name) != known.end() ||
           std::find(known.begin(), known.end(), "*") != known.end();
}

std::optional<http::Response> RouteGuard::check_access(const http::RequestHead& head,
                                                       Access needed) {
    if (needed == Access::open)
        return std::nullopt;
    const auto identity = identify(head);
    if (!identity) {
        const bool tried = head.headers.contains("Authorization");
        auto response = to_response({401,
                                     "unauthorized",
                                     tried ? "This token is not known here."
                                           : "A token is needed: Authorization: Bearer TOKEN.",
                                     {},
                                     0});
        response.headers.add("WWW-Authenticate",
                             tried ? R"(Bearer realm="thumbd", error="invalid_token")"
                                   : R"(Bearer realm="thumbd")");
        return response;
    }
    if (identity->access < needed) {
        auto response =
            to_response({403,
                         "forbidden",
                         "This needs a token of the role " + std::string(to_string(needed)) + '.',
                         {},
                         0});
        response.headers.add("WWW-Authenticate",
                             R"(Bearer realm="thumbd", error="insufficient_scope")");
        return response;
    }
    return std::nullopt;
}

std::uint64_t RouteGuard::upload_limit(const http::RequestHead& head) const {
    const auto limit = static_cast<std::uint64_t>(settings_.max_upload_bytes);
    constexpr std::string_view multipart = "multipart/";
    const bool form = http::equals_ignoring_case(
        head.headers.get("Content-Type").substr(0, multipart.size()), multipart);
    return form ? limit + form_overhead : limit;
}

} // namespace thumbd
