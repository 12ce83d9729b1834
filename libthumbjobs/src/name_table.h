#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace thumbjobs {

/// The texts of an enum's values, in the order of their declaration from 0 on.
template <typename Enum, std::size_t N>
class NameTable {
public:
    template <typename... Names>
    explicit constexpr NameTable(Names... names) : names_{names...} {}

    /// Empty for a value that the enum does not declare.
    constexpr std::string_view name(Enum value) const noexcept {
        const auto index = static_cast<std::size_t>(value);
        return index < N ? names_[index] : std::string_view{};
    }

    constexpr std::optional<Enum> find(std::string_view name) const noexcept {
        for (std::size_t i = 0; i < N; ++i)
            if (names_[i] == name)
                return static_cast<Enum>(i);
        return std::nullopt;
    }

    /// `contain, cover, fill, inside`
    std::string list() const {
        std::string text;
        for (const std::string_view name : names_)
            text.append(text.empty() ? "" : ", ").append(name);
        return text;
    }

private:
    std::array<std::string_view, N> names_;
};

} // namespace thumbjobs
