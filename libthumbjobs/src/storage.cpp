#include <thumbjobs/storage.h>

namespace thumbjobs {

Storage::~Storage() = default;

bool is_storage_key(std::string_view key) noexcept {
    constexpr std::size_t max_characters = 200;
    constexpr int max_segments = 5;
    if (key.empty() || key.size() > max_characters || key.front() == '/' || key.back() == '/')
        return false;
    int segments = 1;
    char previous = '\0';
    for (const char c : key) {
        if (c == '/') {
            if (previous == '/' || ++segments > max_segments)
                return false;
        } else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) {
            return false;
        }
        previous = c;
    }
    return true;
}

} // namespace thumbjobs
