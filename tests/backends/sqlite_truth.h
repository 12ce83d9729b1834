#pragma once

#include "backends/sqlite/sqlite_sql.h"

#include <string>

namespace thumbjobs::test {

/// Looks into a job database from outside, without its store: SQLite's own check, and whether every
/// counter and index agrees with the rows. Returns what is wrong; empty when nothing is.
std::string find_sqlite_faults(const std::string& path);

/// Runs statements on a closed or open database.
void alter_sqlite(const std::string& path, const std::string& sql);

} // namespace thumbjobs::test
