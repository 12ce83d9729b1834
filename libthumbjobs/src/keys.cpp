#include "src/keys.h"

#include <algorithm>

namespace thumbjobs {
namespace {

constexpr std::string_view original_name = "original";

/// Whether `text` is `<decimal token>-<16 hexadecimal digits>`.
bool is_claim_id(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == 0 || dash == std::string_view::npos)
        return false;
    const std::string_view token = text.substr(0, dash);
    const std::string_view random = text.substr(dash + 1);
    return random.size() == 16 && token.find_first_not_of("0123456789") == std::string_view::npos &&
           random.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

std::string original_key(const JobId& job) {
    return job.to_string().append("/").append(original_name);
}

std::string rendition_key(const JobId& job, std::string_view claim_id, std::string_view name) {
    return job.to_string().append("/").append(claim_id).append("/").append(name);
}

std::optional<ParsedKey> parse_key(std::string_view key) {
    const auto slash = key.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto job = JobId::parse(key.substr(0, slash));
    if (!job)
        return std::nullopt;
    const std::string_view rest = key.substr(slash + 1);
    if (rest == original_name)
        return ParsedKey{*job, {}};
    const auto second = rest.find('/');
    if (second == std::string_view::npos || rest.find('/', second + 1) != std::string_view::npos ||
        !is_claim_id(rest.substr(0, second)))
        return std::nullopt;
    return ParsedKey{*job, rest.substr(0, second)};
}

std::vector<std::string> all_keys(const JobRecord& record) {
    std::vector<std::string> keys = record.rendition_keys;
    std::erase(keys, std::string()); // the store keeps those
    if (!record.original_key.empty())
        keys.push_back(record.original_key);
    // A success names all that its attempt has written.
    if (!record.claim_id.empty() && record.job.state != JobState::succeeded)
        for (const RenditionSpec& spec : record.job.specs) {
            std::string key = rendition_key(record.job.id, record.claim_id, spec.name);
            if (std::find(keys.begin(), keys.end(), key) == keys.end())
                keys.push_back(std::move(key));
        }
    return keys;
}

bool is_named(const JobRecord& record, std::string_view key, const ParsedKey& parsed) {
    if (key == record.original_key)
        return true;
    const auto& keys = record.rendition_keys;
    if (std::find(keys.begin(), keys.end(), key) != keys.end())
        return true;
    const bool may_grow = record.deleted || record.job.state == JobState::processing;
    return may_grow && !parsed.claim_id.empty() && parsed.claim_id == record.claim_id;
}

} // namespace thumbjobs
