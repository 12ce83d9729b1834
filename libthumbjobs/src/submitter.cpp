#include "src/submitter.h"

#include "src/fail_point.h"
#include "src/keys.h"
#include "src/random.h"
#include "src/submit_check.h"

#include <thumbjobs/error.h>

#include <utility>

namespace thumbjobs {
namespace {

/// A producer without a resizer takes what every worker decodes by default.
std::vector<std::string> accepted_types(const EngineOptions& options) {
    if (options.image_resizer)
        return options.image_resizer->input_types();
    return {"image/jpeg", "image/png",  "image/webp", "image/gif",
            "image/avif", "image/heic", "image/heif", "image/tiff"};
}

} // namespace

Submitter::Submitter(const Core& core) : core_(core), accepted_(accepted_types(core.options)) {}

SubmitResult Submitter::submit(const SubmitRequest& request) {
    using std::chrono::steady_clock;
    fail_point("submit.begin");
    check_options(request);
    NewJob job = describe(request);
    refuse_while_full(job);

    const BootTime put_begun = core_.clock.boot();
    const auto store_begun = steady_clock::now();
    core_.storage.put(job.original_key, *request.image, BlobKind::original);
    const auto enqueue_begun = steady_clock::now();
    core_.watch.stage(Stage::store, enqueue_begun - store_begun);
    fail_point("submit.stored");

    // The sweeper may take the blob once it is older than the grace period; half of it is left for
    // clocks and calls that are slow to end.
    job.deadline = put_begun + core_.options.orphan_grace / 2;
    CreateResult made = create(job);
    core_.watch.stage(Stage::enqueue, steady_clock::now() - enqueue_begun);
    fail_point("submit.created");
    if (!made.created)
        remove_blob(job);

    core_.watch.tell([&](Observer& observer) { observer.on_submitted(made.job, made.created); });
    core_.watch.log(LogLevel::info,
                    made.created ? std::string_view(job.note.message)
                                 : "submitted again with its idempotency key",
                    made.job);
    return {.job = std::move(made.job), .created = made.created};
}

NewJob Submitter::describe(const SubmitRequest& request) const {
    NewJob job;
    job.original.media_type = check_image(request, core_.options.limits, accepted_);
    job.original.bytes = request.image->size();
    job.original.filename = clean_filename(request.filename);
    job.id = JobId::generate(core_.clock.wall());
    job.original_key = original_key(job.id);
    job.specs = request.renditions;
    job.priority = request.priority;
    job.max_attempts = core_.options.retry.max_attempts;
    job.metadata = request.metadata;
    job.request_id = request.request_id.empty() ? random_hex(16) : request.request_id;
    job.traceparent = request.traceparent;
    if (!request.idempotency_key.empty()) {
        job.idempotency_key = request.idempotency_key;
        job.idempotency_fingerprint = fingerprint(request);
    }
    job.max_queued = core_.options.max_queued;
    job.note = core_.note(LogLevel::info, "submitted: " + job.original.media_type + ", " +
                                              std::to_string(job.original.bytes) + " bytes");
    return job;
}

/// While the queue is full, clients that come again and again cost a look at the store, not a
/// written and deleted image each. One with an idempotency key may have its job already.
void Submitter::refuse_while_full(const NewJob& job) {
    if (!full_ || !job.idempotency_key.empty())
        return;
    if (core_.store.stats().queued >= job.max_queued)
        throw Error(ErrorCode::queue_full, "The queue is full: " + std::to_string(job.max_queued) +
                                               " jobs wait already. Try again later.");
    full_ = false;
}

/// A lost answer is asked for once more. As long as it stays unknown whether the job exists, its
/// blob stays: the orphan sweep takes it if it does not.
CreateResult Submitter::create(const NewJob& job) {
    try {
        return core_.store.create(job);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::store_unavailable) {
            full_ = error.code() == ErrorCode::queue_full;
            remove_blob(job);
            throw;
        }
    }
    return core_.store.create(job);
}

void Submitter::remove_blob(const NewJob& job) noexcept {
    try {
        core_.storage.remove(job.original_key);
    } catch (const std::exception& error) { // the orphan sweep takes it
        core_.watch.log(LogLevel::warning, "an image without a job could not be deleted yet",
                        error);
    }
}

} // namespace thumbjobs
