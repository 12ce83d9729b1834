#pragma once

#include "config/settings.h"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thumbd {

/// A configuration that cannot be used; what() is one line for standard error.
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class OptionType { text, url, endpoint, integer, size, duration, choice, flag, names };

/// One row of the option table. The flag is `--name`, the file's key `name`, the environment
/// variable `THUMBD_NAME` in capitals with underscores.
struct Option {
    std::string_view name;
    OptionType type;
    std::string_view value_name; ///< Of the value, for --help: `HOST:PORT`.
    std::string_view fallback;   ///< The default, written as a user would write it.
    std::string_view accepted;   ///< What may be given: `1 to 256`.
    std::string_view help;       ///< One sentence.

    /// Checks `text` and sets the field. Throws std::invalid_argument when it is not accepted.
    void (*assign)(Settings& settings, std::string_view text);

    std::string environment_name() const;

    /// `text` as it may be shown: without the secrets that a URL can hold.
    std::string redacted(std::string_view text) const;
};

/// The one table that parsing, --help, --print-config and the documentation come from, in the
/// order in which they are shown.
std::span<const Option> option_table();

/// The row named `name`, or null.
const Option* find_option(std::string_view name);

} // namespace thumbd
