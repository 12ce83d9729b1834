#include "backends/jpeg/baseline_dc.h"

#include "backends/jpeg/baseline_scan.h"

namespace thumbjobs::jpeg {
namespace {

class DcRows final : public BlockRows {
public:
    explicit DcRows(const Source& source) : planes_(make_dc_planes(source)) {}

    int side(std::size_t) const override { return 1; }
    std::size_t coefficient_step(std::size_t) const override { return 0; }

    std::int16_t* row(std::size_t component, int y) override {
        DcPlane& plane = planes_[component];
        return plane.values.data() + plane.index(0, y);
    }

    void end(std::size_t, int, int) override {}

    DcPlanes take() noexcept { return std::move(planes_); }

private:
    DcPlanes planes_;
};

} // namespace

DcPlanes read_baseline_dc(const Source& source, const Reading& reading, fast::Pace& pace) {
    DcRows rows(source);
    read_baseline(source, rows, reading, pace);
    return rows.take();
}

} // namespace thumbjobs::jpeg
