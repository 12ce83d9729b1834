#pragma once

#include <thumbjobs/engine.h>

#include <pybind11/pybind11.h>

#include <tuple>

namespace thumbjobs::python {

/// A member of a C++ struct under its name in Python.
template <class Struct, class Member>
struct Field {
    const char* name;
    Member Struct::*member;
};
template <class Struct, class Member>
Field(const char*, Member Struct::*) -> Field<Struct, Member>;

/// The C++ struct that stands behind a class of thumbjobs/_types.py: its name there, and its fields
/// in the order of that class. casters.h converts by it, in both directions.
template <class T>
struct Fields;

template <class T>
concept Described = requires {
    Fields<T>::members;
};

/// What Engine() was given, but for the parts that are objects.
struct EngineSettings {
    std::string store{};
    std::string storage{};
    std::string resizer{};
    int workers = 2;
    int io_slots = 0;
    std::string worker_name{};
    ImageLimits limits{};
    std::int64_t max_queued = 0;
    int max_attempts = 3;
    int max_crashes = 3;
    Milliseconds lease{};
    bool keep_originals = true;
    std::int64_t inline_thumbnails = 0;
    std::optional<Milliseconds> retention{};
    bool relaxed_durability = false;
};

/// What Engine.stats() answers: EngineStats in one piece.
struct Stats {
    std::int64_t queued = 0;
    std::int64_t processing = 0;
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
    std::int64_t cancelled = 0;
    std::int64_t delayed = 0;
    std::optional<Milliseconds> oldest_ready_age{};
    std::int64_t finished_last_minute = 0;
    int workers = 0;
    int workers_busy = 0;
    bool draining = false;
    bool outage = false;
};

#define THUMBJOBS_FIELDS(Type, ...)                                                                \
    template <>                                                                                    \
    struct Fields<Type> {                                                                          \
        using Self = Type;                                                                         \
        static constexpr char name[] = #Type;                                                      \
        static constexpr auto members = std::tuple{__VA_ARGS__};                                   \
    }
#define THUMBJOBS_FIELD(member)                                                                    \
    Field {                                                                                        \
#member, &Self::member                                                                     \
    }

THUMBJOBS_FIELDS(RenditionSpec, THUMBJOBS_FIELD(name), THUMBJOBS_FIELD(width),
                 THUMBJOBS_FIELD(height), THUMBJOBS_FIELD(fit), THUMBJOBS_FIELD(gravity),
                 THUMBJOBS_FIELD(format), THUMBJOBS_FIELD(quality), THUMBJOBS_FIELD(background),
                 THUMBJOBS_FIELD(enlarge), THUMBJOBS_FIELD(keep_profile),
                 THUMBJOBS_FIELD(linear_light));
THUMBJOBS_FIELDS(Rendition, THUMBJOBS_FIELD(name), THUMBJOBS_FIELD(media_type),
                 THUMBJOBS_FIELD(width), THUMBJOBS_FIELD(height), THUMBJOBS_FIELD(bytes),
                 THUMBJOBS_FIELD(checksum));
THUMBJOBS_FIELDS(JobError, THUMBJOBS_FIELD(code), THUMBJOBS_FIELD(message));
THUMBJOBS_FIELDS(Original, THUMBJOBS_FIELD(filename), THUMBJOBS_FIELD(media_type),
                 THUMBJOBS_FIELD(bytes), THUMBJOBS_FIELD(width), THUMBJOBS_FIELD(height),
                 THUMBJOBS_FIELD(available));
THUMBJOBS_FIELDS(Job, THUMBJOBS_FIELD(id), THUMBJOBS_FIELD(state), THUMBJOBS_FIELD(original),
                 THUMBJOBS_FIELD(specs), THUMBJOBS_FIELD(renditions), THUMBJOBS_FIELD(priority),
                 THUMBJOBS_FIELD(attempts), THUMBJOBS_FIELD(max_attempts), THUMBJOBS_FIELD(crashes),
                 THUMBJOBS_FIELD(progress), THUMBJOBS_FIELD(error), THUMBJOBS_FIELD(metadata),
                 THUMBJOBS_FIELD(request_id), THUMBJOBS_FIELD(traceparent),
                 THUMBJOBS_FIELD(created_at), THUMBJOBS_FIELD(updated_at),
                 THUMBJOBS_FIELD(started_at), THUMBJOBS_FIELD(finished_at),
                 THUMBJOBS_FIELD(next_attempt_at), THUMBJOBS_FIELD(expires_at));
THUMBJOBS_FIELDS(Event, THUMBJOBS_FIELD(kind), THUMBJOBS_FIELD(cursor), THUMBJOBS_FIELD(id),
                 THUMBJOBS_FIELD(job));
THUMBJOBS_FIELDS(EventPage, THUMBJOBS_FIELD(events), THUMBJOBS_FIELD(cursor));
THUMBJOBS_FIELDS(LogLine, THUMBJOBS_FIELD(sequence), THUMBJOBS_FIELD(time), THUMBJOBS_FIELD(level),
                 THUMBJOBS_FIELD(job), THUMBJOBS_FIELD(state), THUMBJOBS_FIELD(message),
                 THUMBJOBS_FIELD(worker), THUMBJOBS_FIELD(request_id));
THUMBJOBS_FIELDS(ImageLimits, THUMBJOBS_FIELD(max_bytes), THUMBJOBS_FIELD(max_pixels),
                 THUMBJOBS_FIELD(max_frames), THUMBJOBS_FIELD(max_dimension));
THUMBJOBS_FIELDS(EngineSettings, THUMBJOBS_FIELD(store), THUMBJOBS_FIELD(storage),
                 THUMBJOBS_FIELD(resizer), THUMBJOBS_FIELD(workers), THUMBJOBS_FIELD(io_slots),
                 THUMBJOBS_FIELD(worker_name), THUMBJOBS_FIELD(limits), THUMBJOBS_FIELD(max_queued),
                 THUMBJOBS_FIELD(max_attempts), THUMBJOBS_FIELD(max_crashes),
                 THUMBJOBS_FIELD(lease), THUMBJOBS_FIELD(keep_originals),
                 THUMBJOBS_FIELD(inline_thumbnails), THUMBJOBS_FIELD(retention),
                 THUMBJOBS_FIELD(relaxed_durability));
THUMBJOBS_FIELDS(Stats, THUMBJOBS_FIELD(queued), THUMBJOBS_FIELD(processing),
                 THUMBJOBS_FIELD(succeeded), THUMBJOBS_FIELD(failed), THUMBJOBS_FIELD(cancelled),
                 THUMBJOBS_FIELD(delayed), THUMBJOBS_FIELD(oldest_ready_age),
                 THUMBJOBS_FIELD(finished_last_minute), THUMBJOBS_FIELD(workers),
                 THUMBJOBS_FIELD(workers_busy), THUMBJOBS_FIELD(draining), THUMBJOBS_FIELD(outage));

// For job stores that are written in Python.
THUMBJOBS_FIELDS(JobRecord, THUMBJOBS_FIELD(job), THUMBJOBS_FIELD(original_key),
                 THUMBJOBS_FIELD(rendition_keys), THUMBJOBS_FIELD(claim_id),
                 THUMBJOBS_FIELD(deleted));
THUMBJOBS_FIELDS(Lease, THUMBJOBS_FIELD(job), THUMBJOBS_FIELD(token), THUMBJOBS_FIELD(claim_id));
THUMBJOBS_FIELDS(LogNote, THUMBJOBS_FIELD(level), THUMBJOBS_FIELD(message),
                 THUMBJOBS_FIELD(worker));
THUMBJOBS_FIELDS(NewJob, THUMBJOBS_FIELD(id), THUMBJOBS_FIELD(original),
                 THUMBJOBS_FIELD(original_key), THUMBJOBS_FIELD(specs), THUMBJOBS_FIELD(priority),
                 THUMBJOBS_FIELD(max_attempts), THUMBJOBS_FIELD(metadata),
                 THUMBJOBS_FIELD(request_id), THUMBJOBS_FIELD(traceparent),
                 THUMBJOBS_FIELD(idempotency_key), THUMBJOBS_FIELD(idempotency_fingerprint),
                 THUMBJOBS_FIELD(max_queued), THUMBJOBS_FIELD(deadline), THUMBJOBS_FIELD(note));
THUMBJOBS_FIELDS(CreateResult, THUMBJOBS_FIELD(job), THUMBJOBS_FIELD(created));
THUMBJOBS_FIELDS(ListQuery, THUMBJOBS_FIELD(states), THUMBJOBS_FIELD(limit),
                 THUMBJOBS_FIELD(cursor), THUMBJOBS_FIELD(ascending));
THUMBJOBS_FIELDS(JobPage, THUMBJOBS_FIELD(jobs), THUMBJOBS_FIELD(next_cursor),
                 THUMBJOBS_FIELD(events_cursor));
THUMBJOBS_FIELDS(ClaimRequest, THUMBJOBS_FIELD(worker), THUMBJOBS_FIELD(nonce),
                 THUMBJOBS_FIELD(max_jobs), THUMBJOBS_FIELD(lease));
THUMBJOBS_FIELDS(ClaimedJob, THUMBJOBS_FIELD(record), THUMBJOBS_FIELD(lease));
THUMBJOBS_FIELDS(ClaimResult, THUMBJOBS_FIELD(jobs), THUMBJOBS_FIELD(next_due));
THUMBJOBS_FIELDS(Completion, THUMBJOBS_FIELD(original_width), THUMBJOBS_FIELD(original_height),
                 THUMBJOBS_FIELD(renditions), THUMBJOBS_FIELD(rendition_keys),
                 THUMBJOBS_FIELD(drop_original), THUMBJOBS_FIELD(retention), THUMBJOBS_FIELD(note));
THUMBJOBS_FIELDS(Failure, THUMBJOBS_FIELD(error), THUMBJOBS_FIELD(crash),
                 THUMBJOBS_FIELD(retryable), THUMBJOBS_FIELD(max_crashes), THUMBJOBS_FIELD(backoff),
                 THUMBJOBS_FIELD(retention), THUMBJOBS_FIELD(original_width),
                 THUMBJOBS_FIELD(original_height), THUMBJOBS_FIELD(note));
THUMBJOBS_FIELDS(SweepResult, THUMBJOBS_FIELD(requeued), THUMBJOBS_FIELD(crashed),
                 THUMBJOBS_FIELD(failed), THUMBJOBS_FIELD(expired), THUMBJOBS_FIELD(more));
THUMBJOBS_FIELDS(SweepRequest, THUMBJOBS_FIELD(worker), THUMBJOBS_FIELD(max_crashes),
                 THUMBJOBS_FIELD(retention), THUMBJOBS_FIELD(tombstone_delay),
                 THUMBJOBS_FIELD(limit));
THUMBJOBS_FIELDS(StoreStats, THUMBJOBS_FIELD(queued), THUMBJOBS_FIELD(processing),
                 THUMBJOBS_FIELD(succeeded), THUMBJOBS_FIELD(failed), THUMBJOBS_FIELD(cancelled),
                 THUMBJOBS_FIELD(delayed), THUMBJOBS_FIELD(oldest_ready_age),
                 THUMBJOBS_FIELD(finished_last_minute));
THUMBJOBS_FIELDS(LogQuery, THUMBJOBS_FIELD(job), THUMBJOBS_FIELD(min_level), THUMBJOBS_FIELD(since),
                 THUMBJOBS_FIELD(limit));

// For storages and resizers that are written in Python.
THUMBJOBS_FIELDS(StoredBlob, THUMBJOBS_FIELD(key), THUMBJOBS_FIELD(bytes), THUMBJOBS_FIELD(age));
THUMBJOBS_FIELDS(StoredBlobPage, THUMBJOBS_FIELD(blobs), THUMBJOBS_FIELD(cursor));
THUMBJOBS_FIELDS(ImageInfo, THUMBJOBS_FIELD(media_type), THUMBJOBS_FIELD(width),
                 THUMBJOBS_FIELD(height), THUMBJOBS_FIELD(frames));
THUMBJOBS_FIELDS(EncodedImage, THUMBJOBS_FIELD(data), THUMBJOBS_FIELD(media_type),
                 THUMBJOBS_FIELD(width), THUMBJOBS_FIELD(height));
THUMBJOBS_FIELDS(ResizeResult, THUMBJOBS_FIELD(source), THUMBJOBS_FIELD(images));

#undef THUMBJOBS_FIELD
#undef THUMBJOBS_FIELDS

} // namespace thumbjobs::python
