#include "backends/s3/profile_file.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace thumbjobs {
namespace {

constexpr std::string_view blank = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blank);
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// Where a shared file is: the variable's, or in the home folder; empty where there is neither.
std::string shared_file(const char* variable, const char* name, const Variables& variables) {
    if (const auto path = variables(variable))
        return *path;
    const auto home = variables("HOME");
    return home ? *home + "/.aws/" + name : std::string();
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!path.empty() && file)
        text << file.rdbuf();
    return text.str();
}

} // namespace

std::map<std::string, std::string> parse_profile_text(std::string_view text,
                                                      std::string_view section) {
    std::map<std::string, std::string> values;
    bool inside = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view raw = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::string_view line = trimmed(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            continue;
        if (line.front() == '[') {
            const std::size_t close = line.find(']');
            inside = close != line.npos && trimmed(line.substr(1, close - 1)) == section;
            continue;
        }
        const std::size_t equals = line.find('=');
        if (!inside || equals == line.npos || raw.front() == ' ' || raw.front() == '\t')
            continue;
        std::string_view value = line.substr(equals + 1);
        value = value.substr(0, std::min(value.find(" #"), value.find(" ;")));
        values.insert_or_assign(std::string(trimmed(line.substr(0, equals))),
                                std::string(trimmed(value)));
    }
    return values;
}

std::optional<std::string> Profile::find(const std::string& key) const {
    const auto found = values.find(key);
    if (found == values.end() || found->second.empty())
        return std::nullopt;
    return found->second;
}

Profile read_profile(const std::string& name, const Variables& variables) {
    Profile profile;
    const auto of_environment = variables("AWS_PROFILE");
    profile.asked_for = !name.empty() || of_environment;
    profile.name = !name.empty() ? name : of_environment.value_or("default");
    // The two files name their sections differently.
    const std::string section =
        profile.name == "default" ? profile.name : "profile " + profile.name;
    profile.values =
        parse_profile_text(read_text(shared_file("AWS_CONFIG_FILE", "config", variables)), section);
    for (const auto& [key, value] : parse_profile_text(
             read_text(shared_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", variables)),
             profile.name))
        profile.values.insert_or_assign(key, value);
    return profile;
}

} // namespace thumbjobs
