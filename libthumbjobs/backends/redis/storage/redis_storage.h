#pragma once

#include "backends/redis/client/client.h"
#include "backends/redis/storage/memory_guard.h"

#include <thumbjobs/registry.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace thumbjobs::redis {

/// Blobs in Redis, for a small cluster that has neither a shared folder nor S3. With P for
/// `{tj:NAMESPACE}:images:`:
///
///     P state   hash: `bytes` of all blobs, `last` place given, `stamp`
///     P meta    hash: blob's key -> "<upload id> <bytes> <parts>"
///     P index   sorted set: blob's key by its place, the time in microseconds it was written
///     P data:<upload id>:<n>   strings: the parts of a blob, 1 MiB each but for the last
///
/// All of a namespace is in one slot of a cluster: so a blob, its place in the listing and the sum
/// of all bytes change in one script, and the bound on the sum is exact. Several namespaces spread
/// over the servers; the blobs of one do not.
///
/// A blob is uploaded part by part, under an id of its own and with a time to live, and becomes
/// visible with its record: never in half, and an upload that was broken off vanishes by itself. A
/// reader of a blob that is removed or replaced meanwhile gets Error(not_found).
class RedisStorage final : public Storage {
public:
    struct Settings {
        std::int64_t max_blob = 64LL << 20; ///< Bytes of one blob.
        std::int64_t max_bytes = 1LL << 30; ///< Of all blobs; originals leave an eighth of it free.
        std::int64_t reserve = 64LL << 20;  ///< See MemoryGuard.
        Milliseconds time_to_live{};        ///< Of a blob, whatever its job; zero: for ever.
    };

    RedisStorage(std::shared_ptr<Client> client, Settings settings);

    std::string describe() const override;
    void put(std::string_view key, const Blob& blob, BlobKind kind) override;
    BlobPtr open(std::string_view key) override;
    bool remove(std::string_view key) override;
    StoredBlobPage list(std::string_view cursor, int limit) override;
    std::string stamp(std::string_view store_id) override;
    void probe() override;

private:
    void require_room(std::int64_t bytes, BlobKind kind);
    std::vector<std::string> upload(const Blob& blob, const std::string& id);
    void commit(std::string_view key, const Blob& blob, BlobKind kind);

    const std::shared_ptr<Client> client_;
    const Settings settings_;
    const std::string state_;
    const std::string meta_;
    const std::string index_;
    const std::string data_prefix_;
    MemoryGuard guard_;
};

/// Opens `redis://...` with the options of ClientOptions and `max_blob`, `max_bytes`, `reserve`
/// (sizes) and `ttl` (a duration). Throws Error(invalid_argument), Error(storage_unavailable),
/// Error(incompatible); warns of settings that endanger images.
std::shared_ptr<Storage> open_redis_storage(BackendUrl url, const BackendContext& context);

} // namespace thumbjobs::redis
