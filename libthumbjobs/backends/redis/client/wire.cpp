#include "backends/redis/client/wire.h"

#include <hiredis/hiredis.h>

#include <cstddef>
#include <new>
#include <vector>

namespace thumbjobs::redis {

void append_command(std::string& wire, Words words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    texts.reserve(words.size());
    sizes.reserve(words.size());
    for (const std::string_view word : words) {
        texts.push_back(word.data() == nullptr ? "" : word.data());
        sizes.push_back(word.size());
    }
    char* formatted = nullptr;
    const auto size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()),
                                             texts.data(), sizes.data());
    if (size < 0)
        throw std::bad_alloc();
    struct Free {
        char* text;
        ~Free() { redisFreeCommand(text); }
    } const owner{formatted};
    wire.append(formatted, static_cast<std::size_t>(size));
}

} // namespace thumbjobs::redis
