#pragma once

#include "backends/filesystem/file_place.h"
#include "src/file_descriptor.h"

#include <array>
#include <memory>
#include <mutex>

namespace thumbjobs {

/// The open shard folders: each is opened when it is first used and stays open, since looking one
/// up again costs as much as what is done in it. Thread-safe.
class ShardFolders {
public:
    using Folder = std::shared_ptr<const FileDescriptor>;

    /// Makes those that are missing in `blobs`, which stays open as long as the object.
    void make_all(int blobs);

    /// Null when there is none.
    Folder open(int shard);

    /// Opens a shard to write to; makes it anew, should someone have removed it, and flushes
    /// `blobs` then if `durable`.
    Folder make(int shard, bool durable);

    /// Whether `tried`, in which a name was not found, is not the shard's folder any more: someone
    /// removed or replaced it, and open() or make() gives the new one.
    bool renew(int shard, const Folder& tried);

private:
    int blobs_ = -1;
    std::mutex mutex_;
    std::array<Folder, FilePlace::shards> folders_; ///< Null: not opened yet.
};

} // namespace thumbjobs
