#include "backends/jpeg/encode.h"

#include "backends/jpeg/libjpeg.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace thumbjobs::jpeg {
namespace {

constexpr int max_rows = 2 * DCTSIZE; // of one plane that libjpeg takes in one go

class Writer {
public:
    Writer() { state_.err = &exit_.manager; }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
        jpeg_destroy_compress(&state_);
        std::free(output_);
    }

    Bytes write(const fast::SmallPlanes& planes, int quality) {
        if (!guarded(exit_, [&] { write_all(planes, quality); }))
            throw Error(ErrorCode::internal, "The thumbnail could not be encoded.", "libjpeg");
        const auto* bytes = reinterpret_cast<const std::byte*>(output_);
        return Bytes(bytes, bytes + size_);
    }

private:
    /// libjpeg may jump out of it.
    void write_all(const fast::SmallPlanes& planes, int quality) {
        const bool grey = planes.size() == 1;
        const bool halved =
            !grey && (planes[1].width != planes[0].width || planes[1].height != planes[0].height);
        jpeg_create_compress(&state_);
        jpeg_mem_dest(&state_, &output_, &size_);
        state_.image_width = static_cast<JDIMENSION>(planes[0].width);
        state_.image_height = static_cast<JDIMENSION>(planes[0].height);
        state_.input_components = grey ? 1 : 3;
        state_.in_color_space = grey ? JCS_GRAYSCALE : JCS_YCbCr;
        jpeg_set_defaults(&state_);
        jpeg_set_quality(&state_, quality, TRUE);
        if (!grey && !halved) {
            state_.comp_info[0].h_samp_factor = 1;
            state_.comp_info[0].v_samp_factor = 1;
        }
        state_.optimize_coding = TRUE;
        state_.raw_data_in = TRUE;
        jpeg_start_compress(&state_, TRUE);
        const int lines = halved ? 2 * DCTSIZE : DCTSIZE;
        for (int y = 0; y < planes[0].height; y += lines)
            write_rows(planes, y, lines);
        jpeg_finish_compress(&state_);
    }

    /// Below the picture, its last row is repeated.
    void write_rows(const fast::SmallPlanes& planes, int luma_row, int lines) {
        std::array<std::array<JSAMPROW, max_rows>, 3> rows{};
        std::array<JSAMPARRAY, 3> arrays{};
        for (std::size_t c = 0; c < planes.size() && c < arrays.size(); ++c) {
            const fast::SmallPlane& plane = planes[c];
            const bool halved = c > 0 && lines == 2 * DCTSIZE;
            const int first = halved ? luma_row / 2 : luma_row;
            for (int i = 0; i < (halved ? lines / 2 : lines); ++i)
                rows[c][static_cast<std::size_t>(i)] = const_cast<JSAMPROW>( // It only reads them.
                    plane.row(std::min(first + i, plane.height - 1)));
            arrays[c] = rows[c].data();
        }
        jpeg_write_raw_data(&state_, arrays.data(), static_cast<JDIMENSION>(lines));
    }

    Exit exit_;
    jpeg_compress_struct state_{};
    unsigned char* output_ = nullptr;
    unsigned long size_ = 0;
};

} // namespace

Bytes encode(const fast::SmallPlanes& planes, int quality) {
    return Writer().write(planes, quality);
}

} // namespace thumbjobs::jpeg
