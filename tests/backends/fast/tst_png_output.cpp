// The PNG files that are written without libvips: the same pixels as in libvips' files, hardly more
// bytes, and libvips for all that is not done here.
#include "backends/png/deflate.h"
#include "backends/png/filter.h"
#include "backends/png/inflate.h"
#include "backends/png/png_finisher.h"
#include "backends/vips/vips_finisher.h"
#include "support/finished_images.h"
#include "support/test_images.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

RenditionSpec png_spec() {
    RenditionSpec spec;
    spec.format = OutputFormat::png;
    return spec;
}

/// Whether `behind` is asked.
bool goes_behind(const PixelImage& image, const Plan& plan, const RenditionSpec& spec) {
    const auto behind = std::make_shared<CountingFinisher>();
    open_png_finisher(behind)->finish(image, plan, spec);
    return behind->calls > 0;
}

/// What libpng's reader would make of a filtered row. PNG 1.2, 9.2.
std::vector<int> unfiltered(std::span<const std::uint8_t> row, const std::vector<int>& above,
                            std::size_t pixel) {
    std::vector<int> result;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        const int left = i < pixel ? 0 : result[i - pixel];
        const int corner = i < pixel ? 0 : above[i - pixel];
        const int nearest = left + above[i] - corner;
        const std::array<int, 3> distances{std::abs(nearest - left), std::abs(nearest - above[i]),
                                           std::abs(nearest - corner)};
        const int paeth = distances[0] <= distances[1] && distances[0] <= distances[2] ? left
                          : distances[1] <= distances[2]                               ? above[i]
                                                                                       : corner;
        const std::array<int, 5> expected{0, left, above[i], (left + above[i]) / 2, paeth};
        result.push_back((row[i + 1] + expected.at(row[0])) & 0xff);
    }
    return result;
}

} // namespace

class PngOutputTest : public QObject {
    Q_OBJECT

private slots:
    void same_pixels_as_libvips_data();
    void same_pixels_as_libvips();
    void opaque_alpha_is_left_out();
    void every_filter_is_undone();
    void packs_all_contents();
    void automatic_means_png_for_transparency();
    void everything_else_goes_behind();
};

void PngOutputTest::same_pixels_as_libvips_data() {
    QTest::addColumn<int>("bands");
    for (int bands = 1; bands <= 4; ++bands)
        QTest::newRow(std::to_string(bands).c_str()) << bands;
}

void PngOutputTest::same_pixels_as_libvips() {
    QFETCH(const int, bands);
    const auto behind = std::make_shared<CountingFinisher>();
    const auto finisher = open_png_finisher(behind);
    const auto libvips = open_vips_finisher();
    std::size_t our_bytes = 0;
    std::size_t their_bytes = 0;
    for (const Size size : {Size{1, 1}, Size{1, 9}, Size{11, 1}, Size{2, 3}, Size{5, 2},
                            Size{31, 33}, Size{100, 100}, Size{257, 131}})
        for (const Content content :
             {Content::flat, Content::slope, Content::noise, Content::edges, Content::repeats}) {
            const PixelImage image = make_image(content, size, bands);
            const EncodedImage ours = finisher->finish(image, plan_of(size), png_spec());
            const EncodedImage theirs = libvips->finish(image, plan_of(size), png_spec());
            QCOMPARE(ours.media_type, std::string("image/png"));
            QCOMPARE(ours.width, size.width);
            QCOMPARE(ours.height, size.height);
            const Pixels left = decode_pixels(ours.data);
            const Pixels right = decode_pixels(theirs.data);
            QCOMPARE(left.width, right.width);
            QCOMPARE(left.height, right.height);
            QCOMPARE(left.bands, right.bands);
            QVERIFY(left.rgba == right.rgba);
            our_bytes += ours.data.size();
            their_bytes += theirs.data.size();
        }
    QCOMPARE(behind->calls, 0);
    QVERIFY(our_bytes <= their_bytes * 102 / 100);
}

void PngOutputTest::opaque_alpha_is_left_out() {
    for (const int bands : {2, 4}) {
        const PixelImage image = opaque(make_image(Content::slope, {20, 10}, bands));
        const auto finisher = open_png_finisher(std::make_shared<CountingFinisher>());
        const Pixels made =
            decode_pixels(finisher->finish(image, plan_of(image.size), png_spec()).data);
        const Pixels expected = decode_pixels(
            open_vips_finisher()->finish(image, plan_of(image.size), png_spec()).data);
        QCOMPARE(made.bands, bands - 1);
        QCOMPARE(made.bands, expected.bands);
        QVERIFY(made.rgba == expected.rgba);
    }
}

