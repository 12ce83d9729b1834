#pragma once

#include "backends/s3/s3_client.h"
#include "backends/s3/s3_settings.h"

#include <thumbjobs/registry.h>

#include <memory>
#include <string>

namespace thumbjobs {

/// Blobs as objects of one bucket of Amazon S3 or a server that speaks its protocol.
///
///     PREFIX/blobs/<key>   the blobs
///     PREFIX/stamp         the id of the store that owns the prefix
///     PREFIX/checks/...    for moments, while the storage is stamped
///
/// A put is one request, and S3 makes an object visible as a whole or not at all. Listings, and so
/// the ages of blobs, are by the server's clock. A blob is read by ranges when it is opened and as
/// it is read.
class S3Storage final : public Storage {
public:
    /// Throws Error(storage_unavailable) unless the bucket can be used.
    S3Storage(S3Settings settings, const Variables& variables, const Clock& clock);

    std::string describe() const override { return client_->settings().describe(); }
    void put(std::string_view key, const Blob& blob, BlobKind kind) override;
    BlobPtr open(std::string_view key) override;
    bool remove(std::string_view key) override;
    StoredBlobPage list(std::string_view cursor, int limit) override;
    std::string stamp(std::string_view store_id) override;
    void probe() override;

private:
    std::string object_of(std::string_view key) const;
    bool add_page(std::string& after, int limit, StoredBlobPage& page);

    const std::shared_ptr<S3Client> client_; ///< Blobs outlive their storage.
};

/// Opens `s3://bucket/prefix?endpoint=...&region=...`; see docs/operations.md.
std::shared_ptr<Storage> open_s3_storage(BackendUrl url, const BackendContext& context);

} // namespace thumbjobs
