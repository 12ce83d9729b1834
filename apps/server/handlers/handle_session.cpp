#include "handlers/answers.h"
#include "handlers/handlers.h"
#include "routes/json_text.h"

#include <boost/json.hpp>

#include <chrono>
#include <string>

namespace thumbd {
namespace {

std::string cookie(const http::Exchange& exchange, const std::string& value,
                   std::chrono::seconds lifetime) {
    std::string text =
        std::string(session_cookie) + '=' + value +
        "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(lifetime.count());
    return exchange.tls() ? text + "; Secure" : text;
}

/// The token in `{"token": "..."}`. Throws BadRequest, which never repeats it.
std::string token_in(const http::Body& body) {
    const BadRequest malformed(
        {400, "invalid_argument", "A JSON object {\"token\": \"...\"} is expected.", {}, 0});
    boost::json::error_code error;
    const auto document = boost::json::parse(
        {body.memory.constData(), static_cast<std::size_t>(body.memory.size())}, error);
    if (error || !document.is_object())
        throw malformed;
    const auto& object = document.get_object();
    const auto* token = object.if_contains("token");
    if (token == nullptr || !token->is_string() || object.size() != 1)
        throw malformed;
    return std::string(token->get_string());
}

} // namespace

void handle_get_session(Services& services, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    const auto identity = services.guard.identify(exchange->head());
    JsonObject session;
    session.add("authentication", services.tokens.required() ? "token" : "none");
    if (identity)
        session.add("role", to_string(identity->access));
    else
        session.add_raw("role", "null");
    answer_json(*exchange, 200, session.text());
}

void handle_open_session(Services& services, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    const auto token = token_in(exchange->take_body());
    if (!services.tokens.required()) {
        exchange->respond(204, {{"Cache-Control", "no-store"}});
        return;
    }
    const auto value = services.tokens.make_session(
        token, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    if (!value) {
        auto response = to_response({401, "unauthorized", "This token is not known here.", {}, 0});
        response.headers.add("WWW-Authenticate", R"(Bearer realm="thumbd", error="invalid_token")");
        exchange->respond(std::move(response));
        return;
    }
    exchange->respond(204, {{"Set-Cookie", cookie(*exchange, *value, Tokens::session_lifetime)},
                            {"Cache-Control", "no-store"}});
}

void handle_close_session(Services&, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    exchange->respond(204, {{"Set-Cookie", cookie(*exchange, "", std::chrono::seconds(0))},
                            {"Cache-Control", "no-store"}});
}

} // namespace thumbd
