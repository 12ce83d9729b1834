#pragma once

#include <thumbjobs/rendition.h>

namespace thumbjobs {

struct Size {
    int width = 0;
    int height = 0;

    friend bool operator==(const Size&, const Size&) = default;
    Size swapped() const noexcept { return {height, width}; }
};

struct Point {
    int x = 0;
    int y = 0;
};

/// How one rendition is cut from its source. All sizes with orientation applied.
struct Plan {
    Size cut;    ///< The part of the source that is used, taken by gravity; mostly all of it.
    Size scaled; ///< What `cut` is scaled to.
    Size kept;   ///< What is kept of `scaled`, taken by gravity.
    Size canvas; ///< What `kept` is placed on, by gravity: the size of the result.
};

/// Pure arithmetic; `source` and the spec's box are at least 1 x 1.
Plan plan_rendition(Size source, const RenditionSpec& spec) noexcept;

/// Where an `inner` rectangle lies in an `outer` one that holds it. Attention and entropy count as
/// centre.
Point place(Gravity gravity, Size outer, Size inner) noexcept;

} // namespace thumbjobs