void PngOutputTest::every_filter_is_undone() {
    std::set<int> used;
    for (const Content content : {Content::flat, Content::slope, Content::noise, Content::edges})
        for (const int bands : {1, 2, 3, 4}) {
            const Size size{63, 40};
            const PixelImage image = make_image(content, size, bands);
            const auto rows = png::filter_rows(image);
            const auto row_bytes = static_cast<std::size_t>(size.width * bands);
            QCOMPARE(rows.size(), (row_bytes + 1) * static_cast<std::size_t>(size.height));
            std::vector<int> above(row_bytes);
            for (std::size_t y = 0; y < static_cast<std::size_t>(size.height); ++y) {
                const auto row = std::span(rows).subspan(y * (row_bytes + 1), row_bytes + 1);
                used.insert(row[0]);
                above = unfiltered(row, above, static_cast<std::size_t>(bands));
                for (std::size_t i = 0; i < row_bytes; ++i)
                    QCOMPARE(above[i], std::to_integer<int>(image.pixels[y * row_bytes + i]));
            }
        }
    QVERIFY(used.size() >= 4);
}

void PngOutputTest::packs_all_contents() {
    for (const std::size_t size : {1U, 2U, 300U, 16'384U, 16'385U, 70'000U, 4'000'000U})
        for (const Content content : {Content::flat, Content::noise, Content::repeats}) {
            std::vector<std::uint8_t> rows;
            for (std::size_t i = 0; i < size; ++i)
                rows.push_back(static_cast<std::uint8_t>(
                    sample(content, static_cast<std::uint32_t>(i), 0, 0)));
            const auto packed = png::deflate(rows);
            Bytes unpacked(size + 1);
            QCOMPARE(png::unpack(std::as_bytes(std::span(packed)), unpacked), size);
            unpacked.pop_back();
            QVERIFY(std::equal(unpacked.begin(), unpacked.end(),
                               std::as_bytes(std::span(rows)).begin()));
            QVERIFY(packed.size() <= size + size / 1'000 + 20);
            if (size > 10'000 && content != Content::noise)
                QVERIFY(packed.size() < size / 100);
        }
}

void PngOutputTest::automatic_means_png_for_transparency() {
    const Size size{30, 20};
    const auto finisher = open_png_finisher(std::make_shared<CountingFinisher>());
    const auto format_of = [&](const PixelImage& image) {
        return finisher->finish(image, plan_of(size), {}).media_type;
    };
    QCOMPARE(format_of(make_image(Content::slope, size, 4)), std::string("image/png"));
    QCOMPARE(format_of(opaque(make_image(Content::slope, size, 4))), std::string("image/jpeg"));
    QCOMPARE(format_of(make_image(Content::slope, size, 3)), std::string("image/jpeg"));
    QVERIFY(!goes_behind(make_image(Content::slope, size, 4), plan_of(size), {}));
}

void PngOutputTest::everything_else_goes_behind() {
    const Size size{30, 20};
    const PixelImage image = make_image(Content::slope, size, 4);
    QVERIFY(!goes_behind(image, plan_of(size), png_spec()));
    for (const OutputFormat format : {OutputFormat::jpeg, OutputFormat::webp}) {
        RenditionSpec spec;
        spec.format = format;
        QVERIFY(goes_behind(image, plan_of(size), spec));
    }
    RenditionSpec spec = png_spec();
    for (const std::uint32_t background : {0x336699ffU, 0x33669980U}) {
        spec.background = background;
        QVERIFY(goes_behind(image, plan_of(size), spec));
    }
    spec.background = 0x33669900;
    QVERIFY(!goes_behind(image, plan_of(size), spec));
    spec.background = 0x336699ff;
    QVERIFY(!goes_behind(opaque(image), plan_of(size), spec)); // It does not show.

    Plan plan = plan_of(size);
    plan.canvas = {30, 30};
    QVERIFY(goes_behind(image, plan, png_spec()));
    plan = plan_of(size);
    plan.kept = plan.canvas = {10, 10};
    QVERIFY(goes_behind(image, plan, png_spec()));

    PixelImage with_profile = make_image(Content::slope, size, 3);
    QVERIFY(!goes_behind(with_profile, plan_of(size), png_spec()));
    with_profile.profile = as_bytes("not one that can be read");
    QVERIFY(goes_behind(with_profile, plan_of(size), png_spec()));

    const Size most{1'024, 1'024};
    QVERIFY(!goes_behind(make_image(Content::flat, most, 4), plan_of(most), png_spec()));
    const Size more{1'024, 1'025};
    QVERIFY(goes_behind(make_image(Content::flat, more, 4), plan_of(more), png_spec()));
}

QTEST_GUILESS_MAIN(PngOutputTest)
#include "tst_png_output.moc"
