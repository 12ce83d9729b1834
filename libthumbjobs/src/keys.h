#pragma once

#include <thumbjobs/job_store.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// `<job>/original`
std::string original_key(const JobId& job);

/// `<job>/<claim id>/<name>`
std::string rendition_key(const JobId& job, std::string_view claim_id, std::string_view name);

/// A storage key taken apart.
struct ParsedKey {
    JobId job;
    std::string_view claim_id; ///< Empty for an original. Borrowed from the key.
};

/// Nothing for a key that no engine makes.
std::optional<ParsedKey> parse_key(std::string_view key);

/// Every key that `record` names or that its latest attempt may have written.
std::vector<std::string> all_keys(const JobRecord& record);

/// Whether the blob under `key` belongs to the job of `record`; false for what a former attempt
/// left behind.
bool is_named(const JobRecord& record, std::string_view key, const ParsedKey& parsed);

} // namespace thumbjobs
