#pragma once

#include "backends/redis/client/client.h"

#include <thumbjobs/blob.h>
#include <thumbjobs/error.h>

#include <cstdint>
#include <memory>
#include <string>

namespace thumbjobs::redis {

/// Bytes of one part of a blob; the last may have fewer.
constexpr std::int64_t part_size = 1 << 20;

/// `<prefix><upload id>:<number>`
std::string part_key(const std::string& prefix, const std::string& id, std::int64_t number);

/// A blob of several parts, read by ranges when they are wanted.
class RedisBlob final : public Blob {
public:
    RedisBlob(std::shared_ptr<Client> client, std::string data_prefix, std::string id,
              std::int64_t size);

    std::int64_t size() const noexcept override { return size_; }
    std::size_t read(std::int64_t offset, std::span<std::byte> target) const override;

private:
    const std::shared_ptr<Client> client_;
    const std::string data_prefix_;
    const std::string id_;
    const std::int64_t size_;
};

/// Rethrows the client's errors as a storage's.
[[noreturn]] void rethrow_as_storage_error(const Error& error);

/// Calls `call`, whose errors are the client's.
template <typename Call>
auto through_storage(Call&& call) {
    try {
        return call();
    } catch (const Error& error) {
        rethrow_as_storage_error(error);
    }
}

} // namespace thumbjobs::redis
