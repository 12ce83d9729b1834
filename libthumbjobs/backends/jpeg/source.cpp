#include "backends/jpeg/source.h"

#include "backends/fast/exif_orientation.h"
#include "backends/fast/exif_preview.h"
#include "backends/fast/hand_over.h"
#include "backends/fast/srgb_profile.h"
#include "backends/jpeg/segments.h"

#include <string_view>

namespace thumbjobs::jpeg {
namespace {

using namespace std::string_view_literals;

void require(bool condition) {
    if (!condition)
        throw fast::HandOver{};
}

bool begins_with(ByteView bytes, std::string_view text) noexcept {
    return bytes.size() >= text.size() &&
           std::string_view(reinterpret_cast<const char*>(bytes.data()), text.size()) == text;
}

bool is_frame(unsigned marker) noexcept {
    return marker >= 0xc0 && marker <= 0xcf && marker != dht && marker != 0xc8 && marker != 0xcc;
}

void check_components(const jpeg_decompress_struct& header) {
    require(header.num_components == 1 || header.num_components == 3);
    require(header.jpeg_color_space == (header.num_components == 1 ? JCS_GRAYSCALE : JCS_YCbCr));
    for (int i = 0; i < header.num_components; ++i) {
        const jpeg_component_info& component = header.comp_info[i];
        require(header.max_h_samp_factor % component.h_samp_factor == 0 &&
                header.max_v_samp_factor % component.v_samp_factor == 0);
        require(component.quant_tbl_no >= 0 && component.quant_tbl_no < NUM_QUANT_TBLS &&
                header.quant_tbl_ptrs[component.quant_tbl_no]);
    }
}

} // namespace

Source::Source(ByteView input) : reader_(input) {
    const jpeg_decompress_struct& header = reader_.header();
    require(header.data_precision == 8 && !header.arith_code);
    check_components(header);
    require(header.progressive_mode ||
            (header.comps_in_scan == header.num_components && header.Ss == 0 &&
             header.Se == DCTSIZE2 - 1 && header.Ah == 0 && header.Al == 0));
    stored_ = {static_cast<int>(header.image_width), static_cast<int>(header.image_height)};
    read_segments();
}

// libjpeg has read the same segments without complaint: they are well formed.
void Source::read_segments() {
    constexpr auto exif = "Exif\0\0"sv;
    constexpr auto icc = "ICC_PROFILE\0"sv;
    SegmentReader segments(reader_.input());
    for (;;) {
        const auto segment = segments.next();
        require(segment.has_value());
        if (segment->marker == sos)
            return;
        if (is_frame(segment->marker)) {
            require(segment->marker <= sof_progressive);
        } else if (segment->marker == app_1 && begins_with(segment->payload, exif.substr(0, 4))) {
            require(!has_exif_ && begins_with(segment->payload, exif));
            has_exif_ = true;
            const ByteView block = segment->payload.subspan(exif.size());
            const auto orientation = fast::exif_orientation(block);
            require(orientation.has_value());
            turn_ = fast::turn_for(*orientation);
            preview_ = fast::exif_preview(block);
        } else if (segment->marker == app_2 && begins_with(segment->payload, icc)) {
            // In one piece, as those of cameras and screens are: 64 KiB.
            const ByteView chunk = segment->payload.subspan(icc.size());
            require(!has_profile_ && chunk.size() > 2 && chunk[0] == std::byte{1} &&
                    chunk[1] == std::byte{1});
            has_profile_ = true;
            const ByteView profile = chunk.subspan(2);
            if (fast::is_srgb(profile))
                continue;
            require(fast::is_profile_for(profile, grey()));
            profile_ = profile;
        }
    }
}

} // namespace thumbjobs::jpeg
