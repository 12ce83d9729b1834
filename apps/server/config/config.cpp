#include "config/config.h"

#include "config/values.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

extern char** environ;

namespace thumbd {
namespace {

constexpr std::string_view prefix = "THUMBD_";
constexpr std::size_t max_file_size = 1 << 20;

struct CommandFlag {
    std::string_view name;
    Command command;
};
constexpr std::array command_flags{
    CommandFlag{"help", Command::help},
    CommandFlag{"version", Command::version},
    CommandFlag{"print-config", Command::print_config},
    CommandFlag{"print-config-docs", Command::print_config_docs},
    CommandFlag{"print-config-file", Command::print_config_file},
    CommandFlag{"print-man-page", Command::print_man_page},
    CommandFlag{"print-bash-completion", Command::print_bash_completion},
    CommandFlag{"self-test", Command::self_test},
};

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 80;
    std::string result = "\"";
    for (const char c : text.substr(0, longest))
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return result += text.size() > longest ? "...\"" : "\"";
}

/// `; did you mean "--listen"?`, or nothing.
std::string suggestion(std::string_view given, std::string_view before,
                       std::string (*spell)(const Option&)) {
    std::vector<std::string_view> names{"config"};
    for (const auto& option : option_table())
        names.push_back(option.name);
    for (const auto& flag : command_flags)
        names.push_back(flag.name);
    const auto nearest = nearest_name(given, names);
    if (nearest.empty())
        return {};
    const Option* option = find_option(nearest);
    return "; did you mean " + std::string(before) +
           (option != nullptr ? spell(*option) : std::string(nearest)) + '?';
}

std::string flag_spelling(const Option& option) {
    return std::string(option.name);
}

/// `max_wait` for `THUMBD_MAX_WAIT`, as an option would be named.
std::string option_name_of(std::string_view variable) {
    std::string name;
    for (const char c : variable.substr(prefix.size()))
        name += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
}

class Loader {
public:
    Loader() {
        config_.values.reserve(option_table().size());
        for (const auto& option : option_table())
            config_.values.push_back({&option, std::string(option.fallback), Origin::fallback});
    }

