#pragma once

#include <thumbjobs/error.h>
#include <thumbjobs/export.h>
#include <thumbjobs/rendition.h>
#include <thumbjobs/time.h>

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// A job's name: a UUID version 7 (RFC 9562), so ids sort by creation time. Callers outside treat
/// its text as opaque.
class THUMBJOBS_API JobId {
public:
    using Bytes = std::array<std::uint8_t, 16>;

    /// The nil id, which no job has.
    constexpr JobId() = default;
    constexpr explicit JobId(const Bytes& bytes) : bytes_(bytes) {}

    /// A new id. Ids made by one process grow strictly, also within one millisecond and when the
    /// wall clock goes back. Thread-safe.
    static JobId generate(WallTime now);

    /// Reads the canonical 36 characters, lower-case; nothing for any other text.
    static std::optional<JobId> parse(std::string_view text) noexcept;

    std::string to_string() const;
    constexpr const Bytes& bytes() const noexcept { return bytes_; }
    constexpr bool is_nil() const noexcept { return bytes_ == Bytes{}; }

    friend constexpr auto operator<=>(const JobId&, const JobId&) = default;

private:
    Bytes bytes_{};
};

/// Where a job stands. docs/job-states.md has the drawing.
enum class JobState {
    queued,     ///< Waits for a worker (or for `next_attempt_at`); moved on by a claim, cancel or
                ///< removal.
    processing, ///< A worker holds its lease; moved on by that worker, by lease expiry, cancel or
                ///< removal.
    succeeded,  ///< Terminal: every rendition is stored.
    failed,     ///< Terminal: `error` says why. A manual retry queues it again.
    cancelled,  ///< Terminal: on request. A manual retry queues it again.
};

inline constexpr std::array<JobState, 5> all_job_states{JobState::queued, JobState::processing,
                                                        JobState::succeeded, JobState::failed,
                                                        JobState::cancelled};

constexpr bool is_terminal(JobState state) noexcept {
    return state != JobState::queued && state != JobState::processing;
}

THUMBJOBS_API std::string_view to_string(JobState state) noexcept;
THUMBJOBS_API std::optional<JobState> parse_job_state(std::string_view name) noexcept;

/// Why a job failed, or why its last attempt did.
struct JobError {
    ErrorCode code = ErrorCode::internal;
    std::string message{}; ///< A sentence for people; no paths, no secrets.

    friend bool operator==(const JobError&, const JobError&) = default;
};

/// The image that was submitted.
struct Original {
    std::string
        filename; ///< As the user named it, without a folder; may be empty. Never a path of ours.
    std::string media_type{}; ///< Found in the bytes, not taken from the caller.
    std::int64_t bytes = 0;
    int width = 0;         ///< Pixels, orientation applied; 0 until a worker has read the header.
    int height = 0;        ///< Pixels, orientation applied; 0 until a worker has read the header.
    bool available = true; ///< False once it has been deleted (`Originals::drop`).

    friend bool operator==(const Original&, const Original&) = default;
};

/// A snapshot of one job: what users see. A value; it does not change under its owner.
struct Job {
    JobId id{};
    JobState state = JobState::queued;
    Original original{};
    std::vector<RenditionSpec> specs{};
    std::vector<Rendition> renditions{}; ///< In the order of `specs`; empty until succeeded.
    int priority = 0;                    ///< -100 to 100; higher runs first.
    int attempts = 0;                    ///< Begun, crashes included.
    int max_attempts = 0;
    int crashes = 0;                 ///< Attempts that took their decoder down.
    double progress = 0;             ///< 0 to 1.
    std::optional<JobError> error{}; ///< Of the last attempt; set while it waits for a retry, too.
    std::map<std::string, std::string> metadata{}; ///< The submitter's own.
    std::string request_id{};  ///< The request that submitted it; on every log line.
    std::string traceparent{}; ///< W3C trace context of that request; may be empty.
    WallTime created_at{};
    WallTime updated_at{};
    std::optional<WallTime> started_at{};      ///< Of the latest attempt.
    std::optional<WallTime> finished_at{};     ///< Set in terminal states.
    std::optional<WallTime> next_attempt_at{}; ///< Set while a retry waits for its back-off.
    std::optional<WallTime> expires_at{}; ///< When retention removes it; set in terminal states.

    friend bool operator==(const Job&, const Job&) = default;
};

} // namespace thumbjobs

template <>
struct std::hash<thumbjobs::JobId> {
    std::size_t operator()(const thumbjobs::JobId& id) const noexcept {
        std::size_t value = 0;
        for (std::size_t i = 8; i < 16; ++i)
            value = value << 8 | id.bytes()[i]; // the random half
        return value;
    }
};
