#pragma once

#include <thumbjobs/storage.h>

#include <string_view>

namespace thumbjobs {

// What every storage checks of its callers, with the same words.

/// Throws Error(invalid_argument) unless is_storage_key(key).
void require_storage_key(std::string_view key);

/// Throws Error(invalid_argument) unless `limit` is 1 to 1000.
void require_list_limit(int limit);

/// Whether `text` is 1 to 64 of `a-z 0-9 -`.
bool is_store_id(std::string_view text) noexcept;

/// Throws Error(invalid_argument) unless is_store_id(store_id).
void require_store_id(std::string_view store_id);

/// Throws Error(invalid_argument) for a list cursor that list() never gave.
[[noreturn]] void throw_bad_cursor(std::string_view cursor);

/// Throws Error(not_found) for a key without a blob.
[[noreturn]] void throw_no_blob(std::string_view key);

} // namespace thumbjobs
