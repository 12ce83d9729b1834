#pragma once

#include "src/file_descriptor.h"

#include <thumbjobs/blob.h>

#include <cstdint>
#include <span>
#include <utility>

namespace thumbjobs::sandbox {

/// Owns a mapping of a file into memory.
class Mapping {
public:
    enum class Access { read, write };

    Mapping() = default;
    /// Maps the first `size` bytes, shared. Throws Error(internal).
    Mapping(int file, std::size_t size, Access access);
    Mapping(Mapping&& other) noexcept
        : begin_(std::exchange(other.begin_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Mapping& operator=(Mapping&& other) noexcept {
        std::swap(begin_, other.begin_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Mapping();

    /// Has all pages mapped at once, where the kernel can, instead of one after the other as they
    /// are read.
    void populate() const noexcept;

    std::byte* data() const noexcept { return static_cast<std::byte*>(begin_); }
    std::size_t size() const noexcept { return size_; }
    ByteView view() const noexcept { return {data(), size_}; }

private:
    void* begin_ = nullptr;
    std::size_t size_ = 0;
};

/// Anonymous shared memory of a fixed size, all zero, of which only written pages exist. No one can
/// change its size. Throws Error(internal).
FileDescriptor make_shared_memory(const char* name, std::int64_t size);

/// Anonymous shared memory with a copy of `bytes` that no one can change any more. Throws
/// Error(internal).
FileDescriptor make_sealed_copy(const char* name, ByteView bytes);

/// Shared memory that its maker alone can write, for one image after the other.
class InputMemory {
public:
    explicit InputMemory(std::size_t size);

    int file() const noexcept { return file_.get(); }
    std::size_t size() const noexcept { return mapping_.size(); }

    /// Copies `bytes`, at most size().
    void load(ByteView bytes) noexcept;

    /// Where an image may be put without a copy.
    std::span<std::byte> room() const noexcept { return {mapping_.data(), mapping_.size()}; }

private:
    FileDescriptor file_;
    Mapping mapping_;
};

/// Reads bytes of shared memory that its other user may change meanwhile; false if they are not
/// all there.
bool read_at(int file, std::uint64_t offset, std::span<std::byte> target) noexcept;

/// Gives the pages of shared memory back; they read as zero afterwards.
void discard_pages(int file, std::int64_t from, std::int64_t size) noexcept;

} // namespace thumbjobs::sandbox
