/// \file
/// The interface of image storages.
#pragma once

#include <thumbjobs/blob.h>
#include <thumbjobs/export.h>
#include <thumbjobs/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// Who a blob is for; decides whether it may use the last free space.
enum class BlobKind {
    original,  ///< Refused with Error(storage_full) once free space is down to the reserve.
    rendition, ///< May use the reserve, so that accepted jobs still finish.
};

/// A blob as a listing shows it.
struct StoredBlob {
    std::string key{};      ///< What it was put under.
    std::int64_t bytes = 0; ///< Its size.
    Milliseconds age{};     ///< Since it was written, by the storage's own clock.
};

/// What one call of list() reads.
struct StoredBlobPage {
    std::vector<StoredBlob> blobs{}; ///< At most as many as were asked for.
    std::string cursor{};            ///< Pass it to the next list(); empty at the end.
};

/// Keeps image bytes under keys that thumbjobs makes. A key is one to five segments of
/// `a-z 0-9 -` and `_`, joined by `/`, at most 200 characters; it never holds anything of a user's.
/// Keys are written once: nobody puts two different blobs under one key.
///
/// Thread-safe. Every method may throw Error(storage_unavailable), which is retryable.
class THUMBJOBS_API Storage {
public:
    virtual ~Storage();

    /// For logs: `file:/var/lib/thumbjobs/images`. Without secrets.
    virtual std::string describe() const = 0;

    /// Stores `blob` under `key`. When it returns, the bytes survive a crash of the machine, as far
    /// as the backend can promise that; when it throws, the key is as before or holds the whole
    /// blob, never a part. Throws Error(storage_full).
    virtual void put(std::string_view key, const Blob& blob, BlobKind kind) = 0;

    /// Opens a blob. It stays readable until released even when the key is removed meanwhile, or
    /// its read() throws Error(not_found). Throws Error(not_found).
    virtual BlobPtr open(std::string_view key) = 0;

    /// Removes a blob; true if it was there. Repeats do no harm.
    virtual bool remove(std::string_view key) = 0;

    /// Lists blobs in an order of the backend's own that is stable while nothing changes. A blob
    /// that lives during a whole run from the empty cursor to the end is listed; one that comes or
    /// goes meanwhile may be. `limit` is 1 to 1000. The store's stamp is not a blob. Throws
    /// Error(invalid_argument) for a cursor it did not make.
    virtual StoredBlobPage list(std::string_view cursor, int limit) = 0;

    /// Returns the store id that this storage belongs to; an unstamped one takes `store_id` first,
    /// durably and atomically. The sweeper deletes nothing unless this is its own store's id: an
    /// empty, restored or mistaken store must not wipe a storage.
    virtual std::string stamp(std::string_view store_id) = 0;

    /// Throws Error(storage_unavailable) unless the storage can be used now. Cheap: readiness
    /// probes call it.
    virtual void probe() = 0;
};

/// Whether `key` has the form that Storage demands.
THUMBJOBS_API bool is_storage_key(std::string_view key) noexcept;

} // namespace thumbjobs
