#include "backends/filesystem/file_copy.h"

#include "backends/filesystem/file_error.h"

#include <thumbjobs/error.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace thumbjobs {
namespace {

void write_bytes(ByteView bytes, int target) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(target, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR)
                continue;
            throw_file_error("write an image", errno, "write");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

/// Lets the kernel copy, which shares the blocks where the filesystem can. Returns how many bytes
/// it copied: fewer than `size` where it cannot; the caller goes on from there.
std::int64_t copy_in_kernel(int source, std::int64_t size, int target) {
    off_t offset = 0;
    while (offset < size) {
        const ssize_t copied = ::copy_file_range(source, &offset, target, nullptr,
                                                 static_cast<std::size_t>(size - offset), 0);
        if (copied < 0 && errno == EINTR)
            continue;
        if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG))
            throw_file_error("write an image", errno, "copy_file_range");
        if (copied <= 0)
            break;
    }
    return offset;
}

} // namespace

void write_blob(const Blob& blob, int target) {
    if (const ByteView bytes = blob.view(); !bytes.empty()) {
        write_bytes(bytes, target);
        return;
    }
    constexpr std::int64_t piece_bytes = 256 << 10;
    std::int64_t offset = 0;
    if (const int source = blob.file_descriptor(); source >= 0)
        offset = copy_in_kernel(source, blob.size(), target);
    Bytes piece(static_cast<std::size_t>(std::min(blob.size() - offset, piece_bytes)));
    while (offset < blob.size()) {
        const std::size_t count = blob.read(offset, piece);
        if (count == 0)
            throw Error(ErrorCode::storage_unavailable, "An image ended before its known size.");
        write_bytes(ByteView(piece).first(count), target);
        offset += static_cast<std::int64_t>(count);
    }
}

} // namespace thumbjobs
