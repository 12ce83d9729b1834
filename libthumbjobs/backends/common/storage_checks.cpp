#include "backends/common/storage_checks.h"

#include "src/text.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <string>

namespace thumbjobs {

void require_storage_key(std::string_view key) {
    if (!is_storage_key(key))
        throw Error(ErrorCode::invalid_argument,
                    "The storage key is " + in_quotes(key) +
                        "; accepted: one to five segments of a-z 0-9 - _ joined by /, at most 200 "
                        "characters");
}

void require_list_limit(int limit) {
    if (limit < 1 || limit > 1000)
        throw Error(ErrorCode::invalid_argument,
                    "limit is " + std::to_string(limit) + "; accepted: 1 to 1000");
}

bool is_store_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

void require_store_id(std::string_view store_id) {
    if (!is_store_id(store_id))
        throw Error(ErrorCode::invalid_argument,
                    "The store id is " + in_quotes(store_id) +
                        "; accepted: 1 to 64 of the characters a-z 0-9 -");
}

void throw_bad_cursor(std::string_view cursor) {
    throw Error(ErrorCode::invalid_argument,
                "The cursor is " + in_quotes(cursor) +
                    "; accepted: one that the same storage's listing gave, or none");
}

void throw_no_blob(std::string_view key) {
    throw Error(ErrorCode::not_found, "The image is not stored (any more).", std::string(key));
}

} // namespace thumbjobs
