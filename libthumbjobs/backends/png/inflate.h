#pragma once

#include "backends/png/chunks.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace thumbjobs::png {

/// Unpacks a whole zlib stream into `target`; how many bytes it had, or nothing if it is damaged or
/// longer.
std::optional<std::size_t> unpack(ByteView packed, std::span<std::byte> target);

/// Unpacks the image data, which lies in one chunk or several behind each other.
class Inflater {
public:
    /// Borrows the reader, which is behind the chunk of `first_data`.
    Inflater(ChunkReader& reader, ByteView first_data);
    ~Inflater();

    /// Fills `target`. Throws HandOver where the data end or are damaged.
    void read(std::span<std::uint8_t> target);

    /// Throws HandOver unless the data end here, their checksum is right, and so is the rest of the
    /// file.
    void finish();

private:
    struct State;

    bool ended() const noexcept;
    void step();
    void feed();

    ChunkReader& reader_;
    std::unique_ptr<State> state_;
};

} // namespace thumbjobs::png
