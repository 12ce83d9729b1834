#include "backends/sqlite/sqlite_sql.h"

#include "backends/sqlite/sqlite_columns.h"

#include <thumbjobs/error.h>

namespace thumbjobs {

// Every choice of an index is spelt out by INDEXED BY, so that neither statistics nor a newer
// SQLite changes a plan; tests/backends/tst_sqlite_plans.cpp checks each.
std::string_view sql_text(Sql sql) {
    switch (sql) {
    case Sql::begin:
        return "BEGIN IMMEDIATE";
    case Sql::commit:
        return "COMMIT";
    case Sql::rollback:
        return "ROLLBACK";
    case Sql::savepoint:
        return "SAVEPOINT request";
    case Sql::release:
        return "RELEASE request";
    case Sql::rollback_to:
        return "ROLLBACK TO request";
    case Sql::load_totals:
        return "SELECT last_job, first_event, last_event, ready, delayed, processing, succeeded,"
               " failed, cancelled, tombstones FROM totals WHERE one = 1";
    case Sql::save_totals:
        return "UPDATE totals SET last_job = ?, first_event = ?, last_event = ?, ready = ?,"
               " delayed = ?, processing = ?, succeeded = ?, failed = ?, cancelled = ?,"
               " tombstones = ? WHERE one = 1";
    case Sql::load_status:
        return "SELECT " TJ_CONTROL_COLUMNS
               ", " TJ_STATUS_COLUMNS("jobs") " FROM jobs INDEXED BY jobs_id WHERE id = ?";
    case Sql::load_job:
        return "SELECT " TJ_CONTROL_COLUMNS
               ", " TJ_STATUS_COLUMNS("jobs") ", " TJ_DETAIL_COLUMNS
                                              " FROM jobs INDEXED BY jobs_id WHERE id = ?";
    case Sql::load_number:
        return "SELECT " TJ_CONTROL_COLUMNS
               ", " TJ_STATUS_COLUMNS("jobs") ", " TJ_DETAIL_COLUMNS " FROM jobs WHERE number = ?";
    case Sql::find_key:
        return "SELECT id, fingerprint FROM jobs INDEXED BY jobs_key WHERE idempotency_key = ?";
    case Sql::insert_job:
        return "INSERT INTO jobs (number, id, place, due, token, decoding, ending, original_key,"
               " state, attempts, crashes, progress, updated_at, width, height, available,"
               " max_attempts, priority, created_at, bytes, filename, media_type, specs, metadata,"
               " request_id, traceparent, idempotency_key, fingerprint) VALUES"
               " (?, ?, ?, ?, 0, 0, 0, ?, 0, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
               " ?)";
    case Sql::update_status:
        return "UPDATE jobs SET " TJ_STATUS_ASSIGNMENTS " WHERE number = ?";
    case Sql::update_success:
        return "UPDATE jobs SET " TJ_STATUS_ASSIGNMENTS
               ", renditions = ?, rendition_keys = ?, original_key = ? WHERE number = ?";
    case Sql::update_tombstone:
        return "UPDATE jobs SET place = 6, due = ?, updated_at = ?, idempotency_key = NULL,"
               " fingerprint = NULL WHERE number = ?";
    case Sql::keep:
        return "INSERT INTO kept (place, bytes) VALUES (?, ?)";
    case Sql::delete_kept:
        return "DELETE FROM kept WHERE place BETWEEN ? AND ?";
    case Sql::load_kept:
        return "SELECT kept.bytes FROM jobs INDEXED BY jobs_id JOIN kept"
               " ON kept.place = jobs.number * 32 + ?2 WHERE id = ?1 AND jobs.place = 3";
    case Sql::update_place:
        return "UPDATE jobs SET place = 0 WHERE number = ?";
    case Sql::update_due:
        return "UPDATE jobs SET due = ? WHERE number = ?";
    case Sql::update_decoding:
        return "UPDATE jobs SET decoding = 1 WHERE number = ?";
    case Sql::update_progress:
        return "UPDATE jobs SET progress = ?, updated_at = ? WHERE number = ?";
    case Sql::claim_ready:
        return "SELECT " TJ_CONTROL_COLUMNS
               ", " TJ_STATUS_COLUMNS("jobs") ", " TJ_DETAIL_COLUMNS
                                              " FROM jobs INDEXED BY jobs_ready WHERE place = 0 "
                                              "ORDER BY priority DESC, number"
                                              " LIMIT ?";
    case Sql::delayed_until:
        return "SELECT number FROM jobs INDEXED BY jobs_due WHERE place = 1 AND due <= ?"
               " ORDER BY due, number LIMIT ?";
    case Sql::next_delayed:
        return "SELECT due FROM jobs INDEXED BY jobs_due WHERE place = 1 AND due IS NOT NULL"
               " ORDER BY due LIMIT 1";
    case Sql::expired:
        return "SELECT " TJ_CONTROL_COLUMNS
               ", " TJ_STATUS_COLUMNS("jobs") " FROM jobs INDEXED BY jobs_due WHERE place = ? AND "
                                              "due <= ? ORDER BY due, number LIMIT ?";
    case Sql::tombstones_until:
        return "SELECT " TJ_CONTROL_COLUMNS
               ", " TJ_STATUS_COLUMNS("jobs") ", " TJ_DETAIL_COLUMNS
                                              " FROM jobs INDEXED BY jobs_due WHERE place = 6 AND "
                                              "due <= ? ORDER BY due, number LIMIT ?";
    case Sql::delete_tombstone:
        return "DELETE FROM jobs INDEXED BY jobs_id WHERE id = ? AND place = 6";
    case Sql::count_finished:
        return "INSERT INTO finished (slot, second, jobs) VALUES (?1, ?2, ?3)"
               " ON CONFLICT (slot) DO UPDATE SET"
               " jobs = CASE WHEN second = ?2 THEN jobs + ?3 ELSE ?3 END, second = ?2";
    case Sql::finished_since:
        return "SELECT sum(jobs) FROM finished WHERE slot BETWEEN 0 AND 59 AND second > ?"
               " AND second <= ?";
    case Sql::load_lease:
        return "SELECT owner, ends FROM leases WHERE name = ?";
    case Sql::save_lease:
        return "INSERT INTO leases (name, owner, ends) VALUES (?1, ?2, ?3)"
               " ON CONFLICT (name) DO UPDATE SET owner = ?2, ends = ?3";
    case Sql::append_journal:
        return "INSERT INTO journal (sequence, number, id, deleted, level, message, worker,"
               " " TJ_STATUS_COLUMNS_PLAIN ") VALUES"
               " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    case Sql::prune_journal:
        return "DELETE FROM journal WHERE sequence < ?";
    case Sql::data_version:
        return "PRAGMA data_version";
    case Sql::read_begin:
        return "BEGIN";
    case Sql::list_ascending:
        return "SELECT id, number FROM jobs INDEXED BY jobs_listed WHERE place = ? AND id > ?"
               " ORDER BY id LIMIT ?";
    case Sql::list_descending:
        return "SELECT id, number FROM jobs INDEXED BY jobs_listed WHERE place = ? AND id < ?"
               " ORDER BY id DESC LIMIT ?";
    case Sql::count_delayed_until:
        return "SELECT count(*) FROM jobs INDEXED BY jobs_due WHERE place = 1 AND due <= ?";
    case Sql::oldest_in_place:
        return "SELECT due FROM jobs INDEXED BY jobs_due WHERE place = ? AND due <= ?"
               " ORDER BY due LIMIT 1";
    case Sql::read_journal:
        return "SELECT e.sequence, e.id, e.deleted, jobs.number, " TJ_STATUS_COLUMNS(
            "e") ", " TJ_DETAIL_COLUMNS
                 " FROM journal AS e LEFT JOIN jobs ON jobs.number = e.number"
                 " WHERE e.sequence > ? ORDER BY e.sequence LIMIT ?";
    case Sql::read_log:
        return "SELECT e.sequence, e.updated_at, e.level, e.id, e.state, e.message, e.worker,"
               " jobs.request_id FROM journal AS e LEFT JOIN jobs ON jobs.number = e.number"
               " WHERE e.sequence >= ? AND e.level >= ? AND e.updated_at >= ?"
               " AND (?4 IS NULL OR e.id = ?4) ORDER BY e.sequence DESC LIMIT ?5";
    case Sql::end:
        break;
    }
    throw Error(ErrorCode::internal, "There is no such statement.");
}

SqliteStatement& SqliteSession::operator[](Sql sql) {
    auto& statement = statements_[static_cast<std::size_t>(sql)];
    if (!statement)
        statement.emplace(db_, sql_text(sql));
    return *statement;
}

void SqliteSession::close() noexcept {
    for (auto& statement : statements_)
        statement.reset();
    db_.close();
}

} // namespace thumbjobs
