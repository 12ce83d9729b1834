#include "src/job_runner.h"

#include "src/fail_point.h"
#include "src/keys.h"
#include "src/progress.h"
#include "src/sha256.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace thumbjobs {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime now() {
    return std::chrono::steady_clock::now();
}

std::string milliseconds(std::chrono::nanoseconds duration) {
    return std::to_string(std::chrono::round<Milliseconds>(duration).count());
}

/// Leaves if the attempt was told to stop.
void check_stop(const Attempt& attempt) {
    if (attempt.over())
        throw Error(ErrorCode::lease_lost, "The job was taken away.");
    if (attempt.cancel.cancelled())
        throw Error(ErrorCode::cancelled, "The engine stops.");
}

/// Lets the page cache drop a file that is rarely read again, once it was resized: the next upload
/// takes these pages instead of fresh ones, which cost more than its copy where a hypervisor lends
/// memory page by page, and a container's memory does not fill with originals.
void forget_pages(const Blob& original) {
    if (original.file_descriptor() >= 0)
        posix_fadvise(original.file_descriptor(), 0, 0, POSIX_FADV_DONTNEED);
}

} // namespace

/// How long the steps of one attempt took.
struct JobRunner::Times {
    std::chrono::nanoseconds wait{-1}; ///< Negative: not known, as for later attempts.
    std::chrono::nanoseconds fetch{};
    std::chrono::nanoseconds turn{}; ///< Waiting for a CPU slot.
    std::chrono::nanoseconds resize{};
    std::chrono::nanoseconds put{};

    /// `succeeded in 23 ms: wait 1, fetch 0, resize 15, put 3`
    std::string describe(const Attempt& attempt) const {
        const auto total = now() - attempt.begun + std::max(wait, std::chrono::nanoseconds{0});
        std::string text = "succeeded in ";
        text.append(milliseconds(total)).append(" ms: ");
        if (wait.count() >= 0)
            text.append("wait ").append(milliseconds(wait)).append(", ");
        text.append("fetch ").append(milliseconds(fetch));
        if (turn >= Milliseconds{1})
            text.append(", turn ").append(milliseconds(turn));
        text.append(", resize ").append(milliseconds(resize));
        text.append(", put ").append(milliseconds(put));
        if (attempt.record.job.attempts > 1)
            text.append(", attempt ").append(std::to_string(attempt.record.job.attempts));
        return text;
    }
};

JobRunner::JobRunner(const Core& core, CpuGate& gate, Outage& outage,
                     std::function<std::optional<ClaimRequest>()> next_claim)
    : core_(core),
      gate_(gate),
      outage_(outage),
      waiting_room_(std::max(core.options.io_slots - core.options.workers, 0)),
      buffers_(static_cast<std::size_t>(core.options.workers)),
      next_claim_(std::move(next_claim)) {}

RunOutcome JobRunner::run(Attempt& attempt) noexcept {
    RunOutcome outcome;
    try {
        try {
            work(attempt, outcome);
        } catch (const Error& error) {
            settle(attempt, error, outcome);
        } catch (const std::exception& error) {
            settle(attempt, Error(ErrorCode::internal, "An internal error occurred.", error.what()),
                   outcome);
        } catch (...) {
            settle(attempt, Error(ErrorCode::internal, "An internal error occurred."), outcome);
        }
    } catch (const std::exception& error) {
        // The store took no answer: the lease runs out, and the job is queued again.
        core_.watch.log(LogLevel::error, "the end of an attempt could not be recorded",
                        attempt.record.job, to_string(ErrorCode::store_unavailable), error.what());
    } catch (...) {
        core_.watch.log(LogLevel::error, "the end of an attempt could not be recorded",
                        attempt.record.job, to_string(ErrorCode::internal));
    }
    return outcome;
}

void JobRunner::work(Attempt& attempt, RunOutcome& outcome) {
    Times times;
    const Job& job = attempt.record.job;
    attempt.begun = now();
    core_.watch.transition(job, JobState::queued);
    if (job.attempts == 1 && job.started_at) {
        times.wait = std::max(*job.started_at - job.created_at, Milliseconds{0});
        core_.watch.stage(Stage::wait, times.wait);
    }
    fail_point("work.claimed");
    check_stop(attempt);

    ResizeResult result = fetch_and_resize(attempt, times);
    fail_point("work.resized");

    const SteadyTime put_begun = now();
    Completion completion = put(attempt, result);
    times.put = now() - put_begun;
    core_.watch.stage(Stage::put, times.put);
    fail_point("work.put");
    complete(attempt, completion, times, outcome);
}

/// What was fetched is let go at the end: many jobs wait for a slow storage to take their results.
ResizeResult JobRunner::fetch_and_resize(Attempt& attempt, Times& times) {
    const BlobPtr original = open_original(attempt);
    const bool lends_file = core_.options.image_resizer->takes_files() &&
                            original->file_descriptor() >= 0 && original->size() > 0;
    InputBuffers::Loan buffer(buffers_);
    const ByteView input = lends_file ? ByteView{} : buffer.load(*original);
    times.fetch = now() - attempt.begun;
    pace_.fetched(times.fetch);
    core_.watch.stage(Stage::fetch, times.fetch);
    fail_point("work.fetched");

    ResizeResult result = resize(attempt, input, lends_file ? original.get() : nullptr, times);
    forget_pages(*original);
    return result;
}

BlobPtr JobRunner::open_original(Attempt& attempt) {
    try {
        return core_.storage.open(attempt.record.original_key);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw;
        throw Error(ErrorCode::not_found, "The submitted image is missing from the storage.",
                    attempt.record.original_key);
    }
}

