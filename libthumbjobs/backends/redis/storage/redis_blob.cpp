#include "backends/redis/storage/redis_blob.h"

#include "backends/common/storage_checks.h"

#include <thumbjobs/memory_full.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace thumbjobs::redis {

std::string part_key(const std::string& prefix, const std::string& id, std::int64_t number) {
    return prefix + id + ':' + std::to_string(number);
}

RedisBlob::RedisBlob(std::shared_ptr<Client> client, std::string data_prefix, std::string id,
                     std::int64_t size)
    : client_(std::move(client)),
      data_prefix_(std::move(data_prefix)),
      id_(std::move(id)),
      size_(size) {}

std::size_t RedisBlob::read(std::int64_t offset, std::span<std::byte> target) const {
    if (offset < 0 || offset > size_)
        throw Error(ErrorCode::invalid_argument, "offset is " + std::to_string(offset) +
                                                     "; accepted: 0 to " + std::to_string(size_));
    const std::int64_t end =
        offset + std::min(static_cast<std::int64_t>(target.size()), size_ - offset);
    for (std::int64_t at = offset; at < end;) {
        const std::int64_t begin = at % part_size;
        const std::int64_t count = std::min(part_size - begin, end - at);
        const std::string key = part_key(data_prefix_, id_, at / part_size);
        const std::string first = std::to_string(begin);
        const std::string last = std::to_string(begin + count - 1);
        const std::string bytes = through_storage([&] {
            return client_->command({"GETRANGE", key, first, last}, Repeat::always).take_text();
        });
        if (static_cast<std::int64_t>(bytes.size()) != count)
            throw_no_blob(id_); // removed or replaced meanwhile
        std::memcpy(target.data() + (at - offset), bytes.data(), bytes.size());
        at += count;
    }
    return static_cast<std::size_t>(end - offset);
}

void rethrow_as_storage_error(const Error& error) {
    if (error.code() == ErrorCode::store_unavailable)
        throw Error(ErrorCode::storage_unavailable, "The image storage does not answer.",
                    error.detail());
    if (error.code() == ErrorCode::storage_full)
        throw MemoryFull("The image storage is full: Redis has reached its memory limit.",
                         error.detail());
    throw;
}

} // namespace thumbjobs::redis
