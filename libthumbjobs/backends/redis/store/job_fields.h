#pragma once

#include "backends/redis/client/reply.h"

#include <thumbjobs/job_store.h>

#include <string>

/// A job's fields in Redis. `d`, its data, is written once and read by C++ alone, as is `r`, its
/// results; `s`, its status, and `c`, its control block, are the scripts' (scripts/common.lua).
namespace thumbjobs::redis {

std::string pack_data(const NewJob& job);
std::string pack_results(const Completion& completion);

/// Where answer() of scripts/common.lua stands in a reply: id, d, s, c, r. Nothing for a job that
/// is not there. Throws Error(store_unavailable) for fields that are not ours.
std::optional<JobRecord> read_record(const Reply& answer);

/// The same, of a job that the script had in hand.
JobRecord require_record(const Reply& answer);

/// The lease of a job that was just claimed.
Lease read_lease(const Reply& answer, const JobRecord& record);

/// The event of `status` about the job of `answer`: see events.lua.
Event read_event(const std::string& status, const Reply& answer);

/// A line of logs.lua.
LogLine read_line(const Reply& row);

} // namespace thumbjobs::redis
