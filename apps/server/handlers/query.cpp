#include "handlers/query.h"

#include "config/values.h"
#include "http/target.h"

#include <algorithm>

namespace thumbd {
namespace {

constexpr std::size_t max_parameters = 100;

std::string decoded(std::string_view text) {
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    auto result = http::percent_decode(spaced);
    if (!result || !http::is_valid_utf8(*result) || result->find('\0') != std::string::npos)
        throw BadRequest(
            {400, "invalid_argument", "The query is not percent-encoded UTF-8.", {}, 0});
    return std::move(*result);
}

} // namespace

Parameters Parameters::parse(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (pair.empty())
            continue;
        if (parameters.values_.size() == max_parameters)
            throw BadRequest(
                {400, "invalid_argument", "The query has too many parameters.", {}, 0});
        const auto equals = pair.find('=');
        parameters.add(decoded(pair.substr(0, equals)), equals == std::string_view::npos
                                                            ? std::string()
                                                            : decoded(pair.substr(equals + 1)));
    }
    return parameters;
}

void Parameters::add(std::string name, std::string value) {
    values_.emplace_back(std::move(name), std::move(value));
}

void Parameters::refuse_unknown(std::span<const Parameter> known) const {
    for (const auto& [name, value] : values_) {
        std::string accepted;
        bool found = false;
        for (const auto& parameter : known) {
            if (parameter.in_header)
                continue;
            found = found || parameter.name == name;
            accepted += (accepted.empty() ? "" : ", ") + std::string(parameter.name);
        }
        if (!found)
            throw BadRequest({400,
                              "invalid_argument",
                              "Unknown parameter \"" + name.substr(0, 64) +
                                  (accepted.empty() ? "\"; this call takes none."
                                                    : "\"; this call takes " + accepted + '.'),
                              {},
                              0});
    }
}

bool Parameters::contains(std::string_view name) const noexcept {
    return std::any_of(values_.begin(), values_.end(),
                       [name](const auto& pair) { return pair.first == name; });
}

std::optional<std::string> Parameters::text(std::string_view name) const {
    std::optional<std::string> found;
    for (const auto& [known, value] : values_) {
        if (known != name)
            continue;
        if (found)
            throw BadRequest(
                {400, "invalid_argument", std::string(name) + " was given twice.", {}, 0});
        found = value;
    }
    return found;
}

std::optional<std::int64_t> Parameters::integer(std::string_view name, std::int64_t low,
                                                std::int64_t high) const {
    const auto given = text(name);
    if (!given)
        return std::nullopt;
    const bool negative = given->starts_with('-');
    auto value = parse_integer(std::string_view(*given).substr(negative ? 1 : 0));
    if (value && negative)
        value = -*value;
    if (!value || *value < low || *value > high)
        throw BadRequest(bad_parameter(name, *given,
                                       "a whole number from " + std::to_string(low) + " to " +
                                           std::to_string(high)));
    return value;
}

std::optional<bool> Parameters::flag(std::string_view name) const {
    const auto given = text(name);
    if (!given)
        return std::nullopt;
    const auto value = given->empty() ? std::optional(true) : parse_flag(*given);
    if (!value)
        throw BadRequest(bad_parameter(name, *given, "true or false"));
    return value;
}

std::vector<std::string> Parameters::list(std::string_view name) const {
    std::vector<std::string> items;
    for (const auto& [known, value] : values_) {
        if (known != name)
            continue;
        std::string_view rest = value;
        do {
            const auto comma = rest.find(',');
            items.emplace_back(trimmed(rest.substr(0, comma)));
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        } while (!rest.empty());
    }
    return items;
}

} // namespace thumbd
