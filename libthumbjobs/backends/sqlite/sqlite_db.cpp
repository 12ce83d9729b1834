#include "backends/sqlite/sqlite_db.h"

#include <cstring>

namespace thumbjobs {

void throw_sqlite_error(sqlite3* db, int code) {
    std::string detail = std::string("SQLite: ") + sqlite3_errstr(code);
    if (db != nullptr)
        detail += std::string(" (") + sqlite3_errmsg(db) + ", extended code " +
                  std::to_string(sqlite3_extended_errcode(db)) + ")";
    switch (code & 0xff) {
    case SQLITE_FULL:
        throw Error(ErrorCode::storage_full, "The disk of the job database is full.", detail);
    case SQLITE_NOTADB:
        throw Error(ErrorCode::incompatible, "The file is not a job database.", detail);
    case SQLITE_CORRUPT:
        throw Error(ErrorCode::store_unavailable, "The job database is damaged.", detail);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw Error(ErrorCode::store_unavailable,
                    "The job database is in use by another program for too long.", detail);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
        throw Error(ErrorCode::store_unavailable, "The job database cannot be opened or written.",
                    detail);
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
        throw Error(ErrorCode::store_unavailable, "The job database cannot be read or written.",
                    detail);
    default:
        throw Error(ErrorCode::internal, "The job database refused a statement.", detail);
    }
}

SqliteDb::SqliteDb(const std::string& path, Mode mode) {
    sqlite3* db = nullptr;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                : SQLITE_OPEN_READONLY);
    const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
    db_.reset(db); // also a failed open leaves a handle
    if (code != SQLITE_OK)
        throw_sqlite_error(db, code);
}

void SqliteDb::exec(const char* sql) {
    if (const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
        throw_sqlite_error(db_.get(), code);
}

SqliteStatement::SqliteStatement(SqliteDb& db, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    statement_.reset(statement);
    if (code != SQLITE_OK)
        throw_sqlite_error(db.get(), code);
}

bool SqliteRun::next() {
    const int code = sqlite3_step(statement_);
    column_ = 0;
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        throw_sqlite_error(sqlite3_db_handle(statement_), code);
    return false;
}

void SqliteRun::finish() {
    while (next()) {
    }
}

std::string_view SqliteRun::text() {
    const auto* characters =
        reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_));
    const int size = sqlite3_column_bytes(statement_, column_);
    ++column_;
    return characters == nullptr ? std::string_view{}
                                 : std::string_view(characters, static_cast<std::size_t>(size));
}

ByteView SqliteRun::blob() {
    const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column_));
    const int size = sqlite3_column_bytes(statement_, column_);
    ++column_;
    return bytes == nullptr ? ByteView{} : ByteView(bytes, static_cast<std::size_t>(size));
}

JobId SqliteRun::id() {
    JobId::Bytes bytes{};
    const void* blob = sqlite3_column_blob(statement_, column_);
    if (blob == nullptr ||
        sqlite3_column_bytes(statement_, column_) != static_cast<int>(bytes.size()))
        throw Error(ErrorCode::store_unavailable, "The job database is damaged.",
                    "A job id is not 16 bytes long.");
    std::memcpy(bytes.data(), blob, bytes.size());
    ++column_;
    return JobId(bytes);
}

std::optional<std::int64_t> SqliteRun::optional_integer() {
    if (is_null()) {
        skip();
        return std::nullopt;
    }
    return integer();
}

std::optional<WallTime> SqliteRun::time() {
    const auto value = optional_integer();
    return value ? std::optional(WallTime(Milliseconds(*value))) : std::nullopt;
}

void SqliteRun::check(int code) {
    if (code != SQLITE_OK)
        throw_sqlite_error(sqlite3_db_handle(statement_), code);
}

void SqliteRun::bind(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, index, value));
}

void SqliteRun::bind(int index, double value) {
    check(sqlite3_bind_double(statement_, index, value));
}

void SqliteRun::bind(int index, std::string_view value) {
    // A null pointer would bind null instead of empty text.
    check(sqlite3_bind_text64(statement_, index, value.data() == nullptr ? "" : value.data(),
                              value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void SqliteRun::bind(int index, ByteView value) {
    // A null pointer would bind null instead of no bytes.
    check(sqlite3_bind_blob64(statement_, index,
                              value.empty() ? static_cast<const void*>("") : value.data(),
                              value.size(), SQLITE_STATIC));
}

void SqliteRun::bind(int index, const JobId& value) {
    check(sqlite3_bind_blob(statement_, index, value.bytes().data(),
                            static_cast<int>(value.bytes().size()), SQLITE_STATIC));
}

void SqliteRun::bind(int index, std::nullopt_t) {
    check(sqlite3_bind_null(statement_, index));
}

} // namespace thumbjobs
