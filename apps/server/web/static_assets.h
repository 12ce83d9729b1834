#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace thumbd {

/// A file that is compiled into thumbd: a part of the page at `/` or of `/docs`. All views live
/// as long as the process.
struct StaticAsset {
    std::string_view bytes;
    std::string_view media_type;              ///< With its charset.
    std::string_view etag;                    ///< Strong, in quotes; a hash of the bytes.
    std::string_view content_security_policy; ///< Of a document; empty for what documents load.
};

struct StaticAssetEntry {
    std::string_view path; ///< As it stands in a request: begins with `/`, has no query.
    StaticAsset asset;
};

/// Every asset. They change with the program only, so that `Cache-Control:
/// no-cache` and the ETag suit them all. Thread-safe.
std::span<const StaticAssetEntry> static_assets();

/// The asset at exactly this path. Thread-safe.
std::optional<StaticAsset> find_asset(std::string_view path);

} // namespace thumbd
