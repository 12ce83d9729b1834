#pragma once

#include "config/options.h"
#include "config/settings.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbd {

/// Where a value came from; the later wins.
enum class Origin { fallback, file, environment, flag };

struct EffectiveValue {
    const Option* option = nullptr;
    std::string text;
    Origin origin = Origin::fallback;
};

/// What the command line asks for beside the settings.
enum class Command {
    serve,
    help,
    version,
    print_config,
    print_config_docs,
    print_config_file,
    print_man_page,
    print_bash_completion,
    self_test,
};

struct Config {
    Command command = Command::serve;
    std::string file; ///< The configuration file, if one was named.
    Settings settings;
    std::vector<EffectiveValue> values; ///< One for each row of the option table, in its order.
};

using Environment = std::map<std::string, std::string>;

/// The variables of this process that begin with `THUMBD_`.
Environment thumbd_environment();

/// One `key = value` of a configuration file.
struct FileEntry {
    std::string key;
    std::string value;
    int line = 0;
};

/// Reads `key = value` lines. Blank lines and what follows a `#` (at the start of a line or after a
/// space) are skipped. Throws ConfigError naming `file` and the line: no `=`, an empty or repeated
/// key, a control character.
std::vector<FileEntry> parse_config_text(std::string_view text, const std::string& file);

/// Puts the settings together: flags win over the environment, that over the file. Throws
/// ConfigError for an unknown name (suggesting the nearest), a value that is not accepted (naming
/// what is) and for values that contradict each other.
Config load_config(std::span<const std::string> arguments, const Environment& environment);

std::string_view to_string(Origin origin) noexcept;

} // namespace thumbd
