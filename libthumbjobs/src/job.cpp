#include "src/name_table.h"

#include <thumbjobs/job.h>

namespace thumbjobs {
namespace {

constexpr NameTable<JobState, 5> state_names("queued", "processing", "succeeded", "failed",
                                             "cancelled");

} // namespace

std::string_view to_string(JobState state) noexcept {
    return state_names.name(state);
}

std::optional<JobState> parse_job_state(std::string_view name) noexcept {
    return state_names.find(name);
}

} // namespace thumbjobs
