#include <thumbjobs/job_store.h>

namespace thumbjobs {

JobStore::~JobStore() = default;

std::int64_t JobStore::keeps_up_to() const noexcept {
    return 0;
}

BlobPtr JobStore::open_kept(const JobId& id, std::size_t /*index*/) {
    throw Error(ErrorCode::not_found, "The image of job " + id.to_string() + " is gone.",
                "This job store keeps none.");
}

std::int64_t StoreStats::count(JobState state) const noexcept {
    switch (state) {
    case JobState::queued:
        return queued;
    case JobState::processing:
        return processing;
    case JobState::succeeded:
        return succeeded;
    case JobState::failed:
        return failed;
    case JobState::cancelled:
        return cancelled;
    }
    return 0;
}

} // namespace thumbjobs
