#include "src/name_table.h"
#include "src/rendition_names.h"
#include "src/text.h"

#include <thumbjobs/error.h>
#include <thumbjobs/rendition.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace thumbjobs {
namespace {

constexpr NameTable<Fit, 4> fit_names("contain", "cover", "fill", "inside");
constexpr NameTable<Gravity, 11> gravity_names("centre", "attention", "entropy", "north",
                                               "north-east", "east", "south-east", "south",
                                               "south-west", "west", "north-west");
constexpr NameTable<OutputFormat, 5> format_names("auto", "jpeg", "png", "webp", "avif");

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 3> colour_names{{
    {"white", 0xFFFFFFFF},
    {"black", 0x000000FF},
    {"transparent", 0x00000000},
}};

constexpr std::size_t max_specs = 32;

bool is_rendition_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

[[noreturn]] void refuse(const std::string& field, const std::string& value,
                         const std::string& accepted) {
    throw Error(ErrorCode::invalid_argument, field + " is " + value + "; accepted: " + accepted);
}

void check_range(const std::string& field, int value, int lowest, int highest,
                 const std::string& note) {
    if (value < lowest || value > highest)
        refuse(field, std::to_string(value),
               std::to_string(lowest) + " to " + std::to_string(highest) + note);
}

template <typename Enum>
void check_declared(const std::string& field, Enum value, const std::string& accepted) {
    if (to_string(value).empty())
        refuse(field, std::to_string(static_cast<int>(value)), accepted);
}

void validate(const RenditionSpec& spec, const std::string& path) {
    if (!is_rendition_name(spec.name))
        refuse(path + ".name", in_quotes(spec.name), "1 to 64 of the characters a-z 0-9 _ -");
    check_range(path + ".width", spec.width, 1, RenditionSpec::max_size, " pixels");
    check_range(path + ".height", spec.height, 1, RenditionSpec::max_size, " pixels");
    check_declared(path + ".fit", spec.fit, accepted_fits());
    check_declared(path + ".gravity", spec.gravity, accepted_gravities());
    check_declared(path + ".format", spec.format, accepted_formats());
    check_range(path + ".quality", spec.quality, 0, 100, " (0: the format's default)");
}

} // namespace

void validate(const std::vector<RenditionSpec>& specs) {
    if (specs.empty() || specs.size() > max_specs)
        throw Error(ErrorCode::invalid_argument, "renditions has " + std::to_string(specs.size()) +
                                                     " entries; accepted: 1 to " +
                                                     std::to_string(max_specs));
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < specs.size(); ++i) {
        const std::string path = "renditions[" + std::to_string(i) + "]";
        validate(specs[i], path);
        if (!names.insert(specs[i].name).second)
            refuse(path + ".name", in_quotes(specs[i].name) + " a second time",
                   "a name that no other rendition of the job has");
    }
}

std::string accepted_fits() {
    return fit_names.list();
}

std::string accepted_gravities() {
    return gravity_names.list();
}

std::string accepted_formats() {
    return format_names.list();
}

std::string_view to_string(Fit fit) noexcept {
    return fit_names.name(fit);
}

std::string_view to_string(Gravity gravity) noexcept {
    return gravity_names.name(gravity);
}

std::string_view to_string(OutputFormat format) noexcept {
    return format_names.name(format);
}

std::optional<Fit> parse_fit(std::string_view name) noexcept {
    return fit_names.find(name);
}

std::optional<Gravity> parse_gravity(std::string_view name) noexcept {
    return gravity_names.find(name);
}

std::optional<OutputFormat> parse_output_format(std::string_view name) noexcept {
    return format_names.find(name);
}

std::optional<std::uint32_t> parse_colour(std::string_view text) noexcept {
    for (const auto& [name, rgba] : colour_names)
        if (name == text)
            return rgba;
    if (!text.empty() && text.front() == '#')
        text.remove_prefix(1);
    if (text.size() != 3 && text.size() != 6 && text.size() != 8)
        return std::nullopt;
    std::uint32_t rgba = 0;
    for (const char c : text) {
        const int digit = hex_digit(c);
        if (digit < 0)
            return std::nullopt;
        rgba = rgba << 4 | static_cast<std::uint32_t>(digit);
        if (text.size() == 3) // #rgb means #rrggbb
            rgba = rgba << 4 | static_cast<std::uint32_t>(digit);
    }
    return text.size() == 8 ? rgba : rgba << 8 | 0xFF;
}

std::string format_colour(std::uint32_t rgba) {
    std::string text = "#";
    for (int shift = 24; shift >= 0; shift -= 8) {
        const auto byte = static_cast<std::byte>(rgba >> shift & 0xFF);
        text += to_hex(ByteView(&byte, 1));
    }
    return text;
}

} // namespace thumbjobs
