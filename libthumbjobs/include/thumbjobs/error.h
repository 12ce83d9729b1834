/// \file
/// The one exception type and its codes.
#pragma once

#include <thumbjobs/export.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thumbjobs {

/// What went wrong, in a form that a program can test. The names, as to_string() gives them,
/// are stable: they stand in REST answers, in stored jobs and in metrics.
enum class ErrorCode {
    // The caller's request.
    invalid_argument,     ///< A field is missing, malformed or out of its range.
    not_found,            ///< No such job, rendition or blob (any more).
    conflict,             ///< The job's state does not allow the call.
    idempotency_conflict, ///< The key is known, with another image or other options.

    // The image.
    empty_input,        ///< No bytes at all.
    input_too_large,    ///< More bytes than the limit.
    not_an_image,       ///< No known image format.
    unsupported_format, ///< An image, of a format that is switched off or not built in.
    image_too_large,    ///< More pixels, frames or predicted memory than the limits.
    image_truncated,    ///< The file ends before its image does.
    image_corrupt,      ///< The decoder refused its contents.

    // The decoder process; each counts as a crashed attempt.
    decoder_crashed,       ///< It died of a signal, or ended without an answer.
    decoder_timeout,       ///< It used up its time, of the clock or of the CPU.
    decoder_out_of_memory, ///< It reached its memory limit.
    decoder_forbidden,     ///< It made a system call that the sandbox forbids.

    // Capacity.
    queue_full,   ///< The bounded queue is full; try again later.
    storage_full, ///< The disk, bucket or Redis has reached its reserve.

    // The environment.
    store_unavailable,   ///< The job store does not answer; a retry may help.
    storage_unavailable, ///< The image storage does not answer; a retry may help.
    incompatible,        ///< Made by a newer version, or not ours at all.
    timed_out,           ///< A deadline of the caller passed.

    // Between the library's parts.
    lease_lost, ///< Another worker holds the job, or it was cancelled or deleted.
    cancelled,  ///< Stopped on request.
    closed,     ///< The engine was stopped.
    internal,   ///< A defect of thumbjobs; the detail goes to the log.
};

/// `invalid_argument`, `queue_full`, ...
THUMBJOBS_API std::string_view to_string(ErrorCode code) noexcept;

/// The inverse of to_string(); nothing for an unknown name.
THUMBJOBS_API std::optional<ErrorCode> parse_error_code(std::string_view name) noexcept;

/// The one exception type of the library: a *call* failed. (A *job* that failed is no
/// exception; it carries a JobError.)
class THUMBJOBS_API Error : public std::runtime_error {
public:
    /// `message` is a sentence that may be shown to any user: no paths, no secrets.
    /// `detail` is for the log only.
    Error(ErrorCode code, const std::string& message, std::string detail = {});
    ~Error() override;

    /// What went wrong, for programs.
    ErrorCode code() const noexcept { return code_; }
    /// For the log only: may name paths and hosts, never secrets. Empty if there is no more to say.
    const std::string& detail() const noexcept { return detail_; }

    /// Whether the same call may succeed later without being changed.
    bool retryable() const noexcept;

private:
    ErrorCode code_;
    std::string detail_;
};

} // namespace thumbjobs
