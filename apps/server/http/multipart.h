#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace thumbd::http {

/// The boundary in a `Content-Type: multipart/form-data; boundary=...` value; nothing for any
/// other media type and for a boundary that RFC 2046 does not allow.
std::optional<std::string> multipart_boundary(std::string_view content_type);

/// What stands above a part's data. Strings are valid UTF-8.
struct PartHead {
    std::string name;
    std::optional<std::string> filename; ///< As the client gave it: never a path to be opened.
    std::string content_type;            ///< Empty when the part gives none.
};

struct MultipartLimits {
    std::size_t max_parts = 32;
    std::size_t max_part_head = 8 * 1024; ///< Bytes of one part's header fields.
    std::size_t max_preamble = 1024;      ///< Bytes before the first boundary.
};

/// Reads a multipart/form-data body (RFC 7578) piece by piece. Memory is bounded by the limits,
/// whatever the size of the body; the calls made do not depend on how the bytes are split,
/// except that a part's data may come in other pieces. One thread at a time; no Qt, no I/O.
class MultipartParser {
public:
    enum class Status {
        more,   ///< Feed the next bytes.
        done,   ///< The closing boundary was seen; anything after it is ignored.
        failed, ///< error() tells why. Final.
    };

    /// Called in the order part, data*, end for each part. Empty functions are not called.
    struct Callbacks {
        std::function<void(const PartHead&)> part;
        /// `offset` counts from the first byte fed; `bytes` is valid during the call only.
        std::function<void(std::uint64_t offset, std::string_view bytes)> data;
        /// The part's data are the `size` bytes from `offset` on.
        std::function<void(std::uint64_t offset, std::uint64_t size)> end;
    };

    MultipartParser(std::string_view boundary, Callbacks callbacks, MultipartLimits limits = {});

    Status feed(std::string_view bytes);

    Status status() const noexcept { return status_; }

    /// A sentence for the sender, once status() is failed.
    const std::string& error() const noexcept { return error_; }

private:
    enum class State { preamble, after_delimiter, part_head, data_begin, data };

    bool step();
    bool step_preamble();
    bool step_after_delimiter();
    bool step_part_head();
    bool step_data_begin();
    bool step_data();
    void use(std::size_t count) noexcept;
    bool fail(std::string message);
    std::string_view rest() const noexcept;

    std::string delimiter_; ///< CRLF, two dashes, boundary.
    Callbacks callbacks_;
    MultipartLimits limits_;
    Status status_ = Status::more;
    State state_ = State::preamble;
    std::string error_;
    std::string held_;             ///< Bytes that cannot be judged yet, then those being fed.
    std::size_t position_ = 0;     ///< Where rest() begins in held_.
    std::uint64_t read_ = 0;       ///< Bytes before rest(), with the CRLF that nobody sent.
    std::uint64_t data_begin_ = 0; ///< As read_.
    std::size_t parts_ = 0;
    std::size_t preamble_bytes_ = 0;
};

} // namespace thumbd::http
