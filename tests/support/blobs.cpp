#include "support/blobs.h"

#include <thumbjobs/error.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

namespace thumbjobs::test {

namespace {

class ForeignBlob final : public Blob {
public:
    ForeignBlob(Bytes bytes, std::int64_t fail_at) : bytes_(std::move(bytes)), fail_at_(fail_at) {}

    std::int64_t size() const noexcept override { return static_cast<std::int64_t>(bytes_.size()); }

    std::size_t read(std::int64_t offset, std::span<std::byte> target) const override {
        const auto count = std::min<std::int64_t>(
            {size() - offset, static_cast<std::int64_t>(target.size()), 1000});
        if (fail_at_ >= 0 && offset + count > fail_at_)
            throw Error(ErrorCode::storage_unavailable, "The source broke.");
        std::copy_n(bytes_.begin() + offset, count, target.begin());
        return static_cast<std::size_t>(count);
    }

private:
    Bytes bytes_;
    std::int64_t fail_at_;
};

} // namespace

Bytes make_noise(std::size_t size, unsigned seed) {
    std::mt19937_64 engine(seed);
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; i += 8) {
        std::uint64_t word = engine();
        for (std::size_t j = i; j < std::min(size, i + 8); ++j, word >>= 8)
            bytes[j] = static_cast<std::byte>(word & 0xFF);
    }
    return bytes;
}

BlobPtr make_foreign_blob(Bytes bytes, std::int64_t fail_at) {
    return std::make_shared<ForeignBlob>(std::move(bytes), fail_at);
}

BlobPtr make_spooled_blob(const Bytes& bytes, const std::string& folder) {
    const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
    if (file < 0)
        throw std::runtime_error("this filesystem has no unnamed files: " + folder);
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("the spooled file cannot be written");
    return make_file_blob(file);
}

} // namespace thumbjobs::test
