#pragma once

#include "backends/sqlite/sqlite_db.h"
#include "backends/sqlite/sqlite_file.h"

#include <thumbjobs/time.h>

#include <string>

namespace thumbjobs {

/// What a store is called, see the table `meta`.
struct SqliteMeta {
    std::string store_id;
    std::string history;
};

/// Opens the database for writing: creates it, brings it up to date, and adapts its times after a
/// reboot. The caller holds the file's lock. Throws Error(incompatible) for a file that is not a
/// job database or was made by a newer version; such a file is left as it was.
SqliteDb open_sqlite_database(const SqliteFile& file, BootTime now, SqliteMeta& meta);

/// Opens it for reading, once it exists.
SqliteDb open_sqlite_reader(const std::string& path);

} // namespace thumbjobs
