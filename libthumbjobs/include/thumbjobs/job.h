/// \file
/// Jobs, their states and ids.
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
    /// The sixteen bytes of a UUID, in its order.
    using Bytes = std::array<std::uint8_t, 16>;

    /// The nil id, which no job has.
    constexpr JobId() = default;

    /// Takes the bytes as they are, unchecked.
    constexpr explicit JobId(const Bytes& bytes) : bytes_(bytes) {}

    /// A new id. Ids made by one process grow strictly, also within one millisecond and when the
    /// wall clock goes back. Thread-safe.
    static JobId generate(WallTime now);

    /// Reads the canonical 36 characters, lower-case; nothing for any other text.
    static std::optional<JobId> parse(std::string_view text) noexcept;

    /// The canonical 36 characters, lower-case.
    std::string to_string() const;

    /// As they would be sent or stored.
    constexpr const Bytes& bytes() const noexcept { return bytes_; }

    /// Whether this is the id that no job has.
    constexpr bool is_nil() const noexcept { return bytes_ == Bytes{}; }

    /// In the order of the bytes, which is the order of creation.
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

/// Every state, in the order of a job's life.
inline constexpr std::array<JobState, 5> all_job_states{JobState::queued, JobState::processing,
                                                        JobState::succeeded, JobState::failed,
                                                        JobState::cancelled};

/// Whether only a manual retry or a removal moves a job on from this state.
constexpr bool is_terminal(JobState state) noexcept {
    return state != JobState::queued && state != JobState::processing;
}

/// `queued`, `processing`, `succeeded`, `failed`, `cancelled`.
THUMBJOBS_API std::string_view to_string(JobState state) noexcept;

/// The inverse of to_string(); nothing for an unknown name.
THUMBJOBS_API std::optional<JobState> parse_job_state(std::string_view name) noexcept;

/// Why a job failed, or why its last attempt did.
struct JobError {
    ErrorCode code = ErrorCode::internal; ///< For programs.
    std::string message{};                ///< A sentence for people; no paths, no secrets.

    /// Member by member.
    friend bool operator==(const JobError&, const JobError&) = default;
};

/// The image that was submitted.
struct Original {
    std::string
        filename; ///< As the user named it, without a folder; may be empty. Never a path of ours.
    std::string media_type{}; ///< Found in the bytes, not taken from the caller.
    std::int64_t bytes = 0;   ///< Size of the file.
    int width = 0;         ///< Pixels, orientation applied; 0 until a worker has read the header.
    int height = 0;        ///< Pixels, orientation applied; 0 until a worker has read the header.
    bool available = true; ///< False once it has been deleted (`Originals::drop`).

    /// Member by member.
    friend bool operator==(const Original&, const Original&) = default;
};

/// A snapshot of one job: what users see. A value; it does not change under its owner.
struct Job {
    JobId id{};                          ///< Never changes and is never used again.
    JobState state = JobState::queued;   ///< Where it stands; see JobState.
    Original original{};                 ///< What was submitted.
    std::vector<RenditionSpec> specs{};  ///< What is to be made of it; 1 to 32.
    std::vector<Rendition> renditions{}; ///< In the order of `specs`; empty until succeeded.
    int priority = 0;                    ///< -100 to 100; higher runs first.
    int attempts = 0;                    ///< Begun, crashes included.
    int max_attempts = 0;                ///< After so many without a crash, it has failed.
    int crashes = 0;                     ///< Attempts that took their decoder down.
    double progress = 0;                 ///< 0 to 1.
    std::optional<JobError> error{}; ///< Of the last attempt; set while it waits for a retry, too.
    std::map<std::string, std::string> metadata{}; ///< The submitter's own.
    std::string request_id{};              ///< The request that submitted it; on every log line.
    std::string traceparent{};             ///< W3C trace context of that request; may be empty.
    WallTime created_at{};                 ///< When the submit was acknowledged.
    WallTime updated_at{};                 ///< Of the latest change of any member.
    std::optional<WallTime> started_at{};  ///< Of the latest attempt.
    std::optional<WallTime> finished_at{}; ///< Set in terminal states.
    std::optional<WallTime> next_attempt_at{}; ///< Set while a retry waits for its back-off.
    std::optional<WallTime> expires_at{}; ///< When retention removes it; set in terminal states.

    /// Member by member.
    friend bool operator==(const Job&, const Job&) = default;
};

} // namespace thumbjobs

/// By the random half of the id.
template <>
struct std::hash<thumbjobs::JobId> {
    /// Spreads well as it is: no table needs to mix it.
    std::size_t operator()(const thumbjobs::JobId& id) const noexcept {
        std::size_t value = 0;
        for (std::size_t i = 8; i < 16; ++i)
            value = value << 8 | id.bytes()[i]; // the random half
        return value;
    }
};
