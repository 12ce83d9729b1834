#pragma once

#include <thumbjobs/time.h>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace thumbjobs {

/// Writes compact JSON text, member by member, in the order of the calls. Strings that are no
/// well-formed UTF-8 are repaired, so the text always is. The caller balances begin and end.
class JsonWriter {
public:
    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }

    /// The name of the member that the next value belongs to.
    void key(std::string_view name);

    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(double number); ///< Finite; the shortest text that reads back to it.
    void value(WallTime time) { value(std::string_view(format_time(time))); }
    void value(std::nullptr_t);
    void value(std::same_as<bool> auto flag) { raw(flag ? "true" : "false"); }
    void value(std::integral auto number) requires(!std::same_as<decltype(number), bool>) {
        raw(std::to_string(number));
    }
    template <typename T>
    void value(const std::optional<T>& optional) {
        if (optional)
            value(*optional);
        else
            value(nullptr);
    }

    template <typename T>
    void member(std::string_view name, const T& content) {
        key(name);
        value(content);
    }

    std::string take() { return std::move(text_); }

private:
    void open(char bracket);
    void close(char bracket);
    void raw(std::string_view text);
    void separate();
    void append_string(std::string_view text);

    std::string text_;
    bool first_ = true; ///< Nothing stands before the next element.
};

} // namespace thumbjobs
