#pragma once

#include "backends/redis/client/transport.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/time.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::redis {

/// How a server's certificate is judged.
enum class TlsVerify {
    full, ///< Signed by a trusted authority, and made out for the server's name.
    ca,   ///< Signed by a trusted authority, whatever its name.
    none, ///< Not at all: protects from listeners only.
};

struct TlsOptions {
    bool enabled = false;
    TlsVerify verify = TlsVerify::full;
    std::string ca_file{};     ///< PEM; empty: the authorities that the system trusts.
    std::string cert_file{};   ///< PEM, the client's own chain; empty: none.
    std::string key_file{};    ///< PEM; belongs to `cert_file`.
    std::string server_name{}; ///< To verify instead of the host's name; empty: the host's.
};

/// Empty parts are not sent.
struct Credentials {
    std::string user{};
    std::string password{};
    std::string file{}; ///< Whose first line the password was; empty: it came otherwise.
};

/// The password for the next connection: the file's, which may have changed since, or the one that
/// is known where the file cannot be read now.
std::string current_password(const Credentials& credentials);

/// Where the servers are and how to speak with them.
struct ClientOptions {
    enum class Layout {
        standalone, ///< One server, which may turn out to be part of a cluster.
        sentinel,   ///< `servers` are Sentinels, which know the master.
        cluster,    ///< `servers` are some nodes of a cluster.
    };

    /// The options of a URL that parse() takes, for a message about an unknown one.
    static constexpr std::string_view accepted =
        "namespace, master, password_file, sentinel_user, sentinel_password_file, tls_ca, "
        "tls_cert, tls_key, tls_verify, tls_server_name, connect_timeout, command_timeout, "
        "connections";

    Layout layout = Layout::standalone;
    std::vector<Endpoint> servers{}; ///< At least one.
    std::string master_name{};       ///< Of Sentinel.
    Credentials credentials{};
    Credentials sentinel_credentials{};
    int database = 0;
    TlsOptions tls{};
    std::string name_space = "default";  ///< 1 to 64 of `a-z A-Z 0-9 - _ .`
    Milliseconds connect_timeout{2'000}; ///< For one connection, its greeting included.
    Milliseconds command_timeout{5'000}; ///< For one call, with all that it repeats.
    int connections = 32;                ///< At most, to one server, beside dedicated ones.
    int lanes = 0; ///< How many exchanges with one server before calls go together; 0: never.
    std::size_t max_reply = 64ULL << 20; ///< Bytes.

    /// Takes its options out of `url`; others are left to the caller, who refuses the rest.
    ///
    ///     redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]?...      rediss:// with TLS
    ///     redis+sentinel://[...@]HOST[:PORT],HOST.../...?master=NAME
    ///     redis+cluster://[...@]HOST[:PORT],HOST...
    ///
    /// The password may stand in the URL (percent-encoded), in the first line of `password_file`,
    /// or in the environment variable THUMBJOBS_REDIS_PASSWORD; a user name, too, in
    /// THUMBJOBS_REDIS_USERNAME. Throws Error(invalid_argument) naming what is wrong, never a
    /// password.
    static ClientOptions parse(BackendUrl& url);

    /// `{tj:NAMESPACE}`: what every key of this namespace begins with; the braces put them all into
    /// one slot of a cluster.
    std::string tag() const;

    /// The URL without secrets, for logs.
    std::string describe() const;
};

} // namespace thumbjobs::redis
