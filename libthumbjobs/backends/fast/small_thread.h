#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>

namespace thumbjobs::fast {

/// A thread for work that needs little stack. That of an ordinary one counts in full, 8 MiB as a
/// rule, towards the memory that a decoder process is granted.
class SmallThread {
public:
    static constexpr std::size_t stack_bytes = std::size_t{256} << 10;

    /// Begins `work`, which must not throw. Throws std::system_error if there is no thread for it.
    explicit SmallThread(std::function<void()> work);

    /// Waits until the work has ended.
    ~SmallThread();
    SmallThread(const SmallThread&) = delete;
    SmallThread& operator=(const SmallThread&) = delete;

private:
    std::function<void()> work_;
    pthread_t thread_{};
};

} // namespace thumbjobs::fast
