#include "backends/sqlite_truth.h"

#include "backends/sqlite/sqlite_totals.h"

namespace thumbjobs::test {
namespace {

std::int64_t ask(SqliteDb& db, const std::string& sql) {
    SqliteStatement statement(db, sql);
    SqliteRun row(statement);
    return row.next() ? row.integer() : 0;
}

/// What is kept is what the jobs that succeeded say of it.
std::string find_kept_faults(SqliteDb& db) {
    if (ask(db, "SELECT count(*) FROM kept LEFT JOIN jobs ON jobs.number = kept.place / 32"
                " WHERE jobs.place IS NOT 3 OR length(kept.bytes) <>"
                " json_extract(jobs.renditions, '$[' || (kept.place % 32) || '].bytes')") != 0)
        return "kept renditions of no job, or of another size";
    std::int64_t named = 0;
    SqliteStatement keys(db, "SELECT rendition_keys FROM jobs WHERE place = 3");
    for (SqliteRun row(keys); row.next();) {
        const std::string text = "\n" + std::string(row.text());
        for (std::size_t at = 0; (at = text.find("\n\n", at)) != std::string::npos; ++at)
            ++named;
    }
    return named == ask(db, "SELECT count(*) FROM kept") ? "" : "a kept rendition is missing";
}

} // namespace

std::string find_sqlite_faults(const std::string& path) {
    SqliteSession session(SqliteDb(path, SqliteDb::Mode::read_write));
    SqliteDb& db = session.db();
    {
        SqliteStatement statement(db, "PRAGMA integrity_check");
        SqliteRun row(statement);
        if (!row.next() || row.text() != "ok")
            return "integrity_check";
    }
    const SqliteTotals totals = load_totals(session);
    for (std::size_t place = 0; place < place_count; ++place)
        if (ask(db, "SELECT count(*) FROM jobs NOT INDEXED WHERE place = " +
                        std::to_string(place)) != totals.jobs[place])
            return "the total of place " + std::to_string(place);
    if (ask(db, "SELECT coalesce(max(number), 0) FROM jobs") > totals.last_job)
        return "last_job";
    if (ask(db, "SELECT coalesce(max(sequence), 0) FROM journal") != totals.last_event)
        return "last_event";
    if (ask(db, "SELECT count(*) FROM journal") != totals.last_event - totals.first_event + 1)
        return "a gap in the journal";
    // What the newest event of a job tells is what the job is.
    if (ask(db, "SELECT count(*) FROM (SELECT number, state, deleted, max(sequence) FROM journal"
                " GROUP BY number) AS e JOIN jobs USING (number)"
                " WHERE e.state <> jobs.state OR e.deleted <> (jobs.place = 6)") != 0)
        return "the journal and the jobs";
    return find_kept_faults(db);
}

void alter_sqlite(const std::string& path, const std::string& sql) {
    SqliteDb(path, SqliteDb::Mode::read_write).exec(sql.c_str());
}

} // namespace thumbjobs::test
