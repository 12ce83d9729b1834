#include "backends/redis/client/reply.h"

#include "src/decimal.h"
#include "src/text.h"

#include <thumbjobs/memory_full.h>

#include <algorithm>
#include <array>
#include <utility>

namespace thumbjobs::redis {
namespace {

std::string_view name_of(Reply::Kind kind) {
    switch (kind) {
    case Reply::Kind::nil:
        return "nil";
    case Reply::Kind::integer:
        return "an integer";
    case Reply::Kind::status:
        return "a status";
    case Reply::Kind::string:
        return "a string";
    case Reply::Kind::array:
        return "an array";
    case Reply::Kind::error:
        return "an error";
    }
    return "nothing known";
}

/// Errors that a change in the server's surroundings ends: a retry may help.
bool may_pass(std::string_view code) {
    constexpr std::array<std::string_view, 14> passing{
        "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED",      "ASK",
        "BUSY",     "MISCONF", "NOREPLICAS", "NOAUTH",      "NOPERM",   "UNKILLABLE", "WRONGPASS"};
    return std::find(passing.begin(), passing.end(), code) != passing.end();
}

[[noreturn]] void throw_server_error(const Reply& reply) {
    const std::string line = to_valid_utf8(reply.error_line());
    if (reply.is_error("OOM"))
        throw MemoryFull("Redis has reached its memory limit.", line);
    if (may_pass(reply.error_code()))
        throw Error(ErrorCode::store_unavailable, "Redis cannot serve the request now.", line);
    throw Error(ErrorCode::internal, "Redis refused a request.", line);
}

} // namespace

Reply Reply::of_integer(std::int64_t value) {
    Reply reply;
    reply.kind_ = Kind::integer;
    reply.integer_ = value;
    return reply;
}

Reply Reply::of_status(std::string text) {
    Reply reply;
    reply.kind_ = Kind::status;
    reply.text_ = std::move(text);
    return reply;
}

Reply Reply::of_string(std::string text) {
    Reply reply;
    reply.kind_ = Kind::string;
    reply.text_ = std::move(text);
    return reply;
}

Reply Reply::of_array(std::vector<Reply> elements) {
    Reply reply;
    reply.kind_ = Kind::array;
    reply.elements_ = std::move(elements);
    return reply;
}

Reply Reply::of_error(std::string line) {
    Reply reply;
    reply.kind_ = Kind::error;
    reply.text_ = std::move(line);
    return reply;
}

bool Reply::is_error(std::string_view code) const noexcept {
    return is_error() && error_code() == code;
}

std::string_view Reply::error_code() const noexcept {
    std::string_view line = error_line();
    // Before 7.0, an error within a script is wrapped in another:
    // `ERR Error running script (call to f_...): @user_script:1: @user_script: 1: -OOM command ...`
    if (line.starts_with("ERR Error running script"))
        if (const std::size_t inner = line.find(": -"); inner != std::string_view::npos)
            line.remove_prefix(inner + 3);
    return line.substr(0, line.find(' '));
}

std::string_view Reply::error_line() const noexcept {
    return is_error() ? std::string_view(text_) : std::string_view();
}

const Reply& Reply::require() const {
    if (is_error())
        throw_server_error(*this);
    return *this;
}

std::int64_t Reply::integer() const {
    if (kind_ != Kind::integer)
        throw_unexpected(name_of(Kind::integer));
    return integer_;
}

const std::string& Reply::text() const {
    if (kind_ != Kind::string && kind_ != Kind::status)
        throw_unexpected(name_of(Kind::string));
    return text_;
}

std::string Reply::take_text() {
    text();
    return std::move(text_);
}

std::vector<Reply> Reply::take_array() {
    array();
    return std::move(elements_);
}

const std::vector<Reply>& Reply::array() const {
    if (kind_ != Kind::array)
        throw_unexpected(name_of(Kind::array));
    return elements_;
}

const Reply& Reply::at(std::size_t index) const {
    if (index >= array().size())
        throw_unexpected("an array of more than " + std::to_string(index) + " elements");
    return elements_[index];
}

std::int64_t Reply::number() const {
    if (kind_ == Kind::integer)
        return integer_;
    const auto value = parse_decimal<std::int64_t>(text());
    if (!value)
        throw_unexpected("a number");
    return *value;
}

void Reply::throw_unexpected(std::string_view wanted) const {
    require();
    std::string found(name_of(kind_));
    if (kind_ == Kind::array)
        found += " of " + std::to_string(elements_.size()) + " elements";
    else if (kind_ == Kind::string || kind_ == Kind::status)
        found += ' ' + in_quotes(text_);
    throw Error(ErrorCode::internal, "Redis gave an unexpected answer.",
                "expected " + std::string(wanted) + ", not " + found);
}

} // namespace thumbjobs::redis
