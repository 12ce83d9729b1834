#include "backends/redis/client/options.h"

#include "src/decimal.h"
#include "src/text.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

namespace thumbjobs::redis {
namespace {

[[noreturn]] void refuse(const std::string& what, std::string detail = {}) {
    throw Error(ErrorCode::invalid_argument, what, std::move(detail));
}

/// Of a scheme: `rediss+sentinel` is TLS and Sentinel.
void parse_scheme(const std::string& scheme, ClientOptions& options) {
    const std::size_t plus = std::min(scheme.find('+'), scheme.size());
    const std::string_view base = std::string_view(scheme).substr(0, plus);
    const std::string_view layout = std::string_view(scheme).substr(plus);
    options.tls.enabled = base == "rediss";
    if (layout == "+sentinel")
        options.layout = ClientOptions::Layout::sentinel;
    else if (layout == "+cluster")
        options.layout = ClientOptions::Layout::cluster;
    if ((base != "redis" && base != "rediss") ||
        (!layout.empty() && options.layout == ClientOptions::Layout::standalone))
        refuse("The Redis URL has the scheme " + in_quotes(scheme) +
               "; accepted: redis, rediss, and either with +sentinel or +cluster");
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' ||
           c == '.' || c == '_';
}

Endpoint parse_endpoint(std::string_view text, std::uint16_t default_port) {
    const auto refuse_it = [&] {
        refuse("The Redis URL has the server " + in_quotes(text) +
               "; accepted: HOST, HOST:PORT, or an IPv6 address in brackets");
    };
    Endpoint server;
    server.port = default_port;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            refuse_it();
        server.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
        const auto allowed = [](char c) { return c == ':' || c == '%' || is_host_character(c); };
        if (!std::all_of(server.host.begin(), server.host.end(), allowed))
            refuse_it();
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        server.host = text.substr(0, colon);
        rest = text.substr(colon);
        if (!std::all_of(server.host.begin(), server.host.end(), is_host_character))
            refuse_it();
    }
    if (server.host.empty())
        refuse_it();
    if (!rest.empty()) {
        const auto port = rest.starts_with(':') ? parse_decimal<std::uint16_t>(rest.substr(1))
                                                : std::optional<std::uint16_t>();
        if (!port || *port == 0)
            refuse_it();
        server.port = *port;
    }
    return server;
}

std::vector<Endpoint> parse_endpoints(std::string_view text, std::uint16_t default_port) {
    std::vector<Endpoint> servers;
    for (;;) {
        const std::size_t comma = std::min(text.find(','), text.size());
        servers.push_back(parse_endpoint(text.substr(0, comma), default_port));
        if (comma == text.size())
            return servers;
        text.remove_prefix(comma + 1);
    }
}

int parse_database(std::string_view text) {
    const auto number = parse_decimal<int>(text);
    if (!number || *number < 0 || *number > 1'000'000)
        refuse("The Redis URL has the database " + in_quotes(text) + "; accepted: 0 to 1000000");
    return *number;
}

/// `//[USER[:PASSWORD]@]SERVERS[/DATABASE]`
void parse_target(std::string_view target, ClientOptions& options) {
    if (!target.starts_with("//"))
        refuse("The Redis URL has no // after its scheme; accepted: redis://HOST[:PORT]");
    target.remove_prefix(2);
    // The last @ of all: a decoded password may hold any character, a server's name does not.
    if (const std::size_t at = target.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = target.substr(0, at);
        const std::size_t colon = std::min(user.find(':'), user.size());
        options.credentials.user = user.substr(0, colon);
        if (colon < user.size())
            options.credentials.password = user.substr(colon + 1);
        target.remove_prefix(at + 1);
    }
    const std::size_t slash = std::min(target.find('/'), target.size());
    const bool sentinel = options.layout == ClientOptions::Layout::sentinel;
    options.servers = parse_endpoints(target.substr(0, slash),
                                      static_cast<std::uint16_t>(sentinel ? 26379 : 6379));
    if (slash + 1 < target.size())
        options.database = parse_database(target.substr(slash + 1));
    if (options.layout == ClientOptions::Layout::standalone && options.servers.size() > 1)
        refuse("The Redis URL names several servers; accepted: one, or the scheme redis+sentinel "
               "or redis+cluster");
    if (options.layout == ClientOptions::Layout::cluster && options.database != 0)
        refuse("The Redis URL names a database; a cluster has number 0 only");
}

/// The first line, read no further than a password can be long; empty if there is none.
std::string first_line(const std::string& path) {
    std::string line(4096, '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(line.data(), static_cast<std::streamsize>(line.size()));
    line.resize(static_cast<std::size_t>(file.gcount()));
    line.resize(std::min(line.find('\n'), line.size()));
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

std::string read_password_file(const std::string& option, const std::string& path) {
    auto line = first_line(path);
    if (line.empty())
        refuse(option + " of the Redis URL cannot be read, or has no password in its first line",
               path);
    return line;
}

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

void parse_credentials(BackendUrl& url, ClientOptions& options) {
    Credentials& own = options.credentials;
    if (const auto path = url.take("password_file")) {
        if (!own.password.empty())
            refuse("The Redis URL has a password and a password_file; accepted: one of them");
        own.password = read_password_file("password_file", *path);
        own.file = *path;
    }
    if (own.password.empty())
        own.password = environment("THUMBJOBS_REDIS_PASSWORD");
    if (own.user.empty())
        own.user = environment("THUMBJOBS_REDIS_USERNAME");
    if (!own.user.empty() && own.password.empty())
        refuse("The Redis user " + in_quotes(own.user) +
               " has no password; accepted: one in the URL, in password_file or in the environment "
               "variable THUMBJOBS_REDIS_PASSWORD");

    const auto user = url.take("sentinel_user");
    const auto path = url.take("sentinel_password_file");
    if ((user || path) && options.layout != ClientOptions::Layout::sentinel)
        refuse("sentinel_user and sentinel_password_file are for redis+sentinel: URLs");
    if (user && !path)
        refuse("The Redis URL has a sentinel_user without a sentinel_password_file");
    if (path)
        options.sentinel_credentials = {user.value_or(""),
                                        read_password_file("sentinel_password_file", *path), *path};
}

void parse_tls(BackendUrl& url, ClientOptions& options) {
    TlsOptions& tls = options.tls;
    bool named = false;
    const auto take = [&](const char* name, std::string& target) {
        if (auto value = url.take(name)) {
            named = true;
            if (value->empty())
                refuse(std::string(name) + " of the Redis URL is empty");
            target = std::move(*value);
        }
    };
    std::string verify = "full";
    take("tls_ca", tls.ca_file);
    take("tls_cert", tls.cert_file);
    take("tls_key", tls.key_file);
    take("tls_server_name", tls.server_name);
    take("tls_verify", verify);
    if (named && !tls.enabled)
        refuse("The Redis URL has tls_ options but is without TLS; accepted: the scheme rediss");
    if (tls.cert_file.empty() != tls.key_file.empty())
        refuse("tls_cert and tls_key of the Redis URL belong together; only one is there");
    if (verify == "full")
        tls.verify = TlsVerify::full;
    else if (verify == "ca")
        tls.verify = TlsVerify::ca;
    else if (verify == "none")
        tls.verify = TlsVerify::none;
    else
        refuse("tls_verify of the Redis URL is " + in_quotes(verify) +
               "; accepted: full, ca, none");
}

/// What Sentinel allows in a master's name, and we in a namespace: nothing that needs quotes.
bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           std::all_of(name.begin(), name.end(), is_host_character);
}

void take_plain_name(BackendUrl& url, const std::string& option, std::string& target) {
    const auto name = url.take(option);
    if (!name)
        return;
    if (!is_plain_name(*name))
        refuse(option + " of the Redis URL is " + in_quotes(*name) +
               "; accepted: 1 to 64 of the characters a-z A-Z 0-9 - _ .");
    target = *name;
}

void parse_duration_option(BackendUrl& url, const std::string& name, Milliseconds& target) {
    const auto text = url.take(name);
    if (!text)
        return;
    const auto value = parse_duration(*text);
    if (!value || *value < Milliseconds(10) || *value > std::chrono::minutes(10))
        refuse(name + " of the Redis URL is " + in_quotes(*text) + "; accepted: 10ms to 10m");
    target = *value;
}

void parse_connections(BackendUrl& url, ClientOptions& options) {
    const auto text = url.take("connections");
    if (!text)
        return;
    const auto value = parse_decimal<int>(*text);
    if (!value || *value < 1 || *value > 1000)
        refuse("connections of the Redis URL is " + in_quotes(*text) + "; accepted: 1 to 1000");
    options.connections = *value;
}

} // namespace

std::string current_password(const Credentials& credentials) {
    if (credentials.file.empty())
        return credentials.password;
    auto line = first_line(credentials.file);
    return line.empty() ? credentials.password : line;
}

ClientOptions ClientOptions::parse(BackendUrl& url) {
    ClientOptions options;
    parse_scheme(url.scheme, options);
    parse_target(url.target, options);
    take_plain_name(url, "master", options.master_name);
    if ((options.layout == Layout::sentinel) == options.master_name.empty())
        refuse(options.layout == Layout::sentinel
                   ? "The redis+sentinel: URL has no master; accepted: ?master=NAME, the name by "
                     "which the Sentinels know it"
                   : "master is for redis+sentinel: URLs");
    parse_credentials(url, options);
    parse_tls(url, options);
    take_plain_name(url, "namespace", options.name_space);
    parse_duration_option(url, "connect_timeout", options.connect_timeout);
    parse_duration_option(url, "command_timeout", options.command_timeout);
    parse_connections(url, options);
    return options;
}

std::string ClientOptions::tag() const {
    return "{tj:" + name_space + '}';
}

std::string ClientOptions::describe() const {
    std::string text = tls.enabled ? "rediss" : "redis";
    if (layout == Layout::sentinel)
        text += "+sentinel";
    else if (layout == Layout::cluster)
        text += "+cluster";
    text += "://";
    for (const Endpoint& server : servers)
        text += (&server == &servers.front() ? "" : ",") + server.to_string();
    if (database != 0)
        text += '/' + std::to_string(database);
    text += "?namespace=" + name_space;
    if (!master_name.empty())
        text += "&master=" + master_name;
    return text;
}

} // namespace thumbjobs::redis
