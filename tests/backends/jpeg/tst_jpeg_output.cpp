// The JPEG files that are written without libvips for pictures that come as pixels: as near to them
// as libvips' files, hardly more bytes, and libvips for all that is not done here.
#include "backends/jpeg/jpeg_finisher.h"
#include "support/finished_images.h"
#include "support/test_images.h"

#include <QTest>

#include <cmath>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

RenditionSpec jpeg_spec(int quality) {
    RenditionSpec spec;
    spec.format = OutputFormat::jpeg;
    spec.quality = quality;
    return spec;
}

/// The root of the mean square of the samples' differences from `image`, grey or RGB.
double error_of(const EncodedImage& file, const PixelImage& image) {
    const Pixels made = decode_pixels(file.data);
    const auto bands = static_cast<std::size_t>(image.bands);
    double sum = 0;
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        const double difference = std::to_integer<int>(image.pixels[i]) -
                                  std::to_integer<int>(made.rgba[i / bands * 4 + i % bands]);
        sum += difference * difference;
    }
    return std::sqrt(sum / static_cast<double>(image.pixels.size()));
}

/// Whether `behind` is asked.
bool goes_behind(const PixelImage& image, const Plan& plan, const RenditionSpec& spec) {
    const auto behind = std::make_shared<CountingFinisher>();
    open_jpeg_finisher(behind)->finish(image, plan, spec);
    return behind->calls > 0;
}

} // namespace

class JpegOutputTest : public QObject {
    Q_OBJECT

private slots:
    void as_good_as_libvips_data();
    void as_good_as_libvips();
    void opaque_alpha_is_left_out();
    void everything_else_goes_behind();
};

void JpegOutputTest::as_good_as_libvips_data() {
    QTest::addColumn<int>("bands");
    QTest::addColumn<int>("quality");
    for (const int bands : {1, 3})
        for (const int quality : {50, 80, 95})
            QTest::addRow("%d bands, quality %d", bands, quality) << bands << quality;
}

void JpegOutputTest::as_good_as_libvips() {
    QFETCH(const int, bands);
    QFETCH(const int, quality);
    const auto behind = std::make_shared<CountingFinisher>();
    const auto finisher = open_jpeg_finisher(behind);
    const auto libvips = open_vips_finisher();
    std::size_t our_bytes = 0;
    std::size_t their_bytes = 0;
    for (const Size size : {Size{1, 1}, Size{1, 9}, Size{11, 1}, Size{5, 2}, Size{31, 33},
                            Size{100, 100}, Size{257, 131}})
        for (const Content content :
             {Content::flat, Content::slope, Content::noise, Content::edges, Content::repeats}) {
            const PixelImage image = make_image(content, size, bands);
            const EncodedImage ours = finisher->finish(image, plan_of(size), jpeg_spec(quality));
            const EncodedImage theirs = libvips->finish(image, plan_of(size), jpeg_spec(quality));
            QCOMPARE(ours.media_type, std::string("image/jpeg"));
            QCOMPARE(ours.width, size.width);
            QCOMPARE(ours.height, size.height);
            QCOMPARE(decode_pixels(ours.data).bands, bands);
            const double our_error = error_of(ours, image);
            const double their_error = error_of(theirs, image);
            QVERIFY2(our_error <= their_error * 1.01 + 0.3,
                     qPrintable(QString("%1x%2, content %3: %4 and %5")
                                    .arg(size.width)
                                    .arg(size.height)
                                    .arg(int(content))
                                    .arg(our_error)
                                    .arg(their_error)));
            our_bytes += ours.data.size();
            their_bytes += theirs.data.size();
        }
    QCOMPARE(behind->calls, 0);
    QVERIFY2(our_bytes <= their_bytes * 101 / 100,
             qPrintable(QString("%1 and %2").arg(our_bytes).arg(their_bytes)));
}

void JpegOutputTest::opaque_alpha_is_left_out() {
    const Size size{20, 10};
    for (const int bands : {2, 4})
        for (const RenditionSpec& spec : {jpeg_spec(80), RenditionSpec{}}) {
            const PixelImage image = opaque(make_image(Content::slope, size, bands));
            QVERIFY(!goes_behind(image, plan_of(size), spec));
            const auto made =
                open_jpeg_finisher(open_vips_finisher())->finish(image, plan_of(size), spec);
            QCOMPARE(made.media_type, std::string("image/jpeg"));
            QCOMPARE(decode_pixels(made.data).bands, bands - 1);
        }
}

void JpegOutputTest::everything_else_goes_behind() {
    const Size size{30, 20};
    const PixelImage image = make_image(Content::slope, size, 3);
    QVERIFY(!goes_behind(image, plan_of(size), {}));
    for (const OutputFormat format : {OutputFormat::png, OutputFormat::webp}) {
        RenditionSpec spec;
        spec.format = format;
        QVERIFY(goes_behind(image, plan_of(size), spec));
    }
    QVERIFY(goes_behind(make_image(Content::slope, size, 4), plan_of(size), jpeg_spec(80)));
    Plan plan = plan_of(size);
    plan.canvas = {30, 30};
    QVERIFY(goes_behind(image, plan, {}));
    plan = plan_of(size);
    plan.kept = plan.canvas = {10, 10};
    QVERIFY(goes_behind(image, plan, {}));
    PixelImage with_profile = image;
    with_profile.profile = as_bytes("not one that can be read");
    QVERIFY(goes_behind(with_profile, plan_of(size), {}));
}

QTEST_GUILESS_MAIN(JpegOutputTest)
#include "tst_jpeg_output.moc"
