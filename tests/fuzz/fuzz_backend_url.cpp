// Hostile backend URLs: parse or refuse with one kind of error, and read back what was written.
#include "fuzz/require.h"

#include <thumbjobs/registry.h>

#include <cstddef>
#include <cstdint>

using namespace thumbjobs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const BackendUrl url = BackendUrl::parse(text);
        require(!url.scheme.empty());
        require(url.target.find('\0') == std::string::npos);

        const BackendUrl shown = BackendUrl::parse(url.redacted());
        require(shown.scheme == url.scheme);
        if (url.target.starts_with("//"))
            require(url.target.ends_with(std::string_view(shown.target).substr(2)));
        else
            require(shown.target == url.target);
        for (const auto& [name, value] : shown.options)
            require(url.options.at(name) == value);
        require(shown.redacted() == url.redacted());
    } catch (const Error& error) {
        require(error.code() == ErrorCode::invalid_argument);
    }
    return 0;
}
