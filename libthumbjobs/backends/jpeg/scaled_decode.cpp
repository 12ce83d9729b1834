#include "backends/jpeg/scaled_decode.h"

#include "backends/fast/hand_over.h"

#include <array>

namespace thumbjobs::jpeg {
namespace {

constexpr int max_rows = 4 * DCTSIZE; // of one component that libjpeg gives in one go
constexpr int max_scans = 100;        // a hostile progressive file can have thousands

/// Lets a progressive file's long first step be watched: libjpeg calls back as it reads.
struct Watch {
    jpeg_progress_mgr manager{}; // First, so that libjpeg's pointer to it is one to this.
    fast::Pace* pace = nullptr;
};

void on_progress(j_common_ptr state) {
    auto* const watch = reinterpret_cast<Watch*>(state->progress);
    const auto* const decoder = reinterpret_cast<j_decompress_ptr>(state);
    const auto& told = watch->manager;
    // While scans are read the total grows with them: count them as the work's first half.
    const double pass = told.pass_limit > 0 ? static_cast<double>(told.pass_counter) /
                                                  static_cast<double>(told.pass_limit)
                                            : 0;
    if (decoder->input_scan_number > max_scans || !watch->pace->reached(pass / 2))
        state->err->error_exit(state);
}

fast::Plane make_plane(const jpeg_decompress_struct& state, const jpeg_component_info& component) {
    const int samples = block_samples(component);
    const double scale_x = static_cast<double>(component.h_samp_factor) * samples /
                           (state.max_h_samp_factor * DCTSIZE);
    const double scale_y = static_cast<double>(component.v_samp_factor) * samples /
                           (state.max_v_samp_factor * DCTSIZE);
    fast::Plane plane;
    plane.width = static_cast<int>(component.downsampled_width);
    plane.height = static_cast<int>(component.downsampled_height);
    plane.extent_x = state.image_width * scale_x;
    plane.extent_y = state.image_height * scale_y;
    plane.stride =
        static_cast<std::size_t>(component.width_in_blocks) * static_cast<std::size_t>(samples);
    const auto rows = static_cast<std::size_t>(state.total_iMCU_rows) *
                      static_cast<std::size_t>(component.v_samp_factor * samples);
    plane.samples.resize(plane.stride * rows);
    return plane;
}

/// Reads one row of blocks of each component into the planes.
class RowReader {
public:
    RowReader(jpeg_decompress_struct& state, fast::Planes& planes)
        : state_(state), planes_(planes) {
        for (std::size_t c = 0; c < static_cast<std::size_t>(planes.count); ++c) {
            const jpeg_component_info& component = state.comp_info[c];
            rows_[c] = component.v_samp_factor * block_samples(component);
            if (rows_[c] > max_rows)
                throw fast::HandOver{};
        }
    }

    /// libjpeg may jump out of it. False at the end.
    bool read() noexcept {
        if (state_.output_scanline >= state_.output_height || done_ >= state_.total_iMCU_rows)
            return false;
        for (std::size_t c = 0; c < static_cast<std::size_t>(planes_.count); ++c) {
            fast::Plane& plane = planes_.plane[c];
            const auto first = static_cast<std::size_t>(done_) * static_cast<std::size_t>(rows_[c]);
            for (std::size_t row = 0; row < static_cast<std::size_t>(rows_[c]); ++row)
                pointers_[c][row] = plane.samples.data() + (first + row) * plane.stride;
            arrays_[c] = pointers_[c].data();
        }
        const int most = state_.max_v_samp_factor * state_.min_DCT_scaled_size;
        ++done_;
        return jpeg_read_raw_data(&state_, arrays_.data(), static_cast<JDIMENSION>(most)) > 0;
    }

    double fraction() const noexcept {
        return static_cast<double>(done_) / static_cast<double>(state_.total_iMCU_rows);
    }

private:
    jpeg_decompress_struct& state_;
    fast::Planes& planes_;
    std::array<int, 3> rows_{};
    JDIMENSION done_ = 0;
    std::array<std::array<JSAMPROW, max_rows>, 3> pointers_{};
    std::array<JSAMPARRAY, 3> arrays_{};
};

void read_all(Source& source, fast::Planes& planes, fast::Pace& pace) {
    Reader& reader = source.reader();
    jpeg_decompress_struct& state = reader.state();
    planes.count = state.num_components;
    for (std::size_t c = 0; c < static_cast<std::size_t>(planes.count); ++c)
        planes.plane[c] = make_plane(state, state.comp_info[c]);
    RowReader rows(state, planes);
    const double begun = source.progressive() ? 0.5 : 0;
    bool more = true;
    while (more) {
        if (!guarded(reader.exit(), [&] { more = rows.read(); }))
            throw fast::HandOver{};
        if (!pace.reached(begun + (0.95 - begun) * rows.fraction()))
            pace.check();
    }
    // Warns if the file lacks its end.
    if (!guarded(reader.exit(), [&] { jpeg_finish_decompress(&state); }))
        throw fast::HandOver{};
}

} // namespace

std::int64_t plane_bytes(const Source& source, int eighths) noexcept {
    const jpeg_decompress_struct& header = source.reader().header();
    const Size stored = source.stored();
    constexpr std::int64_t block = DCTSIZE;
    const std::int64_t width = (stored.width + 4 * block) * eighths / block;
    const std::int64_t height = (stored.height + 4 * block) * eighths / block;
    return width * height * header.num_components;
}

fast::Planes decode_scaled(Source& source, int eighths, fast::Pace& pace) {
    Reader& reader = source.reader();
    jpeg_decompress_struct& state = reader.state();
    Watch watch;
    watch.manager.progress_monitor = on_progress;
    watch.pace = &pace;
    const bool started = guarded(reader.exit(), [&] {
        state.scale_num = static_cast<unsigned>(eighths);
        state.scale_denom = DCTSIZE;
        state.raw_data_out = TRUE;
        state.out_color_space = state.jpeg_color_space;
        state.progress = &watch.manager;
        jpeg_start_decompress(&state);
    });
    state.progress = nullptr;
    if (!started) {
        pace.check();
        throw fast::HandOver{};
    }
    fast::Planes planes;
    read_all(source, planes, pace);
    return planes;
}

} // namespace thumbjobs::jpeg