ResizeResult JobRunner::resize(Attempt& attempt, ByteView input, const Blob* file, Times& times) {
    const SteadyTime waiting_since = now();
    CpuGate::Place place = gate_.enter(attempt.cancel);
    check_stop(attempt);
    times.turn = now() - waiting_since;
    Resizer& resizer = *core_.options.image_resizer;
    if (!resizer.isolated())
        outage_.through([&] { core_.store.mark_decoding(attempt.lease); });

    const SteadyTime begun = now();
    ProgressReport progress(core_, attempt);
    WaitingRoom::Seat seat;
    ResizeRequest request{.input = input,
                          .specs = attempt.record.job.specs,
                          .limits = core_.options.limits,
                          .cancel = &attempt.cancel,
                          .progress = [&progress](double value) { progress(value); },
                          .header =
                              [&attempt](const ImageInfo& info) {
                                  attempt.width = info.width;
                                  attempt.height = info.height;
                              },
                          .waiting =
                              [&](bool begins) {
                                  if (begins) {
                                      wait_or_put_off(attempt, seat);
                                      place.leave();
                                  } else {
                                      seat.leave();
                                      place.enter_again(attempt.cancel);
                                  }
                              },
                          .file = file};
    ResizeResult result = resizer.resize(request);
    times.resize = now() - begun;
    place.leave();
    pace_.resized(times.resize);
    core_.watch.stage(Stage::resize, times.resize);
    if (result.images.size() != attempt.record.job.specs.size())
        throw Error(ErrorCode::internal, "The resizer made too few or too many images.",
                    resizer.describe());
    attempt.width = result.source.width;
    attempt.height = result.source.height;
    return result;
}

/// A slot that waits is one less for the others: some may, the rest are put off by an exception
/// that ends the resize.
void JobRunner::wait_or_put_off(Attempt& attempt, WaitingRoom::Seat& seat) {
    attempt.put_off = waiting_room_.enter(seat);
    if (attempt.put_off)
        throw Error(ErrorCode::cancelled, "There is no memory for this image yet.");
}

Completion JobRunner::put(Attempt& attempt, ResizeResult& result) {
    Completion completion;
    completion.original_width = attempt.width;
    completion.original_height = attempt.height;
    completion.drop_original = core_.options.originals == Originals::drop;
    completion.retention = core_.options.retention;
    const std::vector<RenditionSpec>& specs = attempt.record.job.specs;
    completion.renditions.reserve(specs.size());
    completion.rendition_keys.resize(specs.size());
    completion.kept.resize(specs.size());
    attempt.outputs.reserve(specs.size());
    for (std::size_t i = 0; i < specs.size(); ++i) {
        if (attempt.over())
            throw Error(ErrorCode::lease_lost, "The job was taken away.");
        EncodedImage& image = result.images[i];
        completion.renditions.push_back({.name = specs[i].name,
                                         .media_type = std::move(image.media_type),
                                         .width = image.width,
                                         .height = image.height,
                                         .bytes = static_cast<std::int64_t>(image.data.size()),
                                         .checksum = "sha256:" + sha256_hex(image.data)});
        const std::int64_t bytes = completion.renditions.back().bytes;
        if (bytes > 0 && bytes <= core_.kept_bytes) {
            completion.kept[i] = std::move(image.data);
            continue;
        }
        attempt.outputs.push_back(
            rendition_key(attempt.lease.job, attempt.lease.claim_id, specs[i].name));
        completion.rendition_keys[i] = attempt.outputs.back();
        const BlobPtr blob = make_blob(std::move(image.data));
        core_.storage.put(attempt.outputs.back(), *blob, BlobKind::rendition);
    }
    return completion;
}

void JobRunner::complete(Attempt& attempt, Completion& completion, Times& times,
                         RunOutcome& outcome) {
    if (attempt.over())
        throw Error(ErrorCode::lease_lost, "The job was taken away.");
    completion.note = core_.note(LogLevel::info, times.describe(attempt));
    const std::optional<ClaimRequest> next = next_claim_();
    const SteadyTime begun = now();
    attempt.committing = true;
    try {
        outcome.next = outage_.through([&] {
            return core_.store.complete(attempt.lease, completion, next ? &*next : nullptr);
        });
    } catch (const Error& error) {
        attempt.committing = error.code() == ErrorCode::store_unavailable; // else surely undone
        throw;
    }
    attempt.outputs.clear(); // the job's from here on
    core_.watch.stage(Stage::commit, now() - begun);
    fail_point("work.completed");
    outage_.got_through();
    if (completion.drop_original)
        drop_original(attempt);

    Job& job = attempt.record.job;
    std::int64_t bytes_out = 0;
    for (const Rendition& rendition : completion.renditions)
        bytes_out += rendition.bytes;
    job.state = JobState::succeeded;
    job.renditions = std::move(completion.renditions);
    job.original.width = completion.original_width;
    job.original.height = completion.original_height;
    job.original.available = !completion.drop_original;
    job.progress = 1;
    job.error.reset();
    job.updated_at = core_.clock.wall();
    job.finished_at = job.updated_at;
    if (completion.retention)
        job.expires_at = job.updated_at + *completion.retention;
    core_.watch.transition(job, JobState::processing);
    core_.watch.tell([&](Observer& observer) { observer.on_bytes(job.original.bytes, bytes_out); });
    core_.watch.log(LogLevel::info, completion.note.message, job);
}

void JobRunner::drop_original(const Attempt& attempt) noexcept {
    try {
        core_.storage.remove(attempt.record.original_key);
        fail_point("work.original_dropped");
    } catch (const std::exception& error) { // the orphan sweep takes it
        core_.watch.log(LogLevel::warning, "an original could not be deleted yet",
                        attempt.record.job, {}, error.what());
    }
}

} // namespace thumbjobs
