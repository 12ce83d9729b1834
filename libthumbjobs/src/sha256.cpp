#include "src/sha256.h"

#include "src/text.h"

#include <thumbjobs/error.h>

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace thumbjobs {
namespace {

void check(int result) {
    if (result != 1)
        throw Error(ErrorCode::internal, "SHA-256 could not be computed.");
}

constexpr std::int64_t piece_bytes = 128 << 10;

} // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept {
    ::EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(::EVP_MD_CTX_new()) {
    check(context_ != nullptr);
    check(::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr));
}

void Sha256::update(ByteView bytes) {
    check(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

void Sha256::update(const Blob& blob) {
    if (const ByteView bytes = blob.view(); !bytes.empty()) {
        update(bytes);
        return;
    }
    Bytes piece(static_cast<std::size_t>(std::min(blob.size(), piece_bytes)));
    for (std::int64_t offset = 0; offset < blob.size();) {
        const std::size_t count = blob.read(offset, piece);
        if (count == 0)
            throw Error(ErrorCode::storage_unavailable, "An image ended before its known size.");
        update(std::span(piece).first(count));
        offset += static_cast<std::int64_t>(count);
    }
}

std::string Sha256::finish_hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    check(::EVP_DigestFinal_ex(context_.get(), digest.data(), &length));
    return to_hex(std::as_bytes(std::span(digest)).first(length));
}

std::string sha256_hex(ByteView bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish_hex();
}

std::string sha256_hex(const Blob& blob) {
    Sha256 hash;
    hash.update(blob);
    return hash.finish_hex();
}

} // namespace thumbjobs
