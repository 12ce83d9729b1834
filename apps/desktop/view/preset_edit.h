#pragma once

#include "model/presets.h"
#include "view/preset_dialog.h"

#include <vector>

namespace desktop {

/// What the dialog edits.
std::vector<PresetDraft> drafts_of(const Presets& presets);

/// Makes the presets what the dialog made of them, and chooses one.
void apply_drafts(Presets& presets, const std::vector<PresetDraft>& drafts, int chosen);

} // namespace desktop
