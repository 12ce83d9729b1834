#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace thumbd::http {

/// A temporary file without a name, which vanishes with its descriptor. Made with O_TMPFILE, so
/// that a storage on the same file system may give it a name by linkat(); where the file system
/// cannot do that, a named file that was unlinked at once. Movable; one thread at a time.
class SpoolFile {
public:
    SpoolFile() = default;
    ~SpoolFile();
    SpoolFile(SpoolFile&& other) noexcept { *this = std::move(other); }
    SpoolFile& operator=(SpoolFile&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(expected_, other.expected_);
        std::swap(written_, other.written_);
        std::swap(allocated_, other.allocated_);
        return *this;
    }

    /// An open, empty file in `directory`. Throws std::system_error.
    static SpoolFile create(const std::string& directory);

    /// Says that `bytes` will be appended in all. Throws std::system_error (ENOSPC) when the file
    /// system has less room, so that a full disk shows before the body has been received. Reserves
    /// nothing: what is claimed takes no room, only what has arrived and as much again.
    void expect(std::uint64_t bytes);

    /// Appends all of `bytes`. Throws std::system_error.
    void append(std::string_view bytes);

    /// Reads at most `size` bytes from `offset` on, into `buffer`; returns how many there were, 0
    /// at the end. Does not move any file position. Throws std::system_error.
    std::size_t read(std::uint64_t offset, char* buffer, std::size_t size) const;

    bool is_open() const noexcept { return descriptor_ >= 0; }

    /// The file descriptor, still owned by this object; its position is the end of the file.
    int descriptor() const noexcept { return descriptor_; }

    /// Hands the descriptor over to the caller.
    int release() noexcept { return std::exchange(descriptor_, -1); }

private:
    explicit SpoolFile(int descriptor) noexcept : descriptor_(descriptor) {}

    void allocate_for(std::uint64_t bytes) noexcept;

    int descriptor_ = -1;
    std::uint64_t expected_ = 0;  ///< No block is allocated beyond it.
    std::uint64_t written_ = 0;   ///< The size of the file.
    std::uint64_t allocated_ = 0; ///< Up to here allocate_for() has seen to it.
};

} // namespace thumbd::http
