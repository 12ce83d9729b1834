#pragma once

#include "backends/sandbox/admission.h"
#include "backends/sandbox/helper.h"
#include "backends/sandbox/options.h"
#include "backends/sandbox/verdict.h"

#include <thumbjobs/resizer.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace thumbjobs::sandbox {

/// Notices that the kernel killed for lack of memory. Thread-safe.
class MemoryKills {
public:
    MemoryKills();

    /// Whether there were kills since the last call.
    bool any_new();

private:
    std::mutex mutex_;
    std::optional<std::int64_t> seen_; // guarded by mutex_
};

/// What attempts share.
struct Surroundings {
    const Options& options;
    Admission& admission;
    MemoryKills& memory_kills;
};

/// One image, one helper: hands the image over, answers its questions, watches the clock and the
/// process, and tells how it ended.
class Attempt {
public:
    Attempt(Helper& helper, const ResizeRequest& request, const Surroundings& around) noexcept
        : helper_(helper), request_(request), around_(around) {}

    /// The renditions; nothing if the image needs more memory than there is room for now: then the
    /// helper is free again and predicted() says how much. `ticket` is what the attempt has been
    /// admitted with; it takes one itself when there is room.
    ///
    /// Throws the image's own faults, the decoder_* codes, and Error(cancelled). Whether the helper
    /// lives on is in Helper::usable.
    std::optional<ResizeResult> run(Admission::Ticket& ticket);

    std::int64_t predicted() const noexcept { return predicted_; }

private:
    using Time = std::chrono::steady_clock::time_point;

    void send_job();
    std::uint64_t input_size() const noexcept;
    int lend(const Blob& file, FileDescriptor& copy);
    int share(ByteView image, FileDescriptor& copy);
    Answer next_answer(Time deadline);
    bool wait_for_packet(Time deadline);
    void check_id(const Answer& answer);
    void look_at_header();
    void tell_header(const Header& header);
    void take_header(const Header& header, Admission::Ticket& ticket);
    void answer_header(const Header& header, Admission::Ticket& ticket);
    ResizeResult take_result(const Done& done);
    [[noreturn]] void take_failure(const Failed& failed);
    void check_memory_note();
    [[noreturn]] void lost(Evidence evidence, Milliseconds grace);
    [[noreturn]] void nonsense();

    Helper& helper_;
    const ResizeRequest& request_;
    const Surroundings& around_;
    std::uint64_t id_ = 0;
    std::int64_t admitted_ = 0;
    std::int64_t predicted_ = 0;
    bool header_seen_ = false;
    std::optional<Error> refusal_; ///< What the caller gets once the helper has abandoned.
};

} // namespace thumbjobs::sandbox
