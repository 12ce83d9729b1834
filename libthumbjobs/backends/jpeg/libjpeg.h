#pragma once

#include <thumbjobs/blob.h>

#include <jpeglib.h>

#include <csetjmp>
#include <cstdio> // jpeglib.h needs it

namespace thumbjobs::jpeg {

/// libjpeg's way out of an error or a warning: back to guarded().
struct Exit {
    jpeg_error_mgr manager{}; ///< First, so that libjpeg's pointer to it is one to this.
    std::jmp_buf jump{};

    /// Every error and every warning jumps.
    Exit() noexcept;
};

/// Calls `call`, which calls libjpeg and owns nothing that a jump would leak. False if libjpeg
/// jumped; its object is then only good for being destroyed.
template <typename Call>
bool guarded(Exit& exit, Call&& call) {
    if (setjmp(exit.jump) != 0)
        return false;
    call();
    return true;
}

/// One file that libjpeg-turbo reads from memory.
class Reader {
public:
    /// Reads up to the first scan's data. Throws HandOver if libjpeg finds anything wrong.
    explicit Reader(ByteView input);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    /// What the header says, and libjpeg's tables.
    const jpeg_decompress_struct& header() const noexcept { return state_; }
    jpeg_decompress_struct& state() noexcept { return state_; }
    Exit& exit() noexcept { return exit_; }

    ByteView input() const noexcept { return input_; }

    /// Where libjpeg reads next: after construction, the first byte of the first scan's data.
    std::size_t position() const noexcept { return input_.size() - state_.src->bytes_in_buffer; }

private:
    ByteView input_;
    Exit exit_;
    jpeg_decompress_struct state_{};
};

/// How many samples a block of the component gives along a side at the scale that is set.
inline int block_samples(const jpeg_component_info& component) noexcept {
#if JPEG_LIB_VERSION >= 70
    return component.DCT_h_scaled_size;
#else
    return component.DCT_scaled_size;
#endif
}

} // namespace thumbjobs::jpeg
