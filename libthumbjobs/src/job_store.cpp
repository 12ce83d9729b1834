#include <thumbjobs/job_store.h>

namespace thumbjobs {

JobStore::~JobStore() = default;

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
