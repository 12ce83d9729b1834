#include "worker/fonts.h"

#include "worker/font_files.h"

#include <thumbjobs/error.h>

#include <fontconfig/fontconfig.h>
#include <memory>

namespace thumbjobs::worker {
namespace {

// Fontconfig accepts a file that matches an accepted pattern before it looks at the rejected ones.
// These eight stay open behind the lock.
constexpr const char* configuration = R"(<?xml version="1.0"?>
<fontconfig>
<dir>/usr/share/fonts</dir>
<dir>/usr/local/share/fonts</dir>
<cachedir>/var/cache/fontconfig</cachedir>
<config><rescan><int>0</int></rescan></config>
<selectfont>
<acceptfont>
<glob>*/DejaVuSans.ttf</glob>
<glob>*/DejaVuSans-Bold.ttf</glob>
<glob>*/DejaVuSans-Oblique.ttf</glob>
<glob>*/DejaVuSans-BoldOblique.ttf</glob>
<glob>*/DejaVuSerif.ttf</glob>
<glob>*/DejaVuSerif-Bold.ttf</glob>
<glob>*/DejaVuSansMono.ttf</glob>
<glob>*/DejaVuSansMono-Bold.ttf</glob>
</acceptfont>
<rejectfont><glob>*.*</glob></rejectfont>
</selectfont>
<match target="pattern"><edit name="family" mode="append_last"><string>DejaVu Sans</string></edit></match>
<alias binding="same"><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
<alias binding="same"><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
<alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
)";

} // namespace

void provide_fonts() {
    // From memory: fontconfig takes files by their real paths only, and we have none.
    const std::unique_ptr<FcConfig, decltype(&::FcConfigDestroy)> config(::FcConfigCreate(),
                                                                         &::FcConfigDestroy);
    const auto* const text = reinterpret_cast<const FcChar8*>(configuration);
    if (!config || !::FcConfigParseAndLoadFromMemory(config.get(), text, FcTrue) ||
        !::FcConfigBuildFonts(config.get()) || !::FcConfigSetCurrent(config.get()))
        throw Error(ErrorCode::internal, "The fonts could not be set up.");
    const FcFontSet* const faces = ::FcConfigGetFonts(nullptr, FcSetSystem);
    for (int i = 0; faces && i < faces->nfont; ++i) {
        FcChar8* path = nullptr; // borrowed
        if (::FcPatternGetString(faces->fonts[i], FC_FILE, 0, &path) == FcResultMatch)
            keep_font_file(reinterpret_cast<const char*>(path));
    }
}

} // namespace thumbjobs::worker
