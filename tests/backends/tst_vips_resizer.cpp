#include "backends/vips_fixture.h"

#include <QTest>

#include <cmath>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

RenditionSpec spec(int width, int height, Fit fit = Fit::contain) {
    RenditionSpec result;
    result.width = width;
    result.height = height;
    result.fit = fit;
    return result;
}

/// Lossless, so that pixels can be compared.
RenditionSpec png(int width, int height, Fit fit = Fit::contain) {
    RenditionSpec result = spec(width, height, fit);
    result.format = OutputFormat::png;
    return result;
}

QByteArray describe(Rgba colour) {
    return QStringLiteral("(%1 %2 %3 %4)")
        .arg(colour.red)
        .arg(colour.green)
        .arg(colour.blue)
        .arg(colour.alpha)
        .toUtf8();
}

#define COMPARE_COLOUR(actual, expected, tolerance)                                                \
    do {                                                                                           \
        const Rgba actual_colour = (actual);                                                       \
        const Rgba expected_colour = (expected);                                                   \
        QVERIFY2(similar(actual_colour, expected_colour, tolerance),                               \
                 describe(actual_colour) + " is not near " + describe(expected_colour));           \
    } while (false)

/// Checks that the four quadrants are where a viewer of the original sees them.
void verify_quadrants(const Pixels& image, int tolerance) {
    const int left = image.width / 4;
    const int right = image.width * 3 / 4;
    const int top = image.height / 4;
    const int bottom = image.height * 3 / 4;
    COMPARE_COLOUR(image.at(left, top), top_left, tolerance);
    COMPARE_COLOUR(image.at(right, top), top_right, tolerance);
    COMPARE_COLOUR(image.at(left, bottom), bottom_left, tolerance);
    COMPARE_COLOUR(image.at(right, bottom), bottom_right, tolerance);
}

} // namespace

class VipsResizerTest : public QObject {
    Q_OBJECT

private slots:
    void describes_itself();
    void sizes_data();
    void sizes();
    void orientations_data();
    void orientations();
};

void VipsResizerTest::describes_itself() {
    QVERIFY(vips_resizer().describe().starts_with("libvips 8."));
    QVERIFY(!vips_resizer().isolated());
    const auto types = vips_resizer().input_types();
    for (const char* type : {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif",
                             "image/heic", "image/tiff"})
        QVERIFY2(std::find(types.begin(), types.end(), type) != types.end(), type);
}

void VipsResizerTest::sizes_data() {
    QTest::addColumn<QSize>("source");
    QTest::addColumn<QSize>("box");
    QTest::addColumn<Fit>("fit");
    QTest::addColumn<bool>("enlarge");
    QTest::addColumn<QSize>("expected");

    const auto row = [](const char* name, QSize source, QSize box, Fit fit, bool enlarge,
                        QSize expected) {
        QTest::newRow(name) << source << box << fit << enlarge << expected;
    };
    row("contain landscape", {400, 300}, {100, 100}, Fit::contain, false, {100, 75});
    row("contain portrait", {300, 400}, {100, 100}, Fit::contain, false, {75, 100});
    row("contain same shape", {400, 300}, {100, 75}, Fit::contain, false, {100, 75});
    row("contain odd", {401, 299}, {100, 100}, Fit::contain, false, {100, 75});
    row("contain strip", {3000, 5}, {100, 100}, Fit::contain, false, {100, 1});
    row("contain upright strip", {5, 3000}, {100, 100}, Fit::contain, false, {1, 100});
    row("contain small", {40, 30}, {100, 100}, Fit::contain, false, {40, 30});
    row("contain enlarged", {40, 30}, {100, 100}, Fit::contain, true, {100, 75});
    row("contain one pixel", {1, 1}, {100, 100}, Fit::contain, true, {100, 100});
    row("contain to one pixel", {400, 300}, {1, 1}, Fit::contain, false, {1, 1});
    row("cover landscape", {400, 300}, {100, 100}, Fit::cover, false, {100, 100});
    row("cover portrait", {300, 400}, {100, 50}, Fit::cover, false, {100, 50});
    row("cover small", {40, 30}, {100, 100}, Fit::cover, false, {40, 30});
    row("cover half small", {400, 30}, {100, 100}, Fit::cover, false, {100, 30});
    row("cover enlarged", {40, 30}, {100, 100}, Fit::cover, true, {100, 100});
    row("cover strip enlarged", {3000, 3}, {200, 200}, Fit::cover, true, {200, 200});
    row("fill", {400, 300}, {100, 100}, Fit::fill, false, {100, 100});
    row("fill small", {40, 300}, {100, 100}, Fit::fill, false, {40, 100});
    row("fill enlarged", {40, 30}, {100, 120}, Fit::fill, true, {100, 120});
    row("inside landscape", {400, 300}, {100, 100}, Fit::inside, false, {100, 100});
    row("inside small", {40, 30}, {100, 100}, Fit::inside, false, {100, 100});
    row("inside enlarged", {40, 30}, {100, 100}, Fit::inside, true, {100, 100});
}

void VipsResizerTest::sizes() {
    QFETCH(const QSize, source);
    QFETCH(const QSize, box);
    QFETCH(const Fit, fit);
    QFETCH(const bool, enlarge);
    QFETCH(const QSize, expected);

    for (const TestFormat format : {TestFormat::png, TestFormat::jpeg}) {
        const Bytes input =
            make_test_image({.width = source.width(), .height = source.height(), .format = format});
        for (const Gravity gravity : {Gravity::centre, Gravity::attention, Gravity::south_east}) {
            RenditionSpec wanted = spec(box.width(), box.height(), fit);
            wanted.enlarge = enlarge;
            wanted.gravity = gravity;
            const EncodedImage image = resize_one(input, wanted);
            QCOMPARE(QSize(image.width, image.height), expected);
            const Pixels pixels = decode_pixels(image.data);
            QCOMPARE(QSize(pixels.width, pixels.height), expected);
            QCOMPARE(image.media_type, std::string("image/jpeg"));
        }
    }
}

void VipsResizerTest::orientations_data() {
    QTest::addColumn<int>("orientation");
    for (int orientation = 1; orientation <= 8; ++orientation)
        QTest::addRow("%d", orientation) << orientation;
}

void VipsResizerTest::orientations() {
    QFETCH(const int, orientation);
    for (const TestFormat format : {TestFormat::jpeg, TestFormat::tiff, TestFormat::webp}) {
        const Bytes input = make_test_image(
            {.width = 320, .height = 200, .format = format, .orientation = orientation});
        const ResizeResult result =
            resize_all(input, {png(80, 80), png(40, 80, Fit::cover), png(60, 20, Fit::fill)});
        QCOMPARE(result.source.width, 320);
        QCOMPARE(result.source.height, 200);
        QCOMPARE(result.images[0].width, 80);
        QCOMPARE(result.images[0].height, 50);
        for (const EncodedImage& image : result.images)
            verify_quadrants(decode_pixels(image.data), 12);
    }
}

QTEST_GUILESS_MAIN(VipsResizerTest)
#include "tst_vips_resizer.moc"
