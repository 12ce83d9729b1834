#pragma once

#include "backends/sqlite/sqlite_rows.h"

#include <array>

namespace thumbjobs {

/// The one row of `totals`.
struct SqliteTotals {
    std::int64_t last_job = 0;
    std::int64_t first_event = 1; ///< The oldest kept.
    std::int64_t last_event = 0;
    std::array<std::int64_t, place_count> jobs{}; ///< By place.

    std::int64_t& operator[](Place place) { return jobs[static_cast<std::size_t>(place)]; }
    std::int64_t operator[](Place place) const { return jobs[static_cast<std::size_t>(place)]; }
    std::int64_t queued() const { return (*this)[Place::ready] + (*this)[Place::delayed]; }

    friend bool operator==(const SqliteTotals&, const SqliteTotals&) = default;
};

SqliteTotals load_totals(SqliteSession& session);
void save_totals(SqliteSession& session, const SqliteTotals& totals);

} // namespace thumbjobs
