#include "backends/s3/s3_storage.h"

#include "backends/common/storage_checks.h"
#include "backends/s3/s3_answers.h"
#include "backends/s3/s3_blob.h"
#include "backends/s3/s3_stamp.h"
#include "src/fail_point.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <utility>

namespace thumbjobs {

S3Storage::S3Storage(S3Settings settings, const Variables& variables, const Clock& clock)
    : client_(std::make_shared<S3Client>(std::move(settings), variables, clock)) {
    probe();
}

std::string S3Storage::object_of(std::string_view key) const {
    return (client_->settings().prefix + "blobs/").append(key);
}

void S3Storage::put(std::string_view key, const Blob& blob, BlobKind) {
    require_storage_key(key);
    const S3Settings& settings = client_->settings();
    S3Call call{.method = "PUT",
                .key = object_of(key),
                .headers = {"Content-Type: application/octet-stream"},
                .upload = &blob};
    if (!settings.encryption.empty())
        call.headers.push_back("x-amz-server-side-encryption: " + settings.encryption);
    if (!settings.kms_key.empty())
        call.headers.push_back("x-amz-server-side-encryption-aws-kms-key-id: " + settings.kms_key);
    if (!settings.storage_class.empty())
        call.headers.push_back("x-amz-storage-class: " + settings.storage_class);
    fail_point("storage.before_rename");
    if (const HttpResponse response = client_->send(call); !response.succeeded())
        throw Error(ErrorCode::storage_unavailable,
                    "The image storage answers " + std::to_string(response.status) +
                        " where it should store an image.",
                    call.key);
    fail_point("storage.after_rename");
}

BlobPtr S3Storage::open(std::string_view key) {
    require_storage_key(key);
    return open_s3_blob(client_, object_of(key), key);
}

/// DELETE does not tell whether there was anything, hence the look before.
bool S3Storage::remove(std::string_view key) {
    require_storage_key(key);
    const std::string object = object_of(key);
    if (client_->send({.method = "HEAD", .key = object}).status == 404)
        return false;
    client_->send({.method = "DELETE", .key = object});
    return true;
}

StoredBlobPage S3Storage::list(std::string_view cursor, int limit) {
    require_list_limit(limit);
    if (!cursor.empty() && !is_storage_key(cursor))
        throw_bad_cursor(cursor);
    StoredBlobPage page;
    std::string after = cursor.empty() ? std::string() : object_of(cursor);
    bool more = true;
    while (more && page.blobs.empty()) // past whatever else lies there
        more = add_page(after, limit, page);
    if (more)
        page.cursor = page.blobs.back().key;
    return page;
}

/// Adds what one request lists after `after`, which moves on; false at the end.
bool S3Storage::add_page(std::string& after, int limit, StoredBlobPage& page) {
    const std::string folder = object_of("");
    S3Call call{
        .query = {{"list-type", "2"}, {"max-keys", std::to_string(limit)}, {"prefix", folder}}};
    if (!after.empty())
        call.query.emplace("start-after", after);
    const HttpResponse response = client_->send(call);
    const auto listing = parse_listing(response.text());
    const auto now = date_of(response);
    if (!listing || !now || (listing->truncated && listing->objects.empty()))
        throw Error(ErrorCode::storage_unavailable, "The image storage's listing is damaged.",
                    client_->settings().describe());
    for (const S3Object& object : listing->objects) {
        if (!object.key.starts_with(folder) || object.key <= after)
            throw Error(ErrorCode::storage_unavailable,
                        "The image storage lists what was not asked for: it is not in the order "
                        "of the keys.",
                        client_->settings().describe());
        after = object.key;
        const std::string_view key = std::string_view(object.key).substr(folder.size());
        if (is_storage_key(key))
            page.blobs.push_back({std::string(key), object.bytes,
                                  std::max(*now - object.modified, Milliseconds(0))});
    }
    return listing->truncated;
}

std::string S3Storage::stamp(std::string_view store_id) {
    require_store_id(store_id);
    return S3Stamp(*client_).take(std::string(store_id));
}

void S3Storage::probe() {
    client_->send({.method = "HEAD", .max_attempts = 2});
}

std::shared_ptr<Storage> open_s3_storage(BackendUrl url, const BackendContext& context) {
    return std::make_shared<S3Storage>(parse_s3_url(std::move(url), environment_variable),
                                       environment_variable, *context.clock);
}

} // namespace thumbjobs
