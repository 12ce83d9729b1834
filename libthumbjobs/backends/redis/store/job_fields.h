#pragma once

#include "backends/redis/client/reply.h"

#include <thumbjobs/job_store.h>

#include <optional>
#include <string>
#include <string_view>

/// A job's text in Redis. Its data is written once and read by C++ alone, as are its results;
/// status and control block are the scripts' (scripts/common.lua).
namespace thumbjobs::redis {

std::string pack_data(const NewJob& job);
std::string pack_results(const Completion& completion);

/// As tell() of scripts/common.lua wants it.
std::string pack_note(const LogNote& note);

/// Where answer() of scripts/common.lua stands in a reply: id and text. Nothing for a job that is
/// not there. Throws Error(store_unavailable) for a text that is not ours.
std::optional<JobRecord> read_record(const Reply& answer);

/// The same, of a job that the script had in hand.
JobRecord require_record(const Reply& answer);

/// The same, of a job that was just claimed.
ClaimedJob require_claimed(const Reply& answer);

/// A job that was just created: its text may lack its `data`, which the caller has.
JobRecord read_created(const Reply& answer, std::string_view data);

/// An event of events.lua.
Event read_event(const Reply& row);

/// A line of logs.lua.
LogLine read_line(const Reply& row);

} // namespace thumbjobs::redis
