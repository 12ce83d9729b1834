#pragma once

#include "backends/filesystem/shard_folders.h"
#include "src/file_descriptor.h"

#include <thumbjobs/registry.h>

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace thumbjobs {

/// Blobs as files in one folder; several processes may share it, on a network filesystem as well.
///
///     DIR/blobs/<00 to 3f>/<key, dots for slashes>   the blobs
///     DIR/tmp/                                       files being written
///     DIR/stamp                                      the id of the store that owns the folder
///
/// The shard folders are made once, when the storage is opened, and stay: no put has to make one
/// and no remove() to race with it. Each stays open once it was used. Everything in DIR has mode
/// 0600 or 0700.
///
/// What is flushed to the disk: a put flushes the file, names it, and flushes the folder with the
/// name. So a name always stands for whole bytes, and an answered put survives a power cut. A
/// removal is not flushed: a blob that comes back after a power cut is an orphan, which the sweeper
/// removes. With relaxed durability nothing is flushed.
///
/// A blob's age is the difference of two times of the filesystem, so that the clocks of several
/// machines on one network filesystem need not agree.
class FilesystemStorage final : public Storage {
public:
    struct Settings {
        std::int64_t reserve = 64LL << 20; ///< Bytes that originals leave free.
        bool durable = true;
        bool unnamed_files = true; ///< Use files without a name where the filesystem has them.
    };

    /// Makes the folder if need be. Throws Error(storage_unavailable), Error(storage_full).
    FilesystemStorage(const std::string& folder, Settings settings);

    std::string describe() const override { return description_; }
    void put(std::string_view key, const Blob& blob, BlobKind kind) override;
    BlobPtr open(std::string_view key) override;
    bool remove(std::string_view key) override;
    StoredBlobPage list(std::string_view cursor, int limit) override;
    std::string stamp(std::string_view store_id) override;
    void probe() override;

private:
    void require_space(std::int64_t bytes) const;
    bool put_into(int folder, const std::string& name, const Blob& blob);
    bool adopt(const Blob& blob, int folder, const std::string& name);
    template <class Use>
    bool use_shard(int shard, const Use& use);
    void flush(int descriptor) const;
    std::string read_stamp() const;
    WallTime filesystem_time() const;
    void remove_stale_files() const;

    std::string description_;
    Settings settings_;
    FileDescriptor root_;
    FileDescriptor blobs_;
    FileDescriptor temporary_;
    ShardFolders shards_;
    dev_t device_ = 0; ///< Of `temporary_`.
};

/// Opens `file:DIR?reserve=64MiB`; `reserve` defaults to the context's.
std::shared_ptr<Storage> open_filesystem_storage(BackendUrl url, const BackendContext& context);

} // namespace thumbjobs
