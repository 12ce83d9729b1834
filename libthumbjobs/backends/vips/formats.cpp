#include "backends/vips/formats.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <array>

namespace thumbjobs::vips {
namespace {

constexpr std::array known{
    InputFormat{"jpeg", "image/jpeg", Loader::jpeg},
    InputFormat{"png", "image/png", Loader::png},
    InputFormat{"gif", "image/gif", Loader::gif},
    InputFormat{"webp", "image/webp", Loader::webp},
    InputFormat{"avif", "image/avif", Loader::heif},
    InputFormat{"heic", "image/heic", Loader::heif},
    InputFormat{"heic", "image/heif", Loader::heif},
    InputFormat{"tiff", "image/tiff", Loader::tiff},
};

constexpr std::array<std::string_view, 4> need_sandbox{"svg", "pdf", "jxl", "jp2"};

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
                    "\" is not known; accepted are jpeg, png, gif, webp, avif, heic and tiff, each "
                    "plain or with + or - before it.");
}

} // namespace

std::span<const InputFormat> known_formats() noexcept {
    return known;
}

FormatSet::FormatSet(const std::optional<std::string>& option) {
    const auto entries = split(option.value_or(""));
    const bool replaces = std::any_of(entries.begin(), entries.end(), [](std::string_view entry) {
        return entry.front() != '+' && entry.front() != '-';
    });
    std::array<bool, known.size()> on{};
    on.fill(!replaces);

    for (const auto entry : entries) {
        const bool remove = entry.front() == '-';
        const auto name = remove || entry.front() == '+' ? entry.substr(1) : entry;
        if (std::find(need_sandbox.begin(), need_sandbox.end(), name) != need_sandbox.end()) {
            if (remove)
                continue;
            throw Error(ErrorCode::invalid_argument,
                        "resizer option \"formats\": " + std::string(name) +
                            " needs the sandbox, since its decoder is not safe inside a server's "
                            "own process.");
        }
        bool found = false;
        for (std::size_t i = 0; i < known.size(); ++i) {
            if (known[i].name == name) {
                on[i] = !remove;
                found = true;
            }
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

} // namespace thumbjobs::vips
