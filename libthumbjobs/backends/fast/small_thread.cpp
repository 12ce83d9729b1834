#include "backends/fast/small_thread.h"

#include <system_error>
#include <utility>

namespace thumbjobs::fast {
namespace {

void check(int error) {
    if (error != 0)
        throw std::system_error(error, std::generic_category(), "starting a thread");
}

} // namespace

SmallThread::SmallThread(std::function<void()> work) : work_(std::move(work)) {
    pthread_attr_t attributes;
    check(pthread_attr_init(&attributes));
    int error = pthread_attr_setstacksize(&attributes, stack_bytes);
    if (error == 0)
        error = pthread_create(
            &thread_, &attributes,
            [](void* thread) -> void* {
                static_cast<SmallThread*>(thread)->work_();
                return nullptr;
            },
            this);
    pthread_attr_destroy(&attributes);
    check(error);
}

SmallThread::~SmallThread() {
    pthread_join(thread_, nullptr);
}

} // namespace thumbjobs::fast
