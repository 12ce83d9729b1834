#pragma once

#include "headers.h"

#include <cstdint>
#include <optional>
#include <string>

namespace thumbd::http {

/// Why a request was turned away before a handler saw it, or a handler's own error answer in
/// the house form. `code` is for programs and stable, `detail` is a sentence for people.
struct Refusal {
    int status = 400;
    std::string code = "bad_request";
    std::string detail;
    /// Seconds, for `Retry-After`; 0 leaves the field out.
    int retry_after = 0;
};

/// A request line and its header fields, checked: what stands here is well formed.
struct RequestHead {
    std::string method; ///< As sent, e.g. `GET` or `HEAD`.
    std::string target; ///< As sent: origin form, `/path?query`.
    std::string path;   ///< Percent-decoded; valid UTF-8, no control characters, no `.` or `..`.
    std::string query;  ///< As sent, without the `?`; its percent escapes are well formed.
    Headers headers;    ///< As sent; `Content-Length` and `Transfer-Encoding` agree.
    bool http_1_0 = false;
    bool keep_alive = true; ///< What the client wishes.
    bool chunked = false;
    bool expects_continue = false;
    /// Bytes of the body; nothing when the request has no body or sends it in chunks.
    std::optional<std::uint64_t> content_length;

    bool has_body() const noexcept { return chunked || content_length.value_or(0) > 0; }
};

} // namespace thumbd::http
