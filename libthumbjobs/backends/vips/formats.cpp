#include "backends/vips/formats.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <array>

namespace thumbjobs::vips {
namespace {

// clang-format off
constexpr std::array known{
    InputFormat{"jpeg", "image/jpeg", Loader::jpeg},
    InputFormat{"png", "image/png", Loader::png},
    InputFormat{"gif", "image/gif", Loader::gif},
    InputFormat{"webp", "image/webp", Loader::webp},
    InputFormat{"avif", "image/avif", Loader::heif},
    InputFormat{"heic", "image/heic", Loader::heif},
    InputFormat{"heic", "image/heif", Loader::heif},
    InputFormat{"tiff", "image/tiff", Loader::tiff},
    InputFormat{"svg", "image/svg+xml", Loader::svg, true},
    InputFormat{"pdf", "application/pdf", Loader::pdf, true},
    InputFormat{"jxl", "image/jxl", Loader::jxl, true},
    InputFormat{"jp2", "image/jp2", Loader::jp2, true},
};
// clang-format on

std::vector<std::string_view> split(std::string_view list) {
    std::vector<std::string_view> entries;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (comma > 0)
            entries.push_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return entries;
}

[[noreturn]] void refuse(std::string_view entry) {
    throw Error(ErrorCode::invalid_argument,
                "resizer option \"formats\": \"" + std::string(entry) +
                    "\" is not known; accepted are jpeg, png, gif, webp, avif, heic and tiff, "
                    "and in the sandbox svg, pdf, jxl and jp2, each plain or with + or - before "
                    "it.");
}

[[noreturn]] void refuse_outside_sandbox(std::string_view name) {
    throw Error(ErrorCode::invalid_argument,
                "resizer option \"formats\": " + std::string(name) +
                    " needs the sandbox, since its decoder is not safe inside a server's own "
                    "process.");
}

} // namespace

std::span<const InputFormat> known_formats() noexcept {
    return known;
}

FormatSet::FormatSet(const std::optional<std::string>& option, bool isolated) {
    const std::string list = option.value_or("");
    const auto entries = split(list); // views into the list
    const bool replaces = std::any_of(entries.begin(), entries.end(), [](std::string_view entry) {
        return entry.front() != '+' && entry.front() != '-';
    });
    std::array<bool, known.size()> on{};
    for (std::size_t i = 0; i < known.size(); ++i)
        on[i] = !replaces && !known[i].isolated_only;

    for (const auto entry : entries) {
        const bool remove = entry.front() == '-';
        const auto name = remove || entry.front() == '+' ? entry.substr(1) : entry;
        bool found = false;
        for (std::size_t i = 0; i < known.size(); ++i) {
            if (known[i].name != name)
                continue;
            if (known[i].isolated_only && !isolated && !remove)
                refuse_outside_sandbox(name);
            on[i] = !remove;
            found = true;
        }
        if (!found)
            refuse(entry);
    }

    for (std::size_t i = 0; i < known.size(); ++i)
        if (on[i])
            enabled_.push_back(&known[i]);
    if (enabled_.empty())
        throw Error(ErrorCode::invalid_argument,
                    "resizer option \"formats\": at least one format must stay switched on.");
}

const InputFormat* FormatSet::find(std::string_view media_type) const noexcept {
    for (const auto* format : enabled_)
        if (format->media_type == media_type)
            return format;
    return nullptr;
}

std::vector<std::string> FormatSet::media_types() const {
    std::vector<std::string> types;
    for (const auto* format : enabled_)
        types.emplace_back(format->media_type);
    return types;
}

bool FormatSet::accepts(Loader loader) const noexcept {
    return std::any_of(enabled_.begin(), enabled_.end(),
                       [loader](const InputFormat* format) { return format->loader == loader; });
}

} // namespace thumbjobs::vips
