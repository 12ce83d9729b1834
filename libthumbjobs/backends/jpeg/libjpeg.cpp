#include "backends/jpeg/libjpeg.h"

#include "backends/fast/hand_over.h"

namespace thumbjobs::jpeg {
namespace {

[[noreturn]] void leave(j_common_ptr state) {
    std::longjmp(reinterpret_cast<Exit*>(state->err)->jump, 1);
}

// Below zero are warnings, the others traces.
void on_message(j_common_ptr state, int level) {
    if (level < 0)
        leave(state);
}

void drop_message(j_common_ptr) {}

} // namespace

Exit::Exit() noexcept {
    jpeg_std_error(&manager);
    manager.error_exit = leave;
    manager.emit_message = on_message;
    manager.output_message = drop_message;
}

Reader::Reader(ByteView input) : input_(input) {
    state_.err = &exit_.manager;
    const bool read = guarded(exit_, [this] {
        jpeg_create_decompress(&state_);
        jpeg_mem_src(&state_, reinterpret_cast<const unsigned char*>(input_.data()),
                     static_cast<unsigned long>(input_.size()));
        jpeg_read_header(&state_, TRUE);
    });
    if (!read) {
        jpeg_destroy_decompress(&state_);
        throw fast::HandOver{};
    }
}

Reader::~Reader() {
    jpeg_destroy_decompress(&state_);
}

} // namespace thumbjobs::jpeg
