#include "src/metadata.h"

#include "src/text.h"

#include <thumbjobs/error.h>

namespace thumbjobs {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_argument, what);
}

} // namespace

void validate_metadata(const std::map<std::string, std::string>& metadata) {
    if (metadata.size() > max_metadata_entries)
        refuse("metadata has " + std::to_string(metadata.size()) + " entries; accepted: at most " +
               std::to_string(max_metadata_entries));
    for (const auto& [key, value] : metadata) {
        if (key.empty() || key.size() > max_metadata_key_bytes)
            refuse("metadata has the key " + in_quotes(key) + " of " + std::to_string(key.size()) +
                   " bytes; accepted: 1 to " + std::to_string(max_metadata_key_bytes));
        if (value.size() > max_metadata_value_bytes)
            refuse("metadata[" + in_quotes(key) + "] has " + std::to_string(value.size()) +
                   " bytes; accepted: at most " + std::to_string(max_metadata_value_bytes));
        if (!is_utf8(key) || !is_utf8(value))
            refuse("metadata[" + in_quotes(key) + "] is not UTF-8; accepted: UTF-8 text");
    }
}

} // namespace thumbjobs
