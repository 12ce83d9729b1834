#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbd::http {

/// Compares ASCII text without regard to case, as HTTP compares field names and tokens.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

struct Header {
    std::string name;
    std::string value;
};

/// The header fields of one message in their order. Names are compared without regard to case.
/// A plain value: may be read from several threads, changed by one.
class Headers {
public:
    using const_iterator = std::vector<Header>::const_iterator;

    Headers() = default;
    Headers(std::initializer_list<Header> fields) : fields_(fields) {}

    /// Appends a field, whether or not the name is there already.
    void add(std::string name, std::string value);

    /// Makes this the only field of its name.
    void set(std::string_view name, std::string value);

    /// Adds the field unless the name is there already.
    void set_default(std::string_view name, std::string value);

    void remove(std::string_view name);

    /// The value of the first field of that name.
    std::optional<std::string_view> find(std::string_view name) const noexcept;

    /// As find(), with an empty value where the field is missing.
    std::string_view get(std::string_view name) const noexcept;

    bool contains(std::string_view name) const noexcept { return find(name).has_value(); }
    std::size_t count(std::string_view name) const noexcept;

    const_iterator begin() const noexcept { return fields_.begin(); }
    const_iterator end() const noexcept { return fields_.end(); }
    std::size_t size() const noexcept { return fields_.size(); }
    bool empty() const noexcept { return fields_.empty(); }

private:
    std::vector<Header> fields_;
};

} // namespace thumbd::http
