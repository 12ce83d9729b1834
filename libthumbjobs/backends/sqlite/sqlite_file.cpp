#include "backends/sqlite/sqlite_file.h"

#include <thumbjobs/error.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

namespace thumbjobs {
namespace {

[[noreturn]] void throw_unavailable(const std::string& message, const std::string& path,
                                    int error) {
    throw Error(ErrorCode::store_unavailable, message, path + ": " + std::strerror(error));
}

// Those that linux/magic.h lacks.
constexpr unsigned long cifs_magic = 0xff534d42;
constexpr unsigned long lustre_magic = 0x0bd00bd0;
constexpr unsigned long gfs2_magic = 0x01161970;
constexpr unsigned long vboxsf_magic = 0x786f4256;
constexpr unsigned long fuse_magic = 0x65735546;

constexpr std::array<unsigned long, 12> network_magics{
    NFS_SUPER_MAGIC,   SMB_SUPER_MAGIC,  SMB2_SUPER_MAGIC, cifs_magic,
    V9FS_MAGIC,        CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,  CODA_SUPER_MAGIC,
    OCFS2_SUPER_MAGIC, lustre_magic,     gfs2_magic,       vboxsf_magic};

// Filesystems in user space may be local (fuse-overlayfs, ntfs) or not; these are not.
constexpr std::array<std::string_view, 13> network_fuses{
    "fuse.sshfs",    "fuse.s3fs",      "fuse.rclone",  "fuse.glusterfs", "fuse.ceph-fuse",
    "fuse.ceph",     "fuse.gcsfuse",   "fuse.goofys",  "fuse.juicefs",   "fuse.davfs",
    "fuse.smbnetfs", "fuse.curlftpfs", "fuse.mount-s3"};

/// The type of the filesystem on this device, as the mount table names it; empty if unknown.
std::string mount_type(dev_t device) {
    const std::string wanted = std::to_string(major(device)) + ":" + std::to_string(minor(device));
    std::ifstream table("/proc/self/mountinfo");
    std::string line;
    while (std::getline(table, line)) {
        // `id parent major:minor root point options [tags] - type source options`
        std::istringstream words(line);
        std::string word;
        words >> word >> word >> word;
        if (word != wanted)
            continue;
        while (words >> word && word != "-") {
        }
        words >> word;
        return word;
    }
    return {};
}

bool is_network_folder(const std::string& folder) {
    struct statfs fs {};
    struct stat status {};
    if (statfs(folder.c_str(), &fs) != 0 || stat(folder.c_str(), &status) != 0)
        throw_unavailable("The folder of the job database cannot be used.", folder, errno);
    const auto magic = static_cast<unsigned long>(fs.f_type) & 0xffffffffUL;
    if (std::find(network_magics.begin(), network_magics.end(), magic) != network_magics.end())
        return true;
    return magic == fuse_magic && std::find(network_fuses.begin(), network_fuses.end(),
                                            mount_type(status.st_dev)) != network_fuses.end();
}

/// Who waits for the lock holds this gate, so that whoever just had the lock cannot overtake it.
bool set_gate(int file, short type) noexcept {
    struct flock gate {};
    gate.l_type = type;
    gate.l_whence = SEEK_SET;
    gate.l_len = 1;
    return fcntl(file, F_OFD_SETLK, &gate) == 0;
}

/// The embedded default needs no set-up, so the folder is made; its parents are not, which a
/// mistyped path would leave all over the disk.
void make_folder(const std::string& folder) {
    if (mkdir(folder.c_str(), 0700) != 0)
        return; // it is there, or else what follows says why not
    const std::string parent = std::filesystem::path(folder).parent_path().string();
    const FileDescriptor opened(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened)
        fsync(opened.get());
}

} // namespace

SqliteFile::SqliteFile(const std::string& path)
    : path_(std::filesystem::absolute(path).string()),
      folder_(std::filesystem::path(path_).parent_path().string()),
      lock_path_(path_ + ".lock") {
    make_folder(folder_);
    struct stat status {};
    if (stat(folder_.c_str(), &status) != 0)
        throw_unavailable("The folder of the job database does not exist or cannot be read.",
                          folder_, errno);
    if (!S_ISDIR(status.st_mode))
        throw_unavailable("The folder of the job database is not a folder.", folder_, ENOTDIR);
    if (stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
        throw Error(ErrorCode::incompatible, "The job database is not a regular file.", path_);
    if (is_network_folder(folder_))
        throw Error(ErrorCode::incompatible,
                    "The job database would be on a network filesystem, where SQLite is not safe. "
                    "Choose a local folder.",
                    folder_);
    lock_file_.reset(::open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!lock_file_)
        throw_unavailable("The folder of the job database cannot be written.", lock_path_, errno);
}

SqliteFile::Identity SqliteFile::identify(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0)
        return {};
    return {.device = status.st_dev, .inode = status.st_ino};
}

void SqliteFile::pin() {
    database_ = identify(path_);
    lock_identity_ = identify(lock_path_);
}

void SqliteFile::require_pinned() const {
    if (identify(path_) != database_ || identify(lock_path_) != lock_identity_)
        throw Error(ErrorCode::store_unavailable,
                    "The job database was moved, replaced or deleted while it was in use.", path_);
}

void SqliteFile::sync_folder() const {
    const FileDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || fsync(folder.get()) != 0)
        throw_unavailable("The folder of the job database cannot be written.", folder_, errno);
}

std::int64_t SqliteFile::free_bytes() const {
    struct statvfs fs {};
    if (statvfs(folder_.c_str(), &fs) != 0)
        throw_unavailable("The folder of the job database cannot be read.", folder_, errno);
    return static_cast<std::int64_t>(fs.f_bavail) * static_cast<std::int64_t>(fs.f_frsize);
}

void SqliteFile::lock(std::chrono::milliseconds patience, const std::atomic<bool>& stop) {
    using namespace std::chrono;
    const auto give_up = steady_clock::now() + patience;
    auto pause = 50us;
    bool has_gate = false;
    while (true) {
        has_gate = has_gate || set_gate(lock_file_.get(), F_WRLCK);
        const bool has_lock = has_gate && flock(lock_file_.get(), LOCK_EX | LOCK_NB) == 0;
        const bool too_late = stop.load() || steady_clock::now() > give_up;
        if (has_gate && (has_lock || too_late))
            set_gate(lock_file_.get(), F_UNLCK);
        if (has_lock)
            return;
        if (too_late)
            throw Error(ErrorCode::store_unavailable,
                        "Another process has kept the job database locked for too long.",
                        lock_path_);
        std::this_thread::sleep_for(pause);
        pause = std::min<microseconds>(pause * 3 / 2, 5ms);
    }
}

void SqliteFile::unlock() noexcept {
    flock(lock_file_.get(), LOCK_UN);
}

std::string read_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

} // namespace thumbjobs
