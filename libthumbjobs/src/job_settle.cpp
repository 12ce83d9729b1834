// The ends of an attempt that brought no result.
#include "src/backoff.h"
#include "src/image_fault.h"
#include "src/job_runner.h"
#include "src/random.h"

#include <utility>

namespace thumbjobs {
namespace {

enum class Fault {
    image,     ///< The job's own: it will fail every time.
    crash,     ///< Took the decoder down.
    transient, ///< Another attempt may succeed.
};

Fault classify(ErrorCode code) noexcept {
    if (is_image_fault(code))
        return Fault::image;
    switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
        return Fault::image;
    case ErrorCode::decoder_crashed:
    case ErrorCode::decoder_timeout:
    case ErrorCode::decoder_out_of_memory:
    case ErrorCode::decoder_forbidden:
        return Fault::crash;
    default:
        return Fault::transient;
    }
}

} // namespace

void JobRunner::settle(Attempt& attempt, const Error& error, RunOutcome& outcome) {
    try {
        if (attempt.over() || error.code() == ErrorCode::lease_lost) {
            discard(attempt);
        } else if (error.code() == ErrorCode::store_unavailable) {
            remove_outputs(attempt);
            core_.watch.log(LogLevel::error, "an attempt is left to its lease's end",
                            attempt.record.job, to_string(error.code()), error.detail());
        } else if (error.code() == ErrorCode::cancelled && attempt.cancel.cancelled()) {
            remove_outputs(attempt);
            give_back(attempt, attempt.stop_reason() == StopReason::abandoned
                                   ? "given back: the lease could not be renewed"
                                   : "given back: the worker stops");
        } else if (attempt.put_off) {
            give_back(attempt, "put off: there is no memory for this image yet", *attempt.put_off);
            outcome.retry_in = attempt.put_off;
        } else if (is_outage(error)) {
            outage_.begin(error);
            remove_outputs(attempt);
            give_back(attempt, std::string("given back: ") + error.what());
        } else {
            remove_outputs(attempt);
            fail(attempt, error, outcome);
        }
    } catch (const Error& late) {
        if (late.code() != ErrorCode::lease_lost)
            throw;
        discard(attempt);
    }
}

bool JobRunner::is_outage(const Error& error) noexcept {
    if (error.code() == ErrorCode::storage_full)
        return true;
    if (error.code() != ErrorCode::storage_unavailable)
        return false;
    try {
        core_.storage.probe();
        return false; // this blob's own trouble
    } catch (...) {
        return true;
    }
}

void JobRunner::fail(Attempt& attempt, const Error& error, RunOutcome& outcome) {
    const Job& claimed = attempt.record.job;
    const RetryPolicy& policy = core_.options.retry;
    const Fault fault = classify(error.code());
    Failure failure;
    failure.error = {error.code(), error.what()};
    failure.crash = fault == Fault::crash;
    failure.retryable = fault == Fault::transient;
    failure.max_crashes = policy.max_crashes;
    failure.backoff = retry_delay(policy, claimed.attempts, random_u64());
    failure.retention = core_.options.retention;
    failure.original_width = attempt.width;
    failure.original_height = attempt.height;

    const bool last = failure.crash ? claimed.crashes + 1 >= policy.max_crashes
                                    : !failure.retryable || claimed.attempts - claimed.crashes >=
                                                                claimed.max_attempts;
    std::string message = "attempt " + std::to_string(claimed.attempts) + " failed";
    if (!last)
        message += ", next in " + std::to_string(failure.backoff.count()) + " ms";
    message.append(": ").append(error.what());
    failure.note = core_.note(last ? LogLevel::error : LogLevel::warning, std::move(message));

    const Job job = outage_.through([&] { return core_.store.fail(attempt.lease, failure); });
    core_.watch.transition(job, JobState::processing);
    core_.watch.tell([&](Observer& observer) {
        if (failure.crash)
            observer.on_crash(error.code());
        if (job.state == JobState::queued)
            observer.on_retry(error.code());
    });
    core_.watch.log(failure.note.level, failure.note.message, job, to_string(error.code()),
                    error.detail());
    if (job.state == JobState::queued)
        outcome.retry_in = failure.backoff;
    if (fault == Fault::image)
        outage_.got_through(); // the store and storage did their part
}

void JobRunner::give_back(Attempt& attempt, const std::string& why, Milliseconds delay) {
    const LogNote note = core_.note(LogLevel::info, why);
    outage_.through([&] { core_.store.give_back(attempt.lease, delay, note); });
    Job& job = attempt.record.job;
    job.state = JobState::queued;
    --job.attempts;
    job.progress = 0;
    job.updated_at = core_.clock.wall();
    core_.watch.transition(job, JobState::processing);
    core_.watch.log(LogLevel::info, why, job);
}

void JobRunner::give_back_unbegun(Attempt& attempt) noexcept {
    try {
        const LogNote note = core_.note(LogLevel::info, "given back: the worker stops");
        core_.store.give_back(attempt.lease, Milliseconds{0}, note);
        core_.watch.log(LogLevel::info, note.message, attempt.record.job);
    } catch (const std::exception& error) { // its lease runs out instead
        core_.watch.log(LogLevel::warning, "a job could not be given back", error);
    }
}

void JobRunner::discard(Attempt& attempt) {
    remove_outputs(attempt);
    if (attempt.stop_reason() == StopReason::cancelled) {
        core_.watch.log(LogLevel::info, "the worker stopped: the job was cancelled or removed",
                        attempt.record.job);
        return;
    }
    core_.watch.tell([](Observer& observer) { observer.on_lease_lost(); });
    core_.watch.log(LogLevel::warning, "the lease was lost; its output is deleted",
                    attempt.record.job, to_string(ErrorCode::lease_lost));
}

void JobRunner::remove_outputs(Attempt& attempt) noexcept {
    if (attempt.committing)
        return; // complete() may have taken effect; if not, the orphan sweep takes them
    for (const std::string& key : std::exchange(attempt.outputs, {}))
        try {
            core_.storage.remove(key);
        } catch (const std::exception& error) { // the orphan sweep takes it
            core_.watch.log(LogLevel::warning, "an output could not be deleted yet",
                            attempt.record.job, {}, error.what());
        }
}

} // namespace thumbjobs
