#include "backends/png/encode.h"

#include "backends/png/chunks.h"
#include "backends/png/deflate.h"
#include "backends/png/filter.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <isa-l/crc.h>
#include <span>
#include <utility>

namespace thumbjobs::png {
namespace {

constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/// Beside a chunk's data: length, type and checksum.
constexpr std::size_t around_chunk = 12;
constexpr std::size_t header_size = 13;

/// Writes into a file whose size is known.
class Writer {
public:
    explicit Writer(std::size_t size) : file_(size) {}

    void bytes(std::span<const std::uint8_t> from) noexcept {
        if (!from.empty())
            std::memcpy(file_.data() + at_, from.data(), from.size());
        at_ += from.size();
    }

    void chunk(std::uint32_t type, std::span<const std::uint8_t> data) noexcept {
        big(static_cast<std::uint32_t>(data.size()));
        const std::size_t begin = at_;
        big(type);
        bytes(data);
        const auto* const checked = reinterpret_cast<const unsigned char*>(file_.data() + begin);
        big(::crc32_gzip_refl(0, checked, at_ - begin));
    }

    Bytes take() noexcept { return std::move(file_); }

private:
    void big(std::uint32_t value) noexcept {
        for (const int shift : {24, 16, 8, 0})
            file_[at_++] = static_cast<std::byte>(value >> shift & 0xff);
    }

    Bytes file_;
    std::size_t at_ = 0;
};

/// PNG 1.2, 11.2.2
std::array<std::uint8_t, header_size> header_of(const PixelImage& image) noexcept {
    const auto byte = [](int value, int shift) {
        return static_cast<std::uint8_t>(value >> shift & 0xff);
    };
    constexpr std::array<std::uint8_t, 5> colour_types{0, 0, 4, 2, 6}; // By the bands.
    const auto [width, height] = image.size;
    return {byte(width, 24),
            byte(width, 16),
            byte(width, 8),
            byte(width, 0),
            byte(height, 24),
            byte(height, 16),
            byte(height, 8),
            byte(height, 0),
            8, // bits
            colour_types.at(static_cast<std::size_t>(image.bands)),
            0,
            0,
            0};
}

} // namespace

Bytes encode(const PixelImage& image) {
    const auto data = deflate(filter_rows(image));
    Writer writer(signature.size() + header_size + data.size() + 3 * around_chunk);
    writer.bytes(signature);
    writer.chunk(type_of("IHDR"), header_of(image));
    writer.chunk(type_of("IDAT"), data);
    writer.chunk(type_of("IEND"), {});
    return writer.take();
}

} // namespace thumbjobs::png
