#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::redis {

/// What a Redis server answered. A value; not synchronised.
///
/// An error of the server is a kind of reply. The accessors throw on one, so that a caller who
/// reads what it expects needs no test of its own: MemoryFull for OOM,
/// Error(store_unavailable) for what may pass (LOADING, MISCONF, NOPERM, ...), Error(internal) for
/// the rest and for a reply of another kind than was asked for.
class Reply {
public:
    enum class Kind { nil, integer, status, string, array, error };

    Reply() = default; ///< Nil.
    static Reply of_integer(std::int64_t value);
    static Reply of_status(std::string text);
    static Reply of_string(std::string text);
    static Reply of_array(std::vector<Reply> elements);
    static Reply of_error(std::string line); ///< `WRONGTYPE Operation against ...`

    Kind kind() const noexcept { return kind_; }
    bool is_nil() const noexcept { return kind_ == Kind::nil; }
    bool is_error() const noexcept { return kind_ == Kind::error; }

    /// Whether this is an error whose first word is `code`, as in `NOSCRIPT`.
    bool is_error(std::string_view code) const noexcept;

    /// Of an error: its first word (of the inner one, if a script passes one on), and the whole
    /// line. Empty for other kinds.
    std::string_view error_code() const noexcept;
    std::string_view error_line() const noexcept;

    /// This reply, unless it is an error; throws as above then.
    const Reply& require() const;

    std::int64_t integer() const;             ///< Of an integer.
    const std::string& text() const;          ///< Of a string or a status.
    std::string take_text();                  ///< The same, moved out.
    const std::vector<Reply>& array() const;  ///< Of an array.
    std::vector<Reply> take_array();          ///< The same, moved out.
    const Reply& at(std::size_t index) const; ///< Of an array that is long enough.

    /// Of an integer, or a string that holds one in decimal.
    std::int64_t number() const;

private:
    friend class ReplyReader;

    [[noreturn]] void throw_unexpected(std::string_view wanted) const;

    Kind kind_ = Kind::nil;
    std::int64_t integer_ = 0;
    std::string text_;
    std::vector<Reply> elements_;
};

} // namespace thumbjobs::redis
