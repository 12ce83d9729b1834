#include "backends/redis/store/script_text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace thumbjobs::redis {
namespace {

constexpr std::string_view local = "local ";
constexpr std::string_view local_function = "local function ";

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool uses(std::string_view text, std::string_view name) {
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string_view::npos; ++at) {
        const std::size_t end = at + name.size();
        if ((at == 0 || !is_of_name(text[at - 1])) &&
            (end == text.size() || !is_of_name(text[end])))
            return true;
    }
    return false;
}

/// `a, b` of `local a, b = 1, 2`, `f` of `local function f(x)`.
std::vector<std::string_view> names_of(std::string_view definition) {
    const bool is_function = definition.starts_with(local_function);
    definition.remove_prefix(is_function ? local_function.size() : local.size());
    definition = definition.substr(0, definition.find_first_of(is_function ? "(" : "=\n"));
    std::vector<std::string_view> names;
    for (std::string_view name : split(definition, ',')) {
        name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
        names.push_back(name.substr(0, name.find(' ')));
    }
    return names;
}

/// `1, 2` of `local a, b = 1, 2` if all of these are numbers, texts or keys (`P .. 'name'`); else
/// nothing.
std::vector<std::string_view> constants_of(std::string_view definition) {
    const std::size_t equals = definition.find(" = ");
    if (definition.starts_with(local_function) || equals == std::string_view::npos)
        return {};
    std::vector<std::string_view> values = split(definition.substr(equals + 3), ',');
    for (std::string_view& value : values) {
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        const bool is_text =
            value.ends_with('\'') && (value.starts_with('\'') || value.starts_with("P .. '"));
        if (!is_text && value.find_first_not_of("0123456789") != std::string_view::npos)
            return {};
    }
    return values;
}

/// `text` with `value` wherever `name` stands outside of quotes.
std::string put_in(std::string_view text, std::string_view name, std::string_view value) {
    std::string result;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size();) {
        const char before = at == 0 ? ' ' : text[at - 1];
        const std::size_t end = at + name.size();
        if (text[at] == '\'' && before != '\\')
            quoted = !quoted;
        if (!quoted && text.substr(at).starts_with(name) && !is_of_name(before) &&
            (end == text.size() || !is_of_name(text[end]))) {
            result += '(';
            result += value;
            result += ')';
            at = end;
        } else {
            result += text[at++];
        }
    }
    return result;
}

std::vector<std::string_view> definitions_of(std::string_view common) {
    std::vector<std::string_view> definitions;
    for (std::string_view paragraph : split(common, '\f')) {
        paragraph.remove_prefix(std::min(paragraph.find_first_not_of('\n'), paragraph.size()));
        if (paragraph.starts_with(local_function))
            definitions.push_back(paragraph);
        else
            for (const std::string_view line : split(paragraph, '\n'))
                if (line.starts_with(local))
                    definitions.push_back(line);
    }
    return definitions;
}

} // namespace

std::string script_text(std::string_view common, std::string_view script) {
    std::string text(script);
    const std::vector<std::string_view> definitions = definitions_of(common);
    for (auto definition = definitions.rbegin(); definition != definitions.rend(); ++definition) {
        const auto names = names_of(*definition);
        if (std::none_of(names.begin(), names.end(),
                         [&text](std::string_view name) { return uses(text, name); }))
            continue;
        const auto constants = constants_of(*definition);
        for (std::size_t i = 0; i < constants.size(); ++i)
            text = put_in(text, names.at(i), constants[i]);
        if (constants.empty())
            text = std::string(*definition) + '\n' + text;
    }
    return text;
}

} // namespace thumbjobs::redis
