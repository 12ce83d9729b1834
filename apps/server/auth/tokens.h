#pragma once

#include "file_stamp.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbd {

/// What a caller may do; each role includes those before it.
enum class Access {
    open,   ///< Everybody: the page, the documentation, probes.
    read,   ///< All GETs of jobs.
    submit, ///< Every change.
    admin,  ///< The log of all processes.
};

std::string_view to_string(Access access) noexcept;

/// Who asks.
struct Identity {
    Access access = Access::open;
    std::string name; ///< From the token file, for the log; may be empty.
};

/// A token as it is kept: only its SHA-256.
struct TokenEntry {
    std::array<std::uint8_t, 32> digest{};
    Identity identity;
};

/// Reads `role token [name]` lines. Throws ConfigError naming the line, never a token.
std::vector<TokenEntry> parse_token_text(std::string_view text, const std::string& file);

/// The bearer tokens of a file, and the cookies that stand for them.
///
/// A session cookie is `<expiry>.<HMAC-SHA256 under the token's digest>`: no state is kept, every
/// process with the same token file accepts it, and it ends with its token. Thread-safe.
class Tokens {
public:
    /// Tells the log what happened to the file.
    using Notice = std::function<void(bool error, const std::string& message)>;

    /// How long a session lasts.
    static constexpr std::chrono::seconds session_lifetime{12 * 3600};

    /// Reads `file`; throws ConfigError when it cannot be used. An empty name: no tokens are asked
    /// for, and everybody is an admin.
    Tokens(std::string file, Notice notice);

    bool required() const noexcept { return !file_.empty(); }

    std::optional<Identity> by_token(std::string_view token);
    std::optional<Identity> by_session(std::string_view cookie, std::chrono::sys_seconds now);

    /// The cookie's value for a token; nothing for an unknown token.
    std::optional<std::string> make_session(std::string_view token, std::chrono::sys_seconds now);

    /// Reads the file again; a faulty one leaves the tokens as they were, and is told.
    void reload();

private:
    using Entries = std::shared_ptr<const std::vector<TokenEntry>>;
    std::vector<TokenEntry> read();
    Entries current();

    const std::string file_;
    const Notice notice_;
    std::mutex mutex_;
    Entries entries_;
    FileStamp stamp_;
    std::chrono::steady_clock::time_point checked_;
};

} // namespace thumbd
