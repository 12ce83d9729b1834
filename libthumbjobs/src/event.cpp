#include "src/name_table.h"

#include <thumbjobs/event.h>

namespace thumbjobs {
namespace {

constexpr NameTable<LogLevel, 4> level_names("debug", "info", "warning", "error");

} // namespace

std::string_view to_string(LogLevel level) noexcept {
    return level_names.name(level);
}

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
    return level_names.find(name);
}

} // namespace thumbjobs
