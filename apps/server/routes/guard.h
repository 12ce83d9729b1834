#pragma once

#include "auth/tokens.h"
#include "config/settings.h"
#include "http/options.h"
#include "routes/route_table.h"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace thumbd {

/// The cookie that the page trades its token for.
inline constexpr std::string_view session_cookie = "thumbd_session";

/// Decides from a request's head, before its body is read, whether it is served: 404, 405,
/// OPTIONS, Host and Origin, 401, 403, 503 for new images while the process drains, and how much
/// body is taken. Thread-safe.
class RouteGuard {
public:
    RouteGuard(const Settings& settings, Tokens& tokens) : settings_(settings), tokens_(tokens) {}

    http::BodyPolicy decide(const http::RequestHead& head, const http::Peer& peer);

    /// Takes no new images from now on. Requests whose head was read before go on.
    void begin_drain() noexcept { draining_ = true; }

    /// Who asks, by token or cookie; without a token file, an admin.
    std::optional<Identity> identify(const http::RequestHead& head);

private:
    std::optional<http::Response> check_origin(const http::RequestHead& head, bool write) const;
    std::optional<http::Response> check_access(const http::RequestHead& head, Access needed);
    bool serves_host(std::string_view host) const;
    std::uint64_t upload_limit(const http::RequestHead& head) const;

    const Settings& settings_;
    Tokens& tokens_;
    std::atomic<bool> draining_{false};
};

/// The value of a cookie in a `Cookie` field; empty if it is not there.
std::string_view find_cookie(std::string_view field, std::string_view name) noexcept;

/// The token in an `Authorization: Bearer` field; nothing for another scheme or no field.
std::optional<std::string_view> bearer_token(std::string_view field) noexcept;

} // namespace thumbd
