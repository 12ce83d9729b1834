#include "src/file_descriptor.h"

#include <thumbjobs/blob.h>
#include <thumbjobs/error.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace thumbjobs {
namespace {

[[noreturn]] void fail(const std::string& message, int error, const std::string& what) {
    throw Error(ErrorCode::storage_unavailable, message, what + ": " + std::strerror(error));
}

/// How many of `wanted` bytes a blob of `size` holds from `offset` on.
std::size_t readable(std::int64_t size, std::int64_t offset, std::size_t wanted) {
    if (offset < 0 || offset > size)
        throw Error(ErrorCode::invalid_argument, "offset is " + std::to_string(offset) +
                                                     "; accepted: 0 to " + std::to_string(size));
    return std::min(wanted, static_cast<std::size_t>(size - offset));
}

class MemoryBlob final : public Blob {
public:
    MemoryBlob(ByteView bytes, std::shared_ptr<const void> owner)
        : bytes_(bytes), owner_(std::move(owner)) {}

    std::int64_t size() const noexcept override { return static_cast<std::int64_t>(bytes_.size()); }

    std::size_t read(std::int64_t offset, std::span<std::byte> target) const override {
        const std::size_t count = readable(size(), offset, target.size());
        std::copy_n(bytes_.begin() + offset, count, target.begin());
        return count;
    }

    ByteView view() const noexcept override { return bytes_; }

private:
    ByteView bytes_;
    std::shared_ptr<const void> owner_;
};

class FileBlob final : public Blob {
public:
    FileBlob(FileDescriptor file, std::int64_t size) : file_(std::move(file)), size_(size) {}

    std::int64_t size() const noexcept override { return size_; }

    std::size_t read(std::int64_t offset, std::span<std::byte> target) const override {
        const std::size_t count = readable(size_, offset, target.size());
        std::size_t done = 0;
        while (done < count) {
            const ssize_t got = ::pread(file_.get(), target.data() + done, count - done,
                                        offset + static_cast<std::int64_t>(done));
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                fail("An image file cannot be read.", errno, "pread");
            if (got == 0)
                throw Error(ErrorCode::storage_unavailable,
                            "An image file became shorter while it was read.");
            done += static_cast<std::size_t>(got);
        }
        return count;
    }

    int file_descriptor() const noexcept override { return file_.get(); }

private:
    FileDescriptor file_;
    std::int64_t size_;
};

} // namespace

Blob::~Blob() = default;

Bytes Blob::read_all() const {
    if (const ByteView bytes = view(); !bytes.empty())
        return {bytes.begin(), bytes.end()};
    Bytes bytes(static_cast<std::size_t>(size()));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::size_t got =
            read(static_cast<std::int64_t>(done), std::span(bytes).subspan(done));
        if (got == 0)
            throw Error(ErrorCode::storage_unavailable, "An image ended before its known size.");
        done += got;
    }
    return bytes;
}

BlobPtr make_blob(Bytes bytes) {
    auto owner = std::make_shared<const Bytes>(std::move(bytes));
    const ByteView view = *owner;
    return std::make_shared<MemoryBlob>(view, std::move(owner));
}

BlobPtr copy_blob(ByteView bytes) {
    return make_blob(Bytes(bytes.begin(), bytes.end()));
}

BlobPtr share_blob(ByteView bytes, std::shared_ptr<const void> owner) {
    return std::make_shared<MemoryBlob>(bytes, std::move(owner));
}

BlobPtr make_file_blob(int file_descriptor) {
    FileDescriptor file(file_descriptor);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        fail("An image file cannot be read.", errno, "fstat");
    return std::make_shared<FileBlob>(std::move(file), status.st_size);
}

BlobPtr open_file_blob(const std::string& path) {
    if (path.find('\0') != std::string::npos)
        throw Error(ErrorCode::invalid_argument, "A file name holds a zero byte.");
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR)
            throw Error(ErrorCode::not_found, "There is no such file.", path);
        fail(std::string("The file cannot be opened: ") + std::strerror(error) + ".", error, path);
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        fail("The file cannot be read.", errno, path);
    if (!S_ISREG(status.st_mode))
        throw Error(ErrorCode::invalid_argument,
                    "This is no regular file; accepted: a file that holds an image.", path);
    return std::make_shared<FileBlob>(std::move(file), status.st_size);
}

} // namespace thumbjobs
