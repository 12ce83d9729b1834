#include "backends/sqlite/sqlite_totals.h"

namespace thumbjobs {

SqliteTotals load_totals(SqliteSession& session) {
    SqliteRun row(session[Sql::load_totals]);
    if (!row.next())
        throw Error(ErrorCode::store_unavailable, "The job database is damaged.",
                    "The table totals is empty.");
    SqliteTotals totals;
    totals.last_job = row.integer();
    totals.first_event = row.integer();
    totals.last_event = row.integer();
    for (std::int64_t& count : totals.jobs)
        count = row.integer();
    return totals;
}

void save_totals(SqliteSession& session, const SqliteTotals& totals) {
    const auto& jobs = totals.jobs;
    SqliteRun(session[Sql::save_totals], totals.last_job, totals.first_event, totals.last_event,
              jobs[0], jobs[1], jobs[2], jobs[3], jobs[4], jobs[5], jobs[6])
        .finish();
}

} // namespace thumbjobs
