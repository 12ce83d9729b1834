#include "view/preset_edit.h"

#include <algorithm>

namespace desktop {
namespace {

Preset preset_of(const PresetDraft& draft) {
    return {draft.id, draft.name, draft.renditions};
}

int row_of(const Presets& presets, const QString& id) {
    for (int row = 0; row < presets.count(); ++row) {
        if (presets.at(row).id == id)
            return row;
    }
    return -1;
}

} // namespace

std::vector<PresetDraft> drafts_of(const Presets& presets) {
    std::vector<PresetDraft> drafts;
    for (int row = 0; row < presets.count(); ++row) {
        const auto& preset = presets.at(row);
        drafts.push_back({preset.id, preset.name, preset.renditions});
    }
    return drafts;
}

void apply_drafts(Presets& presets, const std::vector<PresetDraft>& drafts, int chosen) {
    std::vector<QString> dropped;
    for (int row = 0; row < presets.count(); ++row) {
        const auto& id = presets.at(row).id;
        if (std::none_of(drafts.begin(), drafts.end(),
                         [&id](const PresetDraft& draft) { return draft.id == id; }))
            dropped.push_back(id);
    }
    // One preset at least is always there, and a name may be free only once another preset has
    // given it up: what is refused is tried again.
    std::vector<PresetDraft> open = drafts;
    for (int round = 0; round < 3; ++round) {
        std::erase_if(open, [&presets](const PresetDraft& draft) {
            const auto row = draft.id.isEmpty() ? -1 : row_of(presets, draft.id);
            return row < 0 ? presets.add(preset_of(draft)) : presets.replace(row, preset_of(draft));
        });
        std::erase_if(
            dropped, [&presets](const QString& id) { return presets.remove(row_of(presets, id)); });
    }
    if (chosen < 0 || chosen >= static_cast<int>(drafts.size()))
        return;
    const auto& name = drafts[static_cast<std::size_t>(chosen)].name;
    for (int row = 0; row < presets.count(); ++row) {
        if (presets.at(row).name == name)
            presets.set_current(row);
    }
}

} // namespace desktop
