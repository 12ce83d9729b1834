#pragma once

#include "backends/redis/client/reply.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

struct redisReader;

namespace thumbjobs::redis {

/// Makes replies of the bytes that a server sends (RESP 2). Not thread-safe.
///
/// Bounded: a reply of more than `max_bytes` or `max_elements` is refused before memory is taken
/// for it. After an exception the reader, and its connection, are of no more use.
class ReplyReader {
public:
    explicit ReplyReader(std::size_t max_bytes, std::size_t max_elements = std::size_t{1} << 18);
    ~ReplyReader();
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;

    /// Throws TransportError for a reply beyond the limits.
    void feed(std::string_view bytes);

    /// The next whole reply; nothing when more bytes are needed. Throws TransportError for what is
    /// no RESP.
    std::optional<Reply> next();

    /// Whether nothing is left between two replies.
    bool empty() const noexcept { return pending_ == 0; }

private:
    struct Builder;
    struct Free {
        void operator()(redisReader* reader) const noexcept;
    };

    std::size_t max_bytes_;
    std::size_t max_elements_;
    std::size_t elements_ = 0; ///< Of the reply being read.
    std::size_t pending_ = 0;  ///< Bytes fed and not yet part of a whole reply, at the least.
    std::unique_ptr<redisReader, Free> reader_;
};

} // namespace thumbjobs::redis
