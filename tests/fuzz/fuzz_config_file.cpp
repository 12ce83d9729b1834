#include "auth/tokens.h"
#include "config/config.h"
#include "config/values.h"
#include "fuzz/require.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

// A configuration file and a token file from the same bytes: faults are one line that names the
// place, and what an option accepts can be assigned.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto one_line = [](const thumbd::ConfigError& error) {
        const std::string_view what = error.what();
        require(!what.empty() && what.find('\n') == std::string_view::npos);
    };
    try {
        for (const auto& entry : thumbd::parse_config_text(text, "file")) {
            require(!entry.key.empty() && entry.line > 0);
            const auto* option = thumbd::find_option(entry.key);
            if (option == nullptr)
                continue;
            option->redacted(entry.value);
            thumbd::Settings settings;
            try {
                option->assign(settings, entry.value);
            } catch (const std::invalid_argument&) {
                continue;
            }
            if (settings.listen.port != 0)
                require(thumbd::parse_endpoint(thumbd::format_endpoint(settings.listen)) ==
                        settings.listen);
        }
    } catch (const thumbd::ConfigError& error) {
        one_line(error);
    }
    try {
        for (const auto& entry : thumbd::parse_token_text(text, "tokens"))
            require(entry.identity.access != thumbd::Access::open);
    } catch (const thumbd::ConfigError& error) {
        one_line(error);
    }
    return 0;
}
