#include "backends/sqlite/sqlite_schema.h"

#include "src/random.h"

#include <array>
#include <string_view>

namespace thumbjobs {
namespace {

// `migrations`: the texts of the folder of that name, in their order.
#include "sqlite_migrations.inc"

constexpr std::int64_t application_id = 0x746a6f62; // `tjob`
constexpr auto schema_version = static_cast<std::int64_t>(migrations.size());

std::int64_t read_integer(SqliteDb& db, std::string_view sql) {
    SqliteStatement statement(db, sql);
    SqliteRun row(statement);
    return row.next() ? row.integer() : 0;
}

bool is_empty(SqliteDb& db) {
    return read_integer(db, "SELECT count(*) FROM sqlite_schema") == 0;
}

/// Returns the version of the schema, 0 for a new file.
std::int64_t require_known(SqliteDb& db) {
    const std::int64_t application = read_integer(db, "PRAGMA application_id");
    const std::int64_t version = read_integer(db, "PRAGMA user_version");
    if (application == 0 && version == 0 && is_empty(db))
        return 0;
    if (application != application_id)
        throw Error(ErrorCode::incompatible,
                    "The file is a database of another program, not a job database.");
    if (version > schema_version)
        throw Error(ErrorCode::incompatible,
                    "The job database was made by a newer version of thumbjobs: its schema is " +
                        std::to_string(version) + ", this version knows up to " +
                        std::to_string(schema_version) + ".");
    return version;
}

void require_wal(SqliteDb& db) {
    SqliteStatement statement(db, "PRAGMA journal_mode = WAL");
    SqliteRun row(statement);
    if (!row.next() || row.text() != "wal")
        throw Error(ErrorCode::incompatible,
                    "SQLite's write-ahead log does not work on this filesystem.");
}

/// Undoes what was begun unless it is committed.
class Transaction {
public:
    explicit Transaction(SqliteDb& db) : db_(db) { db_.exec("BEGIN IMMEDIATE"); }
    ~Transaction() {
        if (sqlite3_get_autocommit(db_.get()) == 0)
            sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() { db_.exec("COMMIT"); }

private:
    SqliteDb& db_;
};

void migrate(SqliteDb& db, std::int64_t version, const std::string& boot_id) {
    Transaction transaction(db);
    for (auto next = static_cast<std::size_t>(version); next < migrations.size(); ++next)
        db.exec(migrations[next]);
    db.exec(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    db.exec(("PRAGMA user_version = " + std::to_string(schema_version)).c_str());
    if (version == 0) {
        SqliteStatement insert(db, "INSERT INTO meta VALUES (1, ?, ?, ?)");
        const std::string store_id = random_hex(16);
        const std::string history = random_hex(4);
        SqliteRun(insert, store_id, history, boot_id).finish();
    }
    transaction.commit();
}

/// Times on the boot clock mean nothing after a reboot, and whoever held a lease is gone.
void forget_other_boot(SqliteDb& db, const std::string& boot_id, BootTime now) {
    Transaction transaction(db);
    SqliteStatement due(db, "UPDATE jobs SET due = CASE place WHEN 0 THEN ? ELSE 0 END"
                            " WHERE place IN (0, 1, 2, 6)");
    SqliteRun(due, now).finish();
    SqliteStatement meta(db, "UPDATE meta SET boot_id = ?, history = ? WHERE one = 1");
    const std::string history = random_hex(4);
    SqliteRun(meta, boot_id, history).finish();
    db.exec("DELETE FROM leases");
    db.exec("DELETE FROM finished");
    transaction.commit();
}

} // namespace

SqliteDb open_sqlite_database(const SqliteFile& file, BootTime now, SqliteMeta& meta) {
    SqliteDb db(file.path(), SqliteDb::Mode::read_write);
    sqlite3_busy_timeout(db.get(), 5'000);
    const std::int64_t version = require_known(db);
    if (sqlite3_db_readonly(db.get(), "main") != 0)
        throw Error(ErrorCode::store_unavailable, "The job database cannot be written.",
                    file.path());
    require_wal(db);
    db.exec("PRAGMA synchronous = FULL");
    db.exec("PRAGMA temp_store = MEMORY");
    db.exec("PRAGMA cache_size = -2000");
    db.exec("PRAGMA wal_autocheckpoint = 0");
    db.exec("PRAGMA journal_size_limit = 67108864");

    const std::string boot_id = read_boot_id();
    if (version < schema_version)
        migrate(db, version, boot_id);
    if (version == 0)
        file.sync_folder();
    const auto read_meta = [&db, &meta] {
        SqliteStatement select(db, "SELECT store_id, history, boot_id FROM meta WHERE one = 1");
        SqliteRun row(select);
        if (!row.next())
            throw Error(ErrorCode::incompatible, "The job database is incomplete.");
        meta.store_id = row.text();
        meta.history = row.text();
        return std::string(row.text());
    };
    if (read_meta() != boot_id) {
        forget_other_boot(db, boot_id, now);
        read_meta();
    }
    return db;
}

SqliteDb open_sqlite_reader(const std::string& path) {
    SqliteDb db(path, SqliteDb::Mode::read_only);
    sqlite3_busy_timeout(db.get(), 5'000);
    // The last of a process's connections to close is the writer's, which checkpoints in its turn.
    sqlite3_db_config(db.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    db.exec("PRAGMA cache_size = -1000");
    return db;
}

} // namespace thumbjobs
