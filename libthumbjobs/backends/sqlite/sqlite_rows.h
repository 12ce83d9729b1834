#pragma once

#include "backends/common/job_rules.h"
#include "backends/sqlite/sqlite_sql.h"

#include <optional>
#include <span>
#include <string>

namespace thumbjobs {

/// Where a job stands, as the column `place` says: the state, but for queued jobs, of which there
/// are two kinds, and for tombstones.
enum class Place { ready, delayed, processing, succeeded, failed, cancelled, tombstone };

inline constexpr std::size_t place_count = 7;

Place place_of(const rules::Entry& entry, BootTime now);

/// A row of `jobs`.
struct SqliteJob {
    std::int64_t number = 0;
    Place place = Place::ready; ///< As stored.
    rules::Entry entry;
};

// Readers of a row's columns: each reads the columns of its list in sqlite_columns.h.

void read_control(SqliteRun& row, SqliteJob& job);
void read_status(SqliteRun& row, Job& job);
void read_details(SqliteRun& row, Job& job);

/// Control and status: what a transition needs.
SqliteJob read_status_row(SqliteRun& row);
/// All three.
SqliteJob read_job_row(SqliteRun& row);

// Writers.

void insert_job(SqliteSession& session, const SqliteJob& job, const NewJob& made);

/// After a transition; `place` is already that of the entry.
void update_status(SqliteSession& session, const SqliteJob& job);
void update_success(SqliteSession& session, const SqliteJob& job);

/// Writes what the store keeps of the renditions of a job that has just succeeded.
void insert_kept(SqliteSession& session, const SqliteJob& job, std::span<const Bytes> kept);
/// Forgets it, if there is any.
void delete_kept(SqliteSession& session, const SqliteJob& job);

void append_journal(SqliteSession& session, std::int64_t sequence, const SqliteJob& job,
                    const LogNote& note);

} // namespace thumbjobs
