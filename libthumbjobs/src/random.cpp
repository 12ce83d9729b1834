#include "src/random.h"

#include "src/text.h"

#include <thumbjobs/blob.h>
#include <thumbjobs/error.h>

#include <sys/random.h>

#include <cerrno>
#include <cstring>

namespace thumbjobs {

void fill_random(std::span<std::byte> target) {
    while (!target.empty()) {
        const ssize_t got = ::getrandom(target.data(), target.size(), 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            throw Error(ErrorCode::internal, "The system gives no random numbers.",
                        std::strerror(errno));
        }
        target = target.subspan(static_cast<std::size_t>(got));
    }
}

std::uint64_t random_u64() {
    std::uint64_t value = 0;
    fill_random(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

std::string random_hex(std::size_t bytes) {
    Bytes random(bytes);
    fill_random(random);
    return to_hex(random);
}

} // namespace thumbjobs
