#include "sandbox.h"

#include <thumbjobs/error.h>
#include <thumbjobs/registry.h>

#include <string_view>
#include <utility>

namespace thumbd {
namespace {

using thumbjobs::BackendUrl;
using thumbjobs::Registry;

/// One pixel.
constexpr std::string_view smallest_gif("GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377!\371\4\0\0\0\0\0,"
                                        "\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
                                        43);

} // namespace

std::string resizer_url(const Settings& settings, bool sandboxed) {
    BackendUrl url = BackendUrl::parse(settings.resizer);
    if (!settings.formats.empty())
        url.options["formats"] = settings.formats;
    if (settings.prefer_embedded_preview)
        url.options["prefer_embedded_preview"] = "1";
    if (settings.threads_per_image != 0)
        url.options["threads_per_image"] = std::to_string(settings.threads_per_image);
    if (sandboxed && url.scheme != "sandbox") {
        url.target = std::exchange(url.scheme, "sandbox") + ':' + url.target;
        url.options["helpers"] = std::to_string(settings.workers);
        url.options["timeout"] = thumbjobs::format_duration(settings.resize_timeout);
        url.options["memory"] = std::to_string(settings.resize_memory);
        if (settings.memory_budget != 0)
            url.options["budget"] = std::to_string(settings.memory_budget);
        if (settings.sandbox == SandboxMode::per_image)
            url.options["per_image"] = "1";
    }
    return url.redacted(); // there are no secrets in a resizer's URL
}

OpenedResizer open_resizer(const Settings& settings) {
    const auto open = [&settings](bool sandboxed) {
        return Registry::builtin().open_resizer(resizer_url(settings, sandboxed), {});
    };
    if (settings.sandbox == SandboxMode::off)
        return {open(false)};
    try {
        return {open(true), true};
    } catch (const thumbjobs::Error& error) {
        if (settings.sandbox != SandboxMode::automatic)
            throw;
        std::string reason = error.what();
        if (!error.detail().empty())
            reason += " (" + error.detail() + ')';
        return {open(false), false, std::move(reason)};
    }
}

std::string self_test(const Settings& settings) {
    const auto resizer = Registry::builtin().open_resizer(resizer_url(settings, true), {});
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    resizer->resize({.input = thumbjobs::as_bytes(smallest_gif), .specs = specs, .limits = limits});
    return "self-test passed: " + resizer->describe();
}

} // namespace thumbd
