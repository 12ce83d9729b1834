#pragma once

#include <QString>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace desktop {

/// Why a call did not do what it was asked for.
struct Failure {
    std::string code{}; ///< A name of thumbjobs::ErrorCode, as the library and thumbd answer it,
                        ///< or one of those below. For programs.
    QString message{};  ///< A sentence for people: no paths of ours, no secrets.
    bool retryable = false; ///< Whether the same call may succeed later without being changed.
    std::optional<std::chrono::milliseconds>
        retry_after{}; ///< When to try again, where the place knows: queue_full, storage_full.
};

/// Codes beside those of the library.
inline constexpr const char* code_unreachable = "unreachable"; ///< The server does not answer.
inline constexpr const char* code_refused = "refused";         ///< The token is not accepted, or
                                                               ///< not for this call.
inline constexpr const char* code_bad_answer = "bad_answer";   ///< The server answered nonsense.
inline constexpr const char* code_unreadable = "unreadable";   ///< A file of the user's cannot be
                                                               ///< read.
inline constexpr const char* code_closed = "closed";           ///< The place was closed meanwhile.

/// A value or a failure.
template <class T>
class Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Failure failure) : content_(std::in_place_index<1>, std::move(failure)) {}

    bool ok() const noexcept { return content_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    /// Only if ok().
    const T& value() const& { return std::get<0>(content_); }
    T&& value() && { return std::get<0>(std::move(content_)); }

    /// Only if not ok().
    const Failure& failure() const { return std::get<1>(content_); }

private:
    std::variant<T, Failure> content_;
};

/// The value of a call that has nothing to tell but that it was done.
struct Done {};

/// What takes a call's outcome: called once at most, on the GUI thread, never before the call has
/// returned.
template <class T>
using Answer = std::function<void(Result<T>)>;

} // namespace desktop
