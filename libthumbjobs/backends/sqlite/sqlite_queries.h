#pragma once

#include "backends/sqlite/sqlite_sql.h"

#include <thumbjobs/job_store.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

/// The questions of a JobStore. Each is asked within one read transaction; arguments are checked.
namespace thumbjobs::sqlite {

std::vector<std::optional<JobRecord>> find(SqliteSession& session, std::span<const JobId> ids);

/// `last`: the job behind which the page begins.
JobPage list(SqliteSession& session, const ListQuery& query, const std::optional<JobId>& last,
             const std::string& history);
StoreStats stats(SqliteSession& session, BootTime now);
EventPage events(SqliteSession& session, const EventCursor& after, int limit,
                 const std::string& history);
EventCursor events_end(SqliteSession& session, const std::string& history);
std::vector<LogLine> logs(SqliteSession& session, const LogQuery& query);
std::vector<JobRecord> tombstones(SqliteSession& session, BootTime now, int limit);

/// Nothing if the store keeps no such rendition.
std::optional<Bytes> load_kept(SqliteSession& session, const JobId& id, std::size_t index);

/// Whether JobStore::sweep() has anything to do.
bool needs_sweep(SqliteSession& session, WallTime wall, BootTime boot);

} // namespace thumbjobs::sqlite
