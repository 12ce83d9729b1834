#include "backends/filesystem/shard_folders.h"

#include "backends/filesystem/file_error.h"
#include "backends/filesystem/folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace thumbjobs {

void ShardFolders::make_all(int blobs) {
    blobs_ = blobs;
    for (int shard = 0; shard < FilePlace::shards; ++shard)
        make_subfolder(blobs, shard_name(shard));
}

ShardFolders::Folder ShardFolders::open(int shard) {
    const std::lock_guard lock(mutex_);
    Folder& folder = folders_[static_cast<std::size_t>(shard)];
    if (!folder) {
        FileDescriptor opened = open_subfolder(blobs_, shard_name(shard));
        if (opened)
            folder = std::make_shared<const FileDescriptor>(std::move(opened));
    }
    return folder;
}

ShardFolders::Folder ShardFolders::make(int shard, bool durable) {
    if (Folder folder = open(shard))
        return folder;
    const std::string name = shard_name(shard);
    make_subfolder(blobs_, name);
    if (durable)
        flush_to_disk(blobs_);
    if (Folder folder = open(shard))
        return folder;
    throw_file_error("open a folder", ENOENT, name);
}

bool ShardFolders::renew(int shard, const Folder& tried) {
    struct stat named {};
    struct stat held {};
    const bool there =
        ::fstatat(blobs_, shard_name(shard).c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && ::fstat(tried->get(), &held) == 0 && named.st_dev == held.st_dev &&
        named.st_ino == held.st_ino)
        return false;
    const std::lock_guard lock(mutex_);
    Folder& folder = folders_[static_cast<std::size_t>(shard)];
    if (folder == tried)
        folder.reset();
    return true;
}

} // namespace thumbjobs
