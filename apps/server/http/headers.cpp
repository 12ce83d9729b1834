#include "headers.h"

#include <algorithm>
#include <utility>

namespace thumbd::http {

namespace {

constexpr std::size_t usual_fields = 16; ///< As many as most messages have, or more.

char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return to_lower(x) == to_lower(y); });
}

void Headers::add(std::string name, std::string value) {
    if (fields_.empty()) {
        fields_.reserve(usual_fields); // instead of moving them four times
    }
    fields_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string_view name, std::string value) {
    remove(name);
    add(std::string(name), std::move(value));
}

void Headers::set_default(std::string_view name, std::string value) {
    if (!contains(name)) {
        add(std::string(name), std::move(value));
    }
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_, [name](const Header& h) { return equals_ignoring_case(h.name, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
    for (const Header& field : fields_) {
        if (equals_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::string_view Headers::get(std::string_view name) const noexcept {
    return find(name).value_or(std::string_view());
}

std::size_t Headers::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(
        std::count_if(fields_.begin(), fields_.end(), [name](const Header& field) {
            return equals_ignoring_case(field.name, name);
        }));
}

} // namespace thumbd::http
