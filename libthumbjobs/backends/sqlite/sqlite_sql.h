#pragma once

#include "backends/sqlite/sqlite_db.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace thumbjobs {

/// Every statement that runs more than once in a store's life.
enum class Sql {
    // Of the writer.
    begin,
    commit,
    rollback,
    savepoint,
    release,
    rollback_to,
    load_totals,
    save_totals,
    load_status, ///< By id: what a transition needs.
    load_job,    ///< By id: everything.
    find_key,    ///< By idempotency key.
    insert_job,
    update_status,  ///< After a transition.
    update_success, ///< After complete().
    update_tombstone,
    keep,         ///< A rendition.
    delete_kept,  ///< All of a job, by the range of their places.
    update_place, ///< A delayed job becomes ready.
    update_due,   ///< A lease is renewed.
    update_decoding,
    update_progress,
    claim_ready,
    delayed_until, ///< The delayed jobs whose time has come.
    next_delayed,
    expired, ///< By place: leases, or terminal jobs by retention.
    delete_tombstone,
    count_finished,
    load_lease,
    save_lease,
    append_journal,
    prune_journal,
    // Of readers.
    data_version,
    read_begin,
    list_ascending,
    list_descending,
    load_number,
    load_kept,
    finished_since,
    count_delayed_until,
    oldest_in_place,
    tombstones_until,
    read_journal,
    read_log,
    end,
};

std::string_view sql_text(Sql sql);

/// A connection with its statements, each prepared when it is first used.
class SqliteSession {
public:
    explicit SqliteSession(SqliteDb db) : db_(std::move(db)) {}

    SqliteDb& db() noexcept { return db_; }
    SqliteStatement& operator[](Sql sql);

    /// Runs a statement without parameters and rows.
    void run(Sql sql) { SqliteRun((*this)[sql]).finish(); }

    /// Finalizes every statement and closes.
    void close() noexcept;

private:
    SqliteDb db_;
    std::array<std::optional<SqliteStatement>, static_cast<std::size_t>(Sql::end)> statements_;
};

} // namespace thumbjobs
