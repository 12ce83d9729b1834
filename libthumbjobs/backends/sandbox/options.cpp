#include "backends/sandbox/options.h"

#include "backends/sandbox/machine_memory.h"
#include "src/decimal.h"
#include "src/text.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace thumbjobs::sandbox {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& value,
                         const std::string& accepted) {
    throw Error(ErrorCode::invalid_argument, "sandbox option \"" + name +
                                                 "\": " + in_quotes(value) +
                                                 " is not accepted; accepted: " + accepted);
}

template <typename Integer>
void take_number(BackendUrl& url, const std::string& name, Integer low, Integer high,
                 Integer& target) {
    const auto text = url.take(name);
    if (!text)
        return;
    const auto value = parse_decimal<Integer>(*text);
    if (!value || *value < low || *value > high)
        refuse(name, *text, std::to_string(low) + " to " + std::to_string(high));
    target = *value;
}

/// Bytes: a number with nothing, KiB, MiB, GiB or TiB behind it.
void take_size(BackendUrl& url, const std::string& name, std::int64_t low, std::int64_t& target) {
    constexpr std::int64_t high = std::int64_t{1} << 40;
    const auto text = url.take(name);
    if (!text)
        return;
    constexpr std::array<std::pair<std::string_view, int>, 4> units{
        {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}}};
    std::string_view digits = *text;
    int shift = 0;
    for (const auto& [unit, bits] : units)
        if (digits.ends_with(unit)) {
            digits.remove_suffix(unit.size());
            shift = bits;
        }
    const auto value = parse_decimal<std::int64_t>(digits);
    if (!value || *value < 0 || *value > high >> shift || *value << shift < low)
        refuse(name, *text, std::to_string(low >> 20) + "MiB to 1TiB");
    target = *value << shift;
}

/// From 10 ms on, to `high`, which is spelled as `high_text`.
void take_duration(BackendUrl& url, const std::string& name, Milliseconds high,
                   const char* high_text, Milliseconds& target) {
    const auto text = url.take(name);
    if (!text)
        return;
    const auto value = parse_duration(*text);
    if (!value || *value < Milliseconds{10} || *value > high)
        refuse(name, *text, std::string("10ms to ") + high_text);
    target = *value;
}

void take_flag(BackendUrl& url, const std::string& name, bool& target) {
    const auto text = url.take(name);
    if (!text)
        return;
    if (*text != "0" && *text != "1")
        refuse(name, *text, "0 or 1");
    target = *text == "1";
}

/// `scheme:rest?the=options&that=are&left=over`
std::string inner_url(const BackendUrl& url) {
    if (url.target.empty())
        throw Error(ErrorCode::invalid_argument,
                    "A sandbox: URL names no resizer; accepted: sandbox:RESIZER, as in "
                    "sandbox:vips:");
    const BackendUrl inner = BackendUrl::parse(url.target);
    if (inner.scheme == "sandbox")
        throw Error(ErrorCode::invalid_argument, "A sandbox: cannot run another sandbox:.");
    // redacted() also writes a URL; a resizer's has no secrets.
    return BackendUrl{inner.scheme, inner.target, url.options}.redacted();
}

} // namespace

Options Options::parse(BackendUrl url) {
    Options options;
    options.worker = url.take("worker").value_or("");
    take_number(url, "helpers", 0, 256, options.helpers);
    take_duration(url, "timeout", Milliseconds{3'600'000}, "1h", options.timeout);
    take_size(url, "memory", 16LL << 20, options.memory);
    take_size(url, "budget", 32LL << 20, options.budget);
    take_flag(url, "per_image", options.per_image);
    take_number(url, "recycle_after", 1, 1'000'000, options.recycle_after);
    take_duration(url, "recycle_older", Milliseconds{86'400'000}, "24h", options.recycle_older);
    take_size(url, "recycle_above", 32LL << 20, options.recycle_above);
    options.inner = inner_url(url);

    if (options.helpers == 0)
        options.helpers = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 256);
    if (options.budget == 0)
        options.budget = std::max<std::int64_t>(machine_memory() / 4 * 3, 32LL << 20);
    return options;
}

std::int64_t Options::image_bound() const noexcept {
    return std::min(memory, budget - budget / 8);
}

std::int64_t Options::cheap() const noexcept {
    return std::min(budget / 8 / helpers, image_bound());
}

std::int64_t Options::cpu_seconds() const noexcept {
    return std::max<std::int64_t>(60, timeout.count() / 100);
}

} // namespace thumbjobs::sandbox
