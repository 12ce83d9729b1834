/// \file
/// Image bytes, wherever they lie.
#pragma once

#include <thumbjobs/export.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// Bytes that are owned.
using Bytes = std::vector<std::byte>;

/// Bytes that are borrowed: their owner must outlive the view.
using ByteView = std::span<const std::byte>;

/// Views the characters of `text` as bytes. Borrowed: `text` must outlive the view.
inline ByteView as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// Immutable bytes of known size, in memory, in a file or elsewhere. Reads are thread-safe.
class THUMBJOBS_API Blob {
public:
    virtual ~Blob();

    /// Bytes; never changes.
    virtual std::int64_t size() const noexcept = 0;

    /// Copies bytes from `offset` (0 to size()) into `target`; returns how many, fewer than
    /// target.size() only at the end. Throws Error(storage_unavailable) when the source fails.
    virtual std::size_t read(std::int64_t offset, std::span<std::byte> target) const = 0;

    /// The bytes themselves, where they are in memory; otherwise an empty view. Borrowed.
    virtual ByteView view() const noexcept { return {}; }

    /// An open file that holds exactly these bytes from offset 0, or -1. Borrowed. A storage may
    /// link it into place instead of copying it, if it has no name yet (O_TMPFILE).
    virtual int file_descriptor() const noexcept { return -1; }

    /// All bytes in one vector. Throws as read() does, and Error(storage_unavailable) when the blob
    /// ends before its size().
    Bytes read_all() const;
};

/// Blobs are shared, and released with the last reference.
using BlobPtr = std::shared_ptr<const Blob>;

/// Takes the bytes over.
THUMBJOBS_API BlobPtr make_blob(Bytes bytes);

/// Copies the bytes.
THUMBJOBS_API BlobPtr copy_blob(ByteView bytes);

/// Borrows the bytes: `owner` keeps them alive as long as the blob lives.
THUMBJOBS_API BlobPtr share_blob(ByteView bytes, std::shared_ptr<const void> owner);

/// Takes the open file over, and closes it with the last reference. Its size is read once, here.
/// Throws Error(storage_unavailable) when it cannot be.
THUMBJOBS_API BlobPtr make_file_blob(int file_descriptor);

/// Opens a file of the user's. Throws Error(not_found), Error(invalid_argument) for something
/// that is not a regular file, Error(storage_unavailable) otherwise.
THUMBJOBS_API BlobPtr open_file_blob(const std::string& path);

} // namespace thumbjobs
