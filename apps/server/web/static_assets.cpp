#include "web/static_assets.h"

#include <algorithm>

namespace thumbd {

std::optional<StaticAsset> find_asset(std::string_view path) {
    const auto assets = static_assets();
    const auto found = std::ranges::find(assets, path, &StaticAssetEntry::path);
    if (found == assets.end())
        return std::nullopt;
    return found->asset;
}

} // namespace thumbd
