#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thumbjobs {

/// Where the blob of a key lies: `blobs/<shard>/<name>`.
///
/// The shard is a hash of the key's first segment. So all blobs of a job share a folder, although
/// ids made at one time begin alike. The name is the key with its slashes written as dots.
struct FilePlace {
    static constexpr int shards = 64;

    int shard = 0; ///< 0 to shards - 1.
    std::string name;

    static FilePlace of_key(std::string_view key);
};

/// `00` to `3f`.
std::string shard_name(int shard);

/// The key of a file's name; nothing for a file that is none of ours.
std::optional<std::string> key_of_name(std::string_view name);

} // namespace thumbjobs