    Config load(std::span<const std::string> arguments, const Environment& environment) {
        read_flags(arguments);
        if (config_.command != Command::serve && config_.command != Command::print_config &&
            config_.command != Command::self_test)
            return std::move(config_); // of no configuration
        if (const auto file = environment.find("THUMBD_CONFIG");
            config_.file.empty() && file != environment.end())
            config_.file = file->second;
        if (!config_.file.empty())
            read_file();
        read_environment(environment);
        for (const auto& [option, value] : flags_)
            set(*option, value, Origin::flag, "--" + std::string(option->name));
        fill_in();
        assign_all();
        complete_store();
        check();
        return std::move(config_);
    }

private:
    void read_flags(std::span<const std::string> arguments) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const std::string_view argument = arguments[i];
            if (argument == "-h") {
                config_.command = Command::help;
                continue;
            }
            if (!argument.starts_with("--") || argument.size() == 2)
                throw ConfigError("unexpected argument " + in_quotes(argument) +
                                  "; options are written --name VALUE (see --help)");
            const auto equals = argument.find('=');
            const auto name =
                argument.substr(2, equals == std::string_view::npos ? equals : equals - 2);
            std::optional<std::string> value;
            if (equals != std::string_view::npos)
                value = argument.substr(equals + 1);
            if (!value && read_command(name))
                continue;
            const Option* option = find_option(name);
            if (option == nullptr && name != "config")
                throw ConfigError("unknown option --" + std::string(name.substr(0, 80)) +
                                  suggestion(name, "--", flag_spelling));
            if (!value && option != nullptr && option->type == OptionType::flag)
                value = "true";
            if (!value && i + 1 < arguments.size())
                value = arguments[++i];
            if (!value)
                throw ConfigError("--" + std::string(name) + " needs a value: " +
                                  std::string(option != nullptr ? option->accepted : "a file"));
            if (option == nullptr)
                config_.file = *value;
            else
                flags_.emplace_back(option, *value);
        }
    }

    bool read_command(std::string_view name) {
        for (const auto& flag : command_flags) {
            if (flag.name == name) {
                config_.command = flag.command;
                return true;
            }
        }
        return false;
    }

    void read_file() {
        std::ifstream stream(config_.file, std::ios::binary);
        if (!stream || std::filesystem::is_directory(config_.file))
            throw ConfigError("cannot read the configuration file " + in_quotes(config_.file));
        std::string text(max_file_size + 1, '\0');
        stream.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(stream.gcount()));
        if (text.size() > max_file_size)
            throw ConfigError("the configuration file " + in_quotes(config_.file) +
                              " is larger than 1 MiB");
        for (const auto& entry : parse_config_text(text, config_.file)) {
            const std::string where = config_.file + ':' + std::to_string(entry.line);
            const Option* option = find_option(entry.key);
            if (option == nullptr)
                throw ConfigError(where + ": unknown key " + in_quotes(entry.key) +
                                  suggestion(entry.key, "", flag_spelling));
            set(*option, entry.value, Origin::file, where + ": " + entry.key);
        }
    }

    void read_environment(const Environment& environment) {
        for (const auto& [variable, value] : environment) {
            if (variable == "THUMBD_CONFIG")
                continue;
            const std::string name = option_name_of(variable);
            const Option* option = find_option(name);
            if (option == nullptr || option->environment_name() != variable)
                throw ConfigError("unknown environment variable " + variable.substr(0, 80) +
                                  suggestion(name, "", [](const Option& known) {
                                      return known.environment_name();
                                  }));
            set(*option, value, Origin::environment, variable);
        }
    }

    void set(const Option& option, const std::string& text, Origin origin,
             const std::string& where) {
        Settings scratch;
        try {
            option.assign(scratch, text);
        } catch (const std::invalid_argument&) {
            throw ConfigError(where + ": " + in_quotes(option.redacted(text)) +
                              " is not accepted; it takes " + std::string(option.accepted));
        }
        auto& value = value_of(option.name);
        value.text = text;
        value.origin = origin;
    }

    EffectiveValue& value_of(std::string_view name) {
        return *std::find_if(
            config_.values.begin(), config_.values.end(),
            [name](const EffectiveValue& value) { return value.option->name == name; });
    }

    /// Defaults that depend on other values or on the user.
    void fill_in() {
        auto& data_dir = value_of("data-dir").text;
        if (data_dir.empty())
            data_dir = default_data_dir();
        if (data_dir.empty() &&
            (value_of("store").text.empty() || value_of("storage").text.empty()))
            throw ConfigError("no data folder: HOME is not set; give --data-dir");
        const auto options = thumbjobs::EngineOptions::in_directory(data_dir);
        for (const auto& [name, fallback] :
             {std::pair<std::string_view, std::string>{"store", options.store},
              {"storage", options.storage},
              {"spool-dir", data_dir}})
            if (auto& text = value_of(name).text; text.empty())
                text = fallback;
    }

    static std::string default_data_dir() {
        // No other thread runs yet.
        if (const char* base = std::getenv("XDG_DATA_HOME"); base != nullptr && *base == '/')
            return std::string(base) + "/thumbjobs";
        if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
            return std::string(home) + "/.local/share/thumbjobs";
        return {};
    }

    void assign_all() {
        for (const auto& value : config_.values)
            value.option->assign(config_.settings, value.text);
        if (config_.settings.role == Role::api)
            config_.settings.workers = 0;
    }

    void check() const {
        const Settings& settings = config_.settings;
        if (settings.tls_cert.empty() != settings.tls_key.empty())
            throw ConfigError("--tls-cert and --tls-key go together; only one was given");
        if (settings.token_file.empty() && !settings.insecure && !is_loopback(settings.listen))
            throw ConfigError("--listen " + format_endpoint(settings.listen) +
                              " is open to other machines; give --token-file, or --insecure to "
                              "serve everybody");
    }

    /// What an option of thumbd's adds to the store's URL.
    void complete_store() {
        Settings& settings = config_.settings;
        if (settings.redis_durability.empty())
            return;
        if (!settings.store.starts_with("redis"))
            throw ConfigError("--redis-durability is for a --store in Redis, not " +
                              find_option("store")->redacted(settings.store));
        settings.store += settings.store.find('?') == std::string::npos ? '?' : '&';
        settings.store += "durability=" + settings.redis_durability;
    }

    Config config_;
    std::vector<std::pair<const Option*, std::string>> flags_;
};

} // namespace

Environment thumbd_environment() {
    Environment result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (text.starts_with(prefix) && equals != std::string_view::npos)
            result.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

std::vector<FileEntry> parse_config_text(std::string_view text, const std::string& file) {
    std::vector<FileEntry> entries;
    int number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        const std::string where = file + ':' + std::to_string(number) + ": ";
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
                line = line.substr(0, i);
                break;
            }
        }
        line = trimmed(line);
        if (line.empty())
            continue;
        if (std::any_of(line.begin(), line.end(), [](char c) {
                return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
            }))
            throw ConfigError(where + "control characters are not accepted");
        const auto equals = line.find('=');
        const auto key = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || key.empty())
            throw ConfigError(where + "expected `key = value`");
        if (std::any_of(entries.begin(), entries.end(),
                        [key](const FileEntry& entry) { return entry.key == key; }))
            throw ConfigError(where + in_quotes(key) + " was given before");
        entries.push_back(
            {std::string(key), std::string(trimmed(line.substr(equals + 1))), number});
    }
    return entries;
}

Config load_config(std::span<const std::string> arguments, const Environment& environment) {
    return Loader().load(arguments, environment);
}

std::string_view to_string(Origin origin) noexcept {
    switch (origin) {
    case Origin::fallback:
        return "default";
    case Origin::file:
        return "file";
    case Origin::environment:
        return "environment";
    case Origin::flag:
        return "flag";
    }
    return "default";
}

} // namespace thumbd
