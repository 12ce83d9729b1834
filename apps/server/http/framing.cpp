#include "framing.h"

#include "target.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

// What Boost.Beast's parser refuses by itself: malformed request lines, versions other than 1.0
// and 1.1, malformed field names and values (NUL, bare CR), a space before the colon, conflicting
// or malformed lengths, a length with chunking, malformed chunk sizes, extensions and trailers.
// What is added here: bare LF, obsolete line folding, any Transfer-Encoding that is not exactly
// `chunked` (Beast takes `xchunked` for "no body"), repeated lengths, chunking in HTTP/1.0,
// missing, repeated or malformed Host, targets (see target.cpp), Expect, and every limit.

namespace thumbd::http {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

namespace {

Refusal bad_request(std::string detail) {
    return {400, "bad_request", std::move(detail)};
}

Refusal fields_too_large(std::string detail) {
    return {431, "header_fields_too_large", std::move(detail)};
}

Refusal too_large(std::uint64_t max_bytes) {
    return {413, "payload_too_large",
            "The body may have at most " + std::to_string(max_bytes) + " bytes."};
}

std::string_view to_std(beast::string_view text) {
    return {text.data(), text.size()};
}

/// Whether `line` is a request line but for its version, which is HTTP's in form.
bool has_other_http_version(std::string_view line) {
    const std::size_t space = line.rfind(' ');
    if (space == std::string_view::npos) {
        return false;
    }
    const std::string_view version = line.substr(space + 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
           version[6] == '.' && is_digit(version[7]) && version != "HTTP/1.0" &&
           version != "HTTP/1.1";
}

bool is_token_char(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

/// The text with its first and last spaces and tabs taken off.
std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool list_has_token(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (equals_ignoring_case(trim(list.substr(0, comma)), token)) {
            return true;
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

} // namespace

/// Beast's parser with our checks hooked in, and the state between two calls of next().
class RequestFramer::Parser final : public bhttp::basic_parser<true> {
public:
    explicit Parser(const FramingLimits& framing_limits) : limits(framing_limits) {
        eager(false);
        body_limit(boost::none);
        header_limit(static_cast<std::uint32_t>(limits.max_head + 2));
    }

    /// Checks the lines of a complete head as Beast will not see them any more.
    std::optional<Refusal> check_lines(std::string_view raw) const;

    /// Checks across fields, once they are all known.
    std::optional<Refusal> finish_head();

    const FramingLimits& limits;
    RequestHead head;
    bool head_done = false;
    bool completed = false;
    bool in_trailer = false;
    std::string held;             ///< A head, chunk line or trailer that is not complete yet.
    std::size_t leading_crlf = 0; ///< Empty lines skipped before the request line.
    std::string_view piece;
    std::uint64_t body_bytes = 0;
    std::uint64_t chunk_left = 0;    ///< Bytes of the current chunk still to come.
    std::uint64_t framing_bytes = 0; ///< Chunk lines.
    std::uint64_t max_body = 0;
    std::optional<Refusal> refusal;

private:
    void refuse(Refusal why, error_code& ec) {
        refusal = std::move(why);
        ec = bhttp::error::bad_value;
    }

    void on_request_impl(bhttp::verb /*known*/, beast::string_view method,
                         beast::string_view target, int version, error_code& ec) override {
        head.method = to_std(method);
        head.target = to_std(target);
        head.http_1_0 = version == 10;
        if (target.size() > limits.max_target) {
            refuse({414, "uri_too_long", "The request target is too long."}, ec);
        } else if (std::optional<Refusal> bad = http::parse_target(head.target, head)) {
            refuse(std::move(*bad), ec);
        }
    }

    void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/,
                          error_code& ec) override {
        ec = bhttp::error::bad_version;
    }

    void on_field_impl(bhttp::field /*known*/, beast::string_view name, beast::string_view value,
                       error_code& ec) override {
        if (head_done) {
            return; // A trailer: nothing here needs one, and it must not change the head.
        }
        if (head.headers.size() == limits.max_fields) {
            return refuse(fields_too_large("The request has too many header fields."), ec);
        }
        head.headers.add(std::string(to_std(name)), std::string(to_std(value)));
    }

    void on_header_impl(error_code& ec) override {
        head_done = true;
        if (std::optional<Refusal> bad = finish_head()) {
            refuse(std::move(*bad), ec);
        }
    }

    void on_body_init_impl(boost::optional<std::uint64_t> const& /*length*/,
                           error_code& /*ec*/) override {}

    std::size_t on_body_impl(beast::string_view data, error_code& /*ec*/) override {
        piece = to_std(data);
        body_bytes += data.size();
        return data.size();
    }

    void on_chunk_header_impl(std::uint64_t size, beast::string_view /*extensions*/,
                              error_code& ec) override {
        if (size > max_body - std::min(body_bytes, max_body)) {
            return refuse(too_large(max_body), ec);
        }
        chunk_left = size;
    }

    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view data,
                                   error_code& ec) override {
        chunk_left -= data.size();
        return on_body_impl(data, ec);
    }

    void on_finish_impl(error_code& /*ec*/) override { completed = true; }
};

std::optional<Refusal> RequestFramer::Parser::check_lines(std::string_view raw) const {
    const std::string_view request_line = raw.substr(0, raw.find("\r\n"));
    if (has_other_http_version(request_line)) {
        return Refusal{505, "http_version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken."};
    }
    raw.remove_prefix(request_line.size() + 2);
    while (!raw.starts_with("\r\n")) {
        const std::size_t end = raw.find("\r\n");
        if (raw.front() == ' ' || raw.front() == '\t') {
            return bad_request("Header fields must not be folded over lines.");
        }
        if (end > limits.max_field_line) {
            return fields_too_large("A header field is too long.");
        }
        raw.remove_prefix(end + 2);
    }
    return std::nullopt;
}

std::optional<Refusal> RequestFramer::Parser::finish_head() {
    const Headers& fields = head.headers;
    const std::size_t hosts = fields.count("Host");
    if (hosts > 1 || (hosts == 0 && !head.http_1_0) ||
        (hosts == 1 && !is_valid_host(fields.get("Host")))) {
        return bad_request("The request must have exactly one valid Host field.");
    }
    const std::size_t lengths = fields.count("Content-Length");
    const std::size_t encodings = fields.count("Transfer-Encoding");
    if (lengths > 1 || encodings > 1 || (lengths != 0 && encodings != 0)) {
        return bad_request("The request must tell the length of its body once, in one way.");
    }
    if (encodings == 1) {
        if (head.http_1_0) {
            return bad_request("HTTP/1.0 has no Transfer-Encoding.");
        }
        if (!equals_ignoring_case(fields.get("Transfer-Encoding"), "chunked")) {
            return Refusal{501, "not_implemented", "The only Transfer-Encoding is 'chunked'."};
        }
        head.chunked = true;
    }
    if (lengths == 1) {
        const std::string_view text = fields.get("Content-Length");
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size() || text.size() > 18) {
            return bad_request("Content-Length must be one decimal number.");
        }
        head.content_length = value;
    }
    for (const Header& field : fields) {
        if (equals_ignoring_case(field.name, "Expect") && !head.http_1_0) {
            if (!equals_ignoring_case(field.value, "100-continue")) {
                return Refusal{417, "expectation_failed", "The only Expect is '100-continue'."};
            }
            head.expects_continue = true;
        }
    }
    head.keep_alive = !head.http_1_0;
    bool close = false;
    for (const Header& field : fields) {
        if (equals_ignoring_case(field.name, "Connection")) {
            close = close || list_has_token(field.value, "close");
            head.keep_alive = head.keep_alive || list_has_token(field.value, "keep-alive");
        }
    }
    head.keep_alive = head.keep_alive && !close;
    return std::nullopt;
}

RequestFramer::RequestFramer(const FramingLimits& limits) : limits_(limits) {
    restart();
}
RequestFramer::~RequestFramer() = default;

void RequestFramer::restart() {
    parser_ = std::make_unique<Parser>(limits_);
}

const RequestHead& RequestFramer::head() const noexcept {
    return parser_->head;
}
std::string_view RequestFramer::body() const noexcept {
    return parser_->piece;
}
const Refusal& RequestFramer::refusal() const noexcept {
    return *parser_->refusal;
}
std::uint64_t RequestFramer::body_bytes() const noexcept {
    return parser_->body_bytes;
}

void RequestFramer::limit_body(std::uint64_t max_bytes) noexcept {
    parser_->max_body = max_bytes;
}

bool RequestFramer::between_requests() const noexcept {
    return !parser_->head_done && (parser_->held.empty() || parser_->held == "\r");
}

bool RequestFramer::is_complete() const noexcept {
    return parser_->completed;
}

RequestFramer::Event RequestFramer::refuse(Refusal refusal) {
    parser_->refusal = std::move(refusal);
    return Event::refused;
}

RequestFramer::Event RequestFramer::next(std::string_view& input) {
    if (parser_->refusal) {
        return Event::refused;
    }
    if (parser_->completed) {
        return Event::complete;
    }
    return parser_->head_done ? next_piece(input) : next_head(input);
}

RequestFramer::Event RequestFramer::next_head(std::string_view& input) {
    Parser& parser = *parser_;
    std::string& held = parser.held;
    // RFC 9112 lets a server skip an empty line before the request line; two are enough.
    while (held.empty() || held == "\r") {
        if (input.empty()) {
            return Event::need_more;
        }
        const char c = input.front();
        if (c != '\r' && c != '\n' && held.empty()) {
            if (!is_token_char(c)) {
                return refuse(bad_request("This is not an HTTP/1 request."));
            }
            break;
        }
        input.remove_prefix(1);
        if (c == (held.empty() ? '\r' : '\n')) {
            held.empty() ? held.push_back(c) : held.clear();
            if (held.empty() && ++parser.leading_crlf > 2) {
                return refuse(bad_request("There are empty lines before the request line."));
            }
            continue;
        }
        return refuse(bad_request("Lines must end in CR LF."));
    }

    const std::size_t before = held.size();
    const std::size_t room = limits_.max_head + 1 - before;
    held.append(input.substr(0, room));
    const std::size_t search_from = before < 3 ? 0 : before - 3;
    const std::size_t end = held.find("\r\n\r\n", search_from);
    for (std::size_t i = before; i < std::min(end, held.size()); ++i) {
        if (held[i] == '\n' && (i == 0 || held[i - 1] != '\r')) {
            return refuse(bad_request("Lines must end in CR LF."));
        }
    }
    if (end == std::string::npos || end + 4 > limits_.max_head) {
        if (held.size() > limits_.max_head) {
            return refuse(held.find("\r\n") < limits_.max_head
                              ? fields_too_large("The header fields are too large.")
                              : Refusal{414, "uri_too_long", "The request line is too long."});
        }
        input = {};
        return Event::need_more;
    }
    held.resize(end + 4);
    input.remove_prefix(held.size() - before);
    if (std::optional<Refusal> bad = parser.check_lines(held)) {
        return refuse(std::move(*bad));
    }
    error_code error;
    std::size_t used = 0;
    while (!error && !parser.head_done) {
        used += parser.put(boost::asio::buffer(held.data() + used, held.size() - used), error);
    }
    if (error) {
        return refuse(parser.refusal ? std::move(*parser.refusal)
                                     : bad_request("The request's head is malformed."));
    }
    held.clear();
    return Event::head;
}

RequestFramer::Event RequestFramer::next_piece(std::string_view& input) {
    Parser& parser = *parser_;
    if (parser.head.content_length.value_or(0) > parser.max_body) {
        return refuse(too_large(parser.max_body));
    }
    parser.piece = {};
    while (parser.piece.empty() && !parser.completed) {
        if (input.empty()) {
            return Event::need_more;
        }
        if (parser.head.chunked && parser.chunk_left == 0) {
            if (!read_chunk_line(input)) {
                return parser.refusal ? Event::refused : Event::need_more;
            }
            continue;
        }
        error_code error;
        input.remove_prefix(parser.put(boost::asio::buffer(input.data(), input.size()), error));
        if (error) {
            return refuse(bad_request("The request's body is malformed."));
        }
    }
    return parser.piece.empty() ? Event::complete : Event::body;
}

bool RequestFramer::read_chunk_line(std::string_view& input) {
    Parser& parser = *parser_;
    std::string& held = parser.held;
    const std::size_t limit = parser.in_trailer ? limits_.max_trailer : limits_.max_chunk_line;
    const std::size_t line = std::min(input.find('\n'), input.size() - 1) + 1;
    const std::size_t taken = std::min(line, limit + 1 - std::min(held.size(), limit));
    held.append(input.substr(0, taken));
    input.remove_prefix(taken);
    if (held.size() > limit) {
        refuse(parser.in_trailer ? fields_too_large("The trailer is too large.")
                                 : bad_request("A chunk's size line is too long."));
        return false;
    }
    if (held.back() != '\n') {
        return false;
    }
    if (!held.ends_with("\r\n")) {
        refuse(bad_request("Lines must end in CR LF."));
        return false;
    }
    error_code error;
    parser.put(boost::asio::buffer(held.data(), held.size()), error);
    if (error == bhttp::error::need_more) {
        // Either the end of a chunk's data, which Beast reads along with the next size, or the last
        // chunk, which it reads along with the trailer.
        parser.in_trailer = held != "\r\n";
        return true;
    }
    if (error) {
        refuse(parser.refusal ? std::move(*parser.refusal)
                              : bad_request("The body's chunks are malformed."));
        return false;
    }
    parser.framing_bytes += held.size();
    held.clear();
    if (parser.framing_bytes > 64 * 1024 + 16 * parser.body_bytes) {
        refuse(bad_request("The body's chunks are too small for their size lines."));
        return false;
    }
    return true;
}

} // namespace thumbd::http
