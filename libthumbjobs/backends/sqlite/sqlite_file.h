#pragma once

#include "src/file_descriptor.h"

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace thumbjobs {

/// The database's file and the lock file beside it, `<path>.lock`, by which the processes that
/// share it take turns. Used by one thread at a time.
class SqliteFile {
public:
    /// Throws Error(store_unavailable) where the folder is missing or cannot be written,
    /// Error(incompatible) on a network filesystem, whose locks SQLite cannot rely on.
    explicit SqliteFile(const std::string& path);

    const std::string& path() const noexcept { return path_; }

    /// Remembers which file the path names now.
    void pin();

    /// Throws Error(store_unavailable) when the path or the lock file names another file than at
    /// pin(), or none: what is written now would be lost with the old one.
    void require_pinned() const;

    /// Makes the creation of the file itself durable.
    void sync_folder() const;

    /// Free bytes of the filesystem that an unprivileged process may use.
    std::int64_t free_bytes() const;

    /// Waits its turn for the lock. Throws Error(store_unavailable) after `patience`, or when
    /// `stop` becomes true.
    void lock(std::chrono::milliseconds patience, const std::atomic<bool>& stop);
    void unlock() noexcept;

private:
    struct Identity {
        dev_t device = 0;
        ino_t inode = 0;
        friend bool operator==(const Identity&, const Identity&) = default;
    };
    static Identity identify(const std::string& path);

    std::string path_;
    std::string folder_;
    std::string lock_path_;
    FileDescriptor lock_file_;
    Identity database_;
    Identity lock_identity_;
};

/// Holds the lock of a SqliteFile.
class SqliteFileLock {
public:
    SqliteFileLock(SqliteFile& file, std::chrono::milliseconds patience,
                   const std::atomic<bool>& stop)
        : file_(file) {
        file_.lock(patience, stop);
    }
    ~SqliteFileLock() { file_.unlock(); }
    SqliteFileLock(const SqliteFileLock&) = delete;
    SqliteFileLock& operator=(const SqliteFileLock&) = delete;

private:
    SqliteFile& file_;
};

/// The kernel's name for this boot of the machine.
std::string read_boot_id();

} // namespace thumbjobs
