#pragma once

#include <thumbjobs/blob.h>

#include <memory>
#include <string>

struct evp_md_ctx_st;

namespace thumbjobs {

/// SHA-256, fed piece by piece. Not thread-safe.
class Sha256 {
public:
    Sha256();

    void update(ByteView bytes);

    /// Of a blob's bytes, read in pieces where they are not in memory.
    void update(const Blob& blob);

    /// The digest as 64 lower-case hexadecimal digits. The object is of no use afterwards.
    std::string finish_hex();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_hex(ByteView bytes);
std::string sha256_hex(const Blob& blob);

} // namespace thumbjobs
