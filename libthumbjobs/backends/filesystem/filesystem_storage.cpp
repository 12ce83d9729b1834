#include "backends/filesystem/filesystem_storage.h"

#include "backends/common/storage_checks.h"
#include "backends/filesystem/file_copy.h"
#include "backends/filesystem/file_error.h"
#include "backends/filesystem/file_place.h"
#include "backends/filesystem/folder.h"
#include "backends/filesystem/temp_file.h"
#include "src/byte_size.h"
#include "src/fail_point.h"
#include "src/text.h"

#include <queue>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace thumbjobs {
namespace {

constexpr const char* stamp_name = "stamp";
constexpr mode_t file_mode = 0600;
constexpr std::chrono::hours stale_age{1};

WallTime modified(const struct stat& status) {
    return WallTime(
        std::chrono::duration_cast<Milliseconds>(std::chrono::seconds(status.st_mtim.tv_sec) +
                                                 std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
}

/// The `limit` first names after `after`, in order; no more than these are held at a time.
std::vector<std::string> names_after(int folder, const std::string& after, std::size_t limit) {
    std::priority_queue<std::string> first;
    for_each_name(folder, [&](std::string_view name) {
        if (name <= after || (first.size() == limit && name >= first.top()) || !key_of_name(name))
            return;
        if (first.size() == limit)
            first.pop();
        first.emplace(name);
    });
    std::vector<std::string> names(first.size());
    for (auto slot = names.rbegin(); slot != names.rend(); ++slot) {
        *slot = first.top();
        first.pop();
    }
    return names;
}

/// What stands in a file's metadata; nothing for one that is gone or no regular file.
std::optional<struct stat> status_of(int folder, const std::string& name) {
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return std::nullopt;
        throw_file_error("look at an image", errno, name);
    }
    return S_ISREG(status.st_mode) ? std::optional(status) : std::nullopt;
}

} // namespace

FilesystemStorage::FilesystemStorage(const std::string& folder, Settings settings)
    : description_("file:" + folder),
      settings_(settings),
      root_(make_folder(folder, settings.durable)) {
    try {
        make_subfolder(root_.get(), "blobs");
        make_subfolder(root_.get(), "tmp");
        flush(root_.get());
        blobs_ = open_subfolder(root_.get(), "blobs");
        temporary_ = open_subfolder(root_.get(), "tmp");
        struct stat status {};
        if (!blobs_ || !temporary_ || ::fstat(temporary_.get(), &status) != 0)
            throw_file_error("open a folder", errno, "blobs, tmp");
        device_ = status.st_dev;
        shards_.make_all(blobs_.get());
        flush(blobs_.get()); // also what another process has made and may not have flushed yet
        settings_.unnamed_files =
            settings_.unnamed_files && supports_unnamed_files(temporary_.get());
        probe();
        remove_stale_files();
    } catch (const Error& error) {
        throw Error(error.code(), error.what(), folder + ": " + error.detail());
    }
}

void FilesystemStorage::require_space(std::int64_t bytes) const {
    struct statvfs status {};
    if (::fstatvfs(blobs_.get(), &status) != 0)
        throw_file_error("tell its free space", errno, "fstatvfs");
    const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
    const auto wanted =
        static_cast<std::uint64_t>(settings_.reserve) + static_cast<std::uint64_t>(bytes);
    if (free < wanted)
        throw Error(ErrorCode::storage_full,
                    "The image storage is full: its disk has reached the reserve for unfinished "
                    "jobs.",
                    std::to_string(free) + " bytes free, " + std::to_string(settings_.reserve) +
                        " reserved");
}

void FilesystemStorage::flush(int descriptor) const {
    if (settings_.durable)
        flush_to_disk(descriptor);
}

void FilesystemStorage::put(std::string_view key, const Blob& blob, BlobKind kind) {
    require_storage_key(key);
    if (kind == BlobKind::original)
        require_space(blob.size());
    const FilePlace place = FilePlace::of_key(key);
    ShardFolders::Folder folder = shards_.make(place.shard, settings_.durable);
    while (!put_into(folder->get(), place.name, blob)) {
        if (!shards_.renew(place.shard, folder))
            throw_file_error("put a file into place", ENOENT, place.name);
        folder = shards_.make(place.shard, settings_.durable);
    }
    fail_point("storage.after_rename");
    flush(folder->get());
}

/// False if the folder was removed meanwhile.
bool FilesystemStorage::put_into(int folder, const std::string& name, const Blob& blob) {
    if (adopt(blob, folder, name))
        return true;
    TempFile file(temporary_.get(), settings_.unnamed_files);
    write_blob(blob, file.descriptor());
    flush(file.descriptor());
    fail_point("storage.before_rename");
    return file.publish(folder, name);
}

/// Calls `use` with the shard's folder, and once more should that have been replaced, until it
/// returns true; false if it never does, or there is no folder.
template <class Use>
bool FilesystemStorage::use_shard(int shard, const Use& use) {
    for (;;) {
        const ShardFolders::Folder folder = shards_.open(shard);
        if (!folder)
            return false;
        if (use(folder->get()))
            return true;
        if (!shards_.renew(shard, folder))
            return false;
    }
}

/// Names the blob's own file instead of copying it, if it is an unnamed one of this filesystem.
bool FilesystemStorage::adopt(const Blob& blob, int folder, const std::string& name) {
    const int file = blob.file_descriptor();
    struct stat status {};
    if (file < 0 || !settings_.unnamed_files || ::fstat(file, &status) != 0)
        return false;
    if (!S_ISREG(status.st_mode) || status.st_nlink != 0 || status.st_dev != device_ ||
        status.st_size != blob.size())
        return false;
    // Its age counts from now on, not from when its last byte was received.
    if (::fchmod(file, file_mode) != 0 || ::futimens(file, nullptr) != 0)
        return false;
    flush(file);
    fail_point("storage.before_rename");
    return publish_unnamed(file, temporary_.get(), folder, name);
}

BlobPtr FilesystemStorage::open(std::string_view key) {
    require_storage_key(key);
    const FilePlace place = FilePlace::of_key(key);
    FileDescriptor file;
    const bool found = use_shard(place.shard, [&](int folder) {
        file.reset(
            ::openat(folder, place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file && errno != ENOENT)
            throw_file_error("open an image", errno, place.name);
        return static_cast<bool>(file);
    });
    if (!found)
        throw_no_blob(key);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        throw_file_error("open an image", errno, place.name);
    if (!S_ISREG(status.st_mode))
        throw Error(ErrorCode::storage_unavailable,
                    "The image storage holds something else in an image's place.", place.name);
    return make_file_blob(file.release());
}

bool FilesystemStorage::remove(std::string_view key) {
    require_storage_key(key);
    const FilePlace place = FilePlace::of_key(key);
    return use_shard(place.shard, [&](int folder) {
        if (::unlinkat(folder, place.name.c_str(), 0) == 0)
            return true;
        if (errno != ENOENT)
            throw_file_error("remove an image", errno, place.name);
        return false;
    });
}

/// By shard, then by name; the cursor is the key of the last name looked at.
StoredBlobPage FilesystemStorage::list(std::string_view cursor, int limit) {
    require_list_limit(limit);
    FilePlace last;
    if (cursor.empty())
        remove_stale_files();
    else if (is_storage_key(cursor))
        last = FilePlace::of_key(cursor);
    else
        throw_bad_cursor(cursor);

    const WallTime now = filesystem_time();
    StoredBlobPage page;
    auto wanted = static_cast<std::size_t>(limit);
    for (int shard = last.shard; shard < FilePlace::shards; ++shard, last.name.clear()) {
        const FileDescriptor folder = open_subfolder(blobs_.get(), shard_name(shard));
        if (!folder)
            continue;
        for (const std::string& name : names_after(folder.get(), last.name, wanted)) {
            --wanted;
            last.name = name;
            if (const auto status = status_of(folder.get(), name))
                page.blobs.push_back({*key_of_name(name), status->st_size,
                                      std::max(now - modified(*status), Milliseconds(0))});
        }
        if (wanted == 0) {
            page.cursor = *key_of_name(last.name);
            break;
        }
    }
    return page;
}

std::string FilesystemStorage::stamp(std::string_view store_id) {
    require_store_id(store_id);
    if (std::string present = read_stamp(); !present.empty())
        return present;
    TempFile file(temporary_.get(), settings_.unnamed_files);
    const std::string line = std::string(store_id) + '\n';
    write_blob(*copy_blob(as_bytes(line)), file.descriptor());
    flush(file.descriptor());
    if (!file.publish_new(root_.get(), stamp_name))
        return read_stamp(); // another process was faster
    flush(root_.get());
    return std::string(store_id);
}

/// The id in the stamp; empty when there is none.
std::string FilesystemStorage::read_stamp() const {
    const FileDescriptor file(
        ::openat(root_.get(), stamp_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        if (errno == ENOENT)
            return {};
        throw_file_error("read its stamp", errno, stamp_name);
    }
    std::array<char, 80> text{};
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0)
        throw_file_error("read its stamp", errno, stamp_name);
    std::string id(text.data(), static_cast<std::size_t>(size));
    if (!id.ends_with('\n') || !is_store_id(id.substr(0, id.size() - 1)))
        throw Error(ErrorCode::incompatible,
                    "The image storage's stamp, which tells whose it is, is damaged.",
                    in_quotes(id));
    id.pop_back();
    return id;
}

void FilesystemStorage::probe() {
    try {
        const TempFile file(temporary_.get(), settings_.unnamed_files);
    } catch (const Error& error) {
        // Jobs can still be read, finished and removed when the disk is full.
        if (error.code() != ErrorCode::storage_full)
            throw;
    }
}

/// The time that the filesystem would give a file written now.
WallTime FilesystemStorage::filesystem_time() const {
    // Touching a folder takes no space, so this works on a full disk as well.
    struct stat status {};
    if (::futimens(temporary_.get(), nullptr) != 0 || ::fstat(temporary_.get(), &status) != 0)
        throw_file_error("tell its time", errno, "futimens");
    return modified(status);
}

/// Removes what processes that died have left of their puts.
void FilesystemStorage::remove_stale_files() const {
    const WallTime now = filesystem_time();
    std::vector<std::string> stale;
    for_each_name(temporary_.get(), [&](std::string_view name) {
        if (!is_temp_name(name))
            return;
        const auto status = status_of(temporary_.get(), std::string(name));
        if (status && now - modified(*status) > stale_age)
            stale.emplace_back(name);
    });
    for (const std::string& name : stale)
        if (::unlinkat(temporary_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
            throw_file_error("remove a stale file", errno, name);
}

std::shared_ptr<Storage> open_filesystem_storage(BackendUrl url, const BackendContext& context) {
    FilesystemStorage::Settings settings;
    settings.reserve = context.disk_reserve;
    settings.durable = !context.relaxed_durability;
    if (const auto text = url.take("reserve")) {
        const auto bytes = parse_byte_size(*text);
        if (!bytes)
            throw Error(ErrorCode::invalid_argument,
                        "reserve of the file: URL is " + in_quotes(*text) +
                            "; accepted: a number of bytes, or one with KiB, MiB, GiB or TiB");
        settings.reserve = *bytes;
    }
    url.refuse_rest("reserve");

    std::string folder = url.target;
    if (folder.starts_with("///")) // file:///path
        folder.erase(0, 2);
    if (folder.empty() || folder.starts_with("//"))
        throw Error(ErrorCode::invalid_argument,
                    "The file: URL names no folder of this machine; accepted: file:FOLDER, as in "
                    "file:/var/lib/thumbjobs/images");
    return std::make_shared<FilesystemStorage>(folder, settings);
}

} // namespace thumbjobs
