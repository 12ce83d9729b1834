#include "auth/tokens.h"

#include "config/options.h"
#include "config/values.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

namespace thumbd {
namespace {

using Digest = std::array<std::uint8_t, 32>;

constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 256;
constexpr std::size_t max_file_size = 1 << 20;
constexpr std::chrono::seconds check_interval{1};

Digest to_digest(const QByteArray& bytes) {
    Digest digest{};
    std::copy_n(bytes.begin(), std::min<qsizetype>(bytes.size(), 32), digest.begin());
    return digest;
}

Digest sha256(std::string_view text) {
    return to_digest(QCryptographicHash::hash(
        QByteArray::fromRawData(text.data(), static_cast<qsizetype>(text.size())),
        QCryptographicHash::Sha256));
}

QByteArray session_mac(const Digest& key, std::string_view expiry) {
    QMessageAuthenticationCode code(
        QCryptographicHash::Sha256,
        QByteArray(reinterpret_cast<const char*>(key.data()), static_cast<qsizetype>(key.size())));
    code.addData(QByteArrayLiteral("thumbd session 1 "));
    code.addData(expiry.data(), static_cast<qsizetype>(expiry.size()));
    return code.result();
}

/// Compares in a time that does not depend on where the two differ.
bool equal_digests(const Digest& a, const Digest& b) noexcept {
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

std::string_view next_word(std::string_view& line) {
    line = trimmed(line);
    const auto end = line.find_first_of(" \t");
    const auto word = line.substr(0, end);
    line.remove_prefix(word.size());
    return word;
}

bool is_token(std::string_view text) {
    return text.size() >= shortest_token && text.size() <= longest_token &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::optional<Access> parse_role(std::string_view name) {
    for (const auto access : {Access::read, Access::submit, Access::admin})
        if (to_string(access) == name)
            return access;
    return std::nullopt;
}

} // namespace

std::string_view to_string(Access access) noexcept {
    switch (access) {
    case Access::open:
        return "open";
    case Access::read:
        return "read";
    case Access::submit:
        return "submit";
    case Access::admin:
        return "admin";
    }
    return "open";
}

std::vector<TokenEntry> parse_token_text(std::string_view text, const std::string& file) {
    std::vector<TokenEntry> entries;
    int number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        if (line.empty() || line.front() == '#')
            continue;
        const std::string where = file + ':' + std::to_string(number) + ": ";
        const auto role = parse_role(next_word(line));
        if (!role)
            throw ConfigError(where + "a line begins with read, submit or admin");
        const auto token = next_word(line);
        if (!is_token(token))
            throw ConfigError(where + "a token has 16 to 256 printable characters, no spaces");
        TokenEntry entry{sha256(token), {*role, std::string(trimmed(line).substr(0, 64))}};
        if (std::any_of(entries.begin(), entries.end(),
                        [&](const TokenEntry& known) { return known.digest == entry.digest; }))
            throw ConfigError(where + "the token was given before");
        entries.push_back(std::move(entry));
    }
    if (entries.empty())
        throw ConfigError("the token file " + file + " holds no token");
    return entries;
}

Tokens::Tokens(std::string file, Notice notice)
    : file_(std::move(file)),
      notice_(std::move(notice)),
      entries_(std::make_shared<const std::vector<TokenEntry>>()) {
    if (!required())
        return;
    stamp_ = file_stamp(file_);
    entries_ = std::make_shared<const std::vector<TokenEntry>>(read());
    checked_ = std::chrono::steady_clock::now();
}

std::optional<Identity> Tokens::by_token(std::string_view token) {
    if (token.size() > longest_token)
        return std::nullopt;
    const auto digest = sha256(token);
    std::optional<Identity> found;
    for (const auto& entry : *current())
        if (equal_digests(entry.digest, digest))
            found = entry.identity;
    return found;
}

std::optional<Identity> Tokens::by_session(std::string_view cookie, std::chrono::sys_seconds now) {
    const auto dot = cookie.find('.');
    if (dot == std::string_view::npos || cookie.size() > 128)
        return std::nullopt;
    const auto expiry = cookie.substr(0, dot);
    const auto seconds = parse_integer(expiry);
    if (!seconds || *seconds <= now.time_since_epoch().count())
        return std::nullopt;
    const auto given = cookie.substr(dot + 1);
    const auto mac = to_digest(QByteArray::fromHex(
        QByteArray::fromRawData(given.data(), static_cast<qsizetype>(given.size()))));
    std::optional<Identity> found;
    for (const auto& entry : *current())
        if (equal_digests(to_digest(session_mac(entry.digest, expiry)), mac))
            found = entry.identity;
    return found;
}

std::optional<std::string> Tokens::make_session(std::string_view token,
                                                std::chrono::sys_seconds now) {
    if (!by_token(token))
        return std::nullopt;
    const std::string expiry = std::to_string((now + session_lifetime).time_since_epoch().count());
    return expiry + '.' + session_mac(sha256(token), expiry).toHex().toStdString();
}

void Tokens::reload() {
    if (!required())
        return;
    const std::lock_guard lock(mutex_);
    try {
        stamp_ = file_stamp(file_);
        entries_ = std::make_shared<const std::vector<TokenEntry>>(read());
        notice_(false, "read " + std::to_string(entries_->size()) + " tokens");
    } catch (const ConfigError& error) {
        notice_(true, std::string("the tokens stay as they were: ") + error.what());
    }
}

std::vector<TokenEntry> Tokens::read() {
    std::ifstream stream(file_, std::ios::binary);
    std::string text(max_file_size, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.eof())
        throw ConfigError("cannot read the token file " + file_);
    text.resize(static_cast<std::size_t>(stream.gcount()));
    auto entries = parse_token_text(text, file_);
    std::fill(text.begin(), text.end(), '\0');
    struct stat status {};
    if (::stat(file_.c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        notice_(
            false,
            "the token file can be read or written by others than its owner and group: chmod 640 " +
                file_);
    return entries;
}

/// The entries, read again when the file has changed.
Tokens::Entries Tokens::current() {
    bool changed = false;
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (required() && now - checked_ >= check_interval) {
            checked_ = now;
            changed = file_stamp(file_) != stamp_;
        }
    }
    if (changed)
        reload();
    const std::lock_guard lock(mutex_);
    return entries_;
}

} // namespace thumbd
