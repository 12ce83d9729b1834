#pragma once

#include "backends/common/geometry.h"
#include "backends/fast/render.h"
#include "backends/jpeg/libjpeg.h"

#include <optional>

namespace thumbjobs::jpeg {

/// A file whose header this backend understands in full.
class Source {
public:
    /// Throws HandOver for everything but 8-bit grey and YCbCr, baseline in a single scan or
    /// progressive, with all quantisation tables at hand, without a colour profile or with one, in
    /// a single segment, that is for such numbers.
    explicit Source(ByteView input);

    Reader& reader() noexcept { return reader_; }
    const Reader& reader() const noexcept { return reader_; }

    Size stored() const noexcept { return stored_; }
    Size upright() const noexcept { return turn_.transpose ? stored_.swapped() : stored_; }
    const fast::Turn& turn() const noexcept { return turn_; }
    bool has_exif() const noexcept { return has_exif_; }

    /// The file inside the EXIF block that says it is the picture's thumbnail.
    const std::optional<ByteView>& preview() const noexcept { return preview_; }

    bool has_profile() const noexcept { return has_profile_; }

    /// The profile, unless it says sRGB: colours are to be converted by it.
    ByteView profile() const noexcept { return profile_; }

    bool grey() const noexcept { return reader_.header().num_components == 1; }
    bool progressive() const noexcept { return reader_.header().progressive_mode != FALSE; }

private:
    void read_segments();

    Reader reader_;
    Size stored_;
    fast::Turn turn_;
    bool has_exif_ = false;
    bool has_profile_ = false;
    ByteView profile_;
    std::optional<ByteView> preview_;
};

} // namespace thumbjobs::jpeg
