#include "backends/vips_fixture.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

using namespace thumbjobs;
using namespace thumbjobs::test;

Q_DECLARE_METATYPE(thumbjobs::test::TestImage)

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
    void gravities_data();
    void gravities();
    void borders();
    void attention_finds_the_detail();
    void decodes_every_format_data();
    void decodes_every_format();
    void encodes_every_format_data();
    void encodes_every_format();
    void chooses_the_format_by_transparency();
    void flattens_on_the_background();
    void transparent_pixels_do_not_bleed();
    void sixteen_bits_keep_their_alpha();
    void profiles_become_srgb();
    void metadata_is_stripped();
    void linear_light_is_brighter();
    void renditions_of_one_call_equal_those_of_many();
    void refuses_unknown_options();
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

void VipsResizerTest::gravities_data() {
    QTest::addColumn<Gravity>("gravity");
    QTest::addColumn<QPoint>("side"); // -1, 0, 1: left or top, centre, right or bottom.
    QTest::newRow("centre") << Gravity::centre << QPoint(0, 0);
    QTest::newRow("north") << Gravity::north << QPoint(0, -1);
    QTest::newRow("north-east") << Gravity::north_east << QPoint(1, -1);
    QTest::newRow("east") << Gravity::east << QPoint(1, 0);
    QTest::newRow("south-east") << Gravity::south_east << QPoint(1, 1);
    QTest::newRow("south") << Gravity::south << QPoint(0, 1);
    QTest::newRow("south-west") << Gravity::south_west << QPoint(-1, 1);
    QTest::newRow("west") << Gravity::west << QPoint(-1, 0);
    QTest::newRow("north-west") << Gravity::north_west << QPoint(-1, -1);
}

void VipsResizerTest::gravities() {
    QFETCH(const Gravity, gravity);
    QFETCH(const QPoint, side);
    // At half the size 400 x 100: the crop to 100 x 100 shows the left half, the middle, or the
    // right half. Turned by EXIF in the second file: crops are of what the viewer sees.
    for (const int orientation : {1, 6}) {
        const Bytes wide = make_test_image(
            {.width = 800, .height = 200, .format = TestFormat::tiff, .orientation = orientation});
        RenditionSpec wanted = png(100, 100, Fit::cover);
        wanted.gravity = gravity;
        const Pixels across = decode_pixels(resize_one(wide, wanted).data);
        COMPARE_COLOUR(across.at(10, 25), side.x() <= 0 ? top_left : top_right, 4);
        COMPARE_COLOUR(across.at(90, 75), side.x() < 0 ? bottom_left : bottom_right, 4);

        const Bytes tall = make_test_image(
            {.width = 200, .height = 800, .format = TestFormat::tiff, .orientation = orientation});
        const Pixels down = decode_pixels(resize_one(tall, wanted).data);
        COMPARE_COLOUR(down.at(25, 10), side.y() <= 0 ? top_left : bottom_left, 4);
        COMPARE_COLOUR(down.at(75, 90), side.y() < 0 ? top_right : bottom_right, 4);

        // Where the whole image is placed on a larger canvas.
        wanted.fit = Fit::inside;
        wanted.background = 0x0a0b0cff;
        const Pixels canvas = decode_pixels(resize_one(wide, wanted).data);
        const int top = side.y() < 0 ? 0 : side.y() == 0 ? 37 : 75;
        COMPARE_COLOUR(canvas.at(25, top + 3), top_left, 4);
        COMPARE_COLOUR(canvas.at(75, top + 22), bottom_right, 4);
        COMPARE_COLOUR(canvas.at(50, side.y() < 0 ? 99 : 0), (Rgba{10, 11, 12}), 0);
    }
}

void VipsResizerTest::borders() {
    const Bytes opaque = make_test_image({.width = 100, .height = 50});
    RenditionSpec wanted = spec(100, 100, Fit::inside);
    EncodedImage image = resize_one(opaque, wanted);
    QCOMPARE(image.media_type, std::string("image/jpeg"));
    COMPARE_COLOUR(decode_pixels(image.data).at(50, 5), (Rgba{255, 255, 255}), 2);

    wanted.format = OutputFormat::webp;
    COMPARE_COLOUR(decode_pixels(resize_one(opaque, wanted).data).at(50, 5),
                   (Rgba{255, 255, 255, 0}), 255);                               // Any colour...
    QCOMPARE(decode_pixels(resize_one(opaque, wanted).data).at(50, 5).alpha, 0); // ...unseen.

    wanted.format = OutputFormat::automatic;
    wanted.background = 0xff000080;
    image = resize_one(opaque, wanted);
    QCOMPARE(image.media_type, std::string("image/png"));
    COMPARE_COLOUR(decode_pixels(image.data).at(50, 5), (Rgba{255, 0, 0, 128}), 0);

    wanted.format = OutputFormat::jpeg;
    COMPARE_COLOUR(decode_pixels(resize_one(opaque, wanted).data).at(50, 2), (Rgba{255, 127, 127}),
                   3);

    // A coloured border makes a grey image RGB.
    const Bytes grey = make_test_image({.width = 100, .height = 50, .grey = true});
    wanted.background = 0x00ff00ff;
    COMPARE_COLOUR(decode_pixels(resize_one(grey, wanted).data).at(50, 2), (Rgba{0, 255, 0}), 6);
}

void VipsResizerTest::attention_finds_the_detail() {
    // Flat grey, with the bright quadrants of a small image far to the right.
    const Bytes patch = make_test_image({.width = 100, .height = 100, .format = TestFormat::png});
    RenditionSpec placed = png(700, 100, Fit::inside);
    placed.background = 0x808080ff;
    placed.gravity = Gravity::east;
    const Bytes scene = resize_one(patch, placed).data;
    for (const Gravity gravity : {Gravity::attention, Gravity::entropy}) {
        RenditionSpec wanted = png(50, 50, Fit::cover);
        wanted.gravity = gravity;
        const Pixels found = decode_pixels(resize_one(scene, wanted).data);
        QVERIFY2(!similar(found.at(40, 10), Rgba{128, 128, 128}, 30), describe(found.at(40, 10)));
    }
}

void VipsResizerTest::decodes_every_format_data() {
    QTest::addColumn<TestImage>("image");
    QTest::addColumn<QByteArray>("media_type");
    QTest::addColumn<int>("tolerance");
    const auto row = [](const char* name, const TestImage& image, const char* media_type,
                        int tolerance) {
        TestImage large = image;
        large.width = 240;
        large.height = 160;
        QTest::newRow(name) << large << QByteArray(media_type) << tolerance;
    };
    row("jpeg", {}, "image/jpeg", 5);
    row("jpeg progressive", {.progressive = true}, "image/jpeg", 5);
    row("jpeg cmyk", {.cmyk = true}, "image/jpeg", 115);
    row("png", {.format = TestFormat::png}, "image/png", 1);
    row("png interlaced", {.format = TestFormat::png, .progressive = true}, "image/png", 1);
    row("png 16 bit", {.format = TestFormat::png, .wide = true}, "image/png", 1);
    row("png indexed", {.format = TestFormat::png, .indexed = true}, "image/png", 3);
    row("png opaque alpha", {.format = TestFormat::png, .opaque_alpha = true}, "image/png", 1);
    row("webp", {.format = TestFormat::webp}, "image/webp", 3);
    row("webp animated", {.format = TestFormat::webp, .frames = 3}, "image/webp", 3);
    row("gif", {.format = TestFormat::gif}, "image/gif", 6);
    row("gif animated", {.format = TestFormat::gif, .frames = 3}, "image/gif", 6);
    row("tiff", {.format = TestFormat::tiff}, "image/tiff", 1);
    row("tiff pages", {.format = TestFormat::tiff, .frames = 3}, "image/tiff", 1);
    row("tiff 16 bit", {.format = TestFormat::tiff, .wide = true}, "image/tiff", 1);
    row("tiff cmyk", {.format = TestFormat::tiff, .cmyk = true}, "image/tiff", 115);
    row("avif", {.format = TestFormat::avif}, "image/avif", 8);
}

void VipsResizerTest::decodes_every_format() {
    QFETCH(const TestImage, image);
    QFETCH(const QByteArray, media_type);
    QFETCH(const int, tolerance);
    const Bytes input = make_test_image(image);
    const ResizeResult result = resize_all(input, {png(60, 60)});
    QCOMPARE(result.source.media_type, media_type.toStdString());
    QCOMPARE(result.source.width, 240);
    QCOMPARE(result.source.height, 160);
    QCOMPARE(result.source.frames, image.frames);
    QCOMPARE(result.images[0].height, 40);
    const Pixels pixels = decode_pixels(result.images[0].data);
    QCOMPARE(pixels.bands, 3);
    verify_quadrants(pixels, tolerance);
}

void VipsResizerTest::encodes_every_format_data() {
    QTest::addColumn<OutputFormat>("format");
    QTest::addColumn<QByteArray>("media_type");
    QTest::addColumn<int>("tolerance");
    QTest::newRow("jpeg") << OutputFormat::jpeg << QByteArray("image/jpeg") << 8;
    QTest::newRow("png") << OutputFormat::png << QByteArray("image/png") << 1;
    QTest::newRow("webp") << OutputFormat::webp << QByteArray("image/webp") << 10;
    QTest::newRow("avif") << OutputFormat::avif << QByteArray("image/avif") << 14;
}

void VipsResizerTest::encodes_every_format() {
    QFETCH(const OutputFormat, format);
    QFETCH(const QByteArray, media_type);
    QFETCH(const int, tolerance);
    for (const bool grey : {false, true}) {
        const Bytes input =
            make_test_image({.width = 400, .height = 300, .format = TestFormat::png, .grey = grey});
        RenditionSpec wanted = spec(120, 120);
        wanted.format = format;
        const EncodedImage image = resize_one(input, wanted);
        QCOMPARE(image.media_type, media_type.toStdString());
        const auto sniffed = sniff_image(image.data);
        QVERIFY(sniffed.has_value());
        QCOMPARE(sniffed->media_type, std::string_view(image.media_type));
        const Pixels pixels = decode_pixels(image.data);
        QCOMPARE(pixels.width, 120);
        QCOMPARE(pixels.height, 90);
        if (grey)
            QVERIFY(std::abs(pixels.at(30, 20).red - pixels.at(30, 20).blue) <= 2);
        else
            verify_quadrants(pixels, tolerance);

        wanted.quality = 20;
        if (format != OutputFormat::png)
            QVERIFY(resize_one(input, wanted).data.size() < image.data.size());
    }
}

void VipsResizerTest::chooses_the_format_by_transparency() {
    const RenditionSpec wanted = spec(50, 50);
    for (const TestFormat format : {TestFormat::png, TestFormat::webp, TestFormat::tiff}) {
        const auto type = [&](const TestImage& image) {
            return resize_one(make_test_image(image), wanted).media_type;
        };
        QCOMPARE(type({.format = format}), std::string("image/jpeg"));
        QCOMPARE(type({.format = format, .alpha = true}), std::string("image/png"));
        QCOMPARE(type({.format = format, .opaque_alpha = true}), std::string("image/jpeg"));
    }
    RenditionSpec opaque = wanted;
    opaque.background = 0x336699ff;
    QCOMPARE(
        resize_one(make_test_image({.format = TestFormat::png, .alpha = true}), opaque).media_type,
        std::string("image/jpeg"));
}

void VipsResizerTest::flattens_on_the_background() {
    const Bytes input =
        make_test_image({.width = 200, .height = 200, .format = TestFormat::png, .alpha = true});
    RenditionSpec wanted = spec(100, 100);
    wanted.format = OutputFormat::jpeg;
    Pixels pixels = decode_pixels(resize_one(input, wanted).data);
    COMPARE_COLOUR(pixels.at(90, 90), (Rgba{255, 255, 255}), 3);
    COMPARE_COLOUR(pixels.at(10, 10), top_left, 8);

    wanted.background = 0x336699ff;
    pixels = decode_pixels(resize_one(input, wanted).data);
    COMPARE_COLOUR(pixels.at(90, 90), (Rgba{0x33, 0x66, 0x99}), 3);

    wanted.format = OutputFormat::png;
    wanted.background = 0x33669980;
    pixels = decode_pixels(resize_one(input, wanted).data);
    COMPARE_COLOUR(pixels.at(90, 90), (Rgba{0x33, 0x66, 0x99, 0x80}), 2);
    COMPARE_COLOUR(pixels.at(10, 10), top_left, 1);

    wanted.background = std::nullopt;
    pixels = decode_pixels(resize_one(input, wanted).data);
    QCOMPARE(pixels.at(90, 90).alpha, 0);
    COMPARE_COLOUR(pixels.at(10, 10), top_left, 1);
}

void VipsResizerTest::transparent_pixels_do_not_bleed() {
    // The transparent quadrant holds bright yellow: none of it may show at the edges.
    for (const TestFormat format : {TestFormat::png, TestFormat::webp, TestFormat::tiff}) {
        const Bytes input =
            make_test_image({.width = 600, .height = 600, .format = format, .alpha = true});
        const Pixels pixels = decode_pixels(resize_one(input, png(31, 31)).data);
        for (int y = 20; y < 31; ++y) {
            for (int x = 0; x < 31; ++x) {
                const Rgba pixel = pixels.at(x, y);
                if (pixel.alpha > 0)
                    QVERIFY2(pixel.red < 60, describe(pixel));
            }
        }
    }
}

void VipsResizerTest::sixteen_bits_keep_their_alpha() {
    for (const bool profile : {false, true}) {
        const Bytes input = make_test_image({.width = 200,
                                             .height = 200,
                                             .format = TestFormat::png,
                                             .alpha = true,
                                             .wide = true,
                                             .p3_profile = profile});
        const Pixels pixels = decode_pixels(resize_one(input, png(50, 50)).data);
        QCOMPARE(pixels.at(40, 40).alpha, 0);
        QCOMPARE(pixels.at(10, 10).alpha, 255);
        if (!profile)
            COMPARE_COLOUR(pixels.at(10, 10), top_left, 1);
    }
}

void VipsResizerTest::profiles_become_srgb() {
    for (const TestFormat format : {TestFormat::jpeg, TestFormat::png, TestFormat::tiff}) {
        const Bytes input =
            make_test_image({.width = 200, .height = 200, .format = format, .p3_profile = true});
        RenditionSpec wanted = png(50, 50);
        const Bytes converted = resize_one(input, wanted).data;
        // Display P3 (20, 190, 20) lies outside sRGB: red and blue are clipped to zero, and green
        // grows. (230, 20, 20) in P3 is (251, 0, 0) in sRGB.
        COMPARE_COLOUR(decode_pixels(converted).at(40, 10), (Rgba{0, 193, 0}), 6);
        COMPARE_COLOUR(decode_pixels(converted).at(10, 10), (Rgba{251, 0, 0}), 6);
        QVERIFY(!read_metadata(converted).profile);

        for (const OutputFormat output :
             {OutputFormat::png, OutputFormat::jpeg, OutputFormat::webp, OutputFormat::avif}) {
            wanted.format = output;
            wanted.keep_profile = true;
            const Bytes kept = resize_one(input, wanted).data;
            QVERIFY(read_metadata(kept).profile);
        }
        wanted.format = OutputFormat::png;
        COMPARE_COLOUR(decode_pixels(resize_one(input, wanted).data).at(40, 10), top_right, 5);
    }
}

void VipsResizerTest::metadata_is_stripped() {
    for (const TestFormat format : {TestFormat::jpeg, TestFormat::png, TestFormat::webp}) {
        const Bytes input = make_test_image(
            {.width = 200, .height = 200, .format = format, .p3_profile = true, .metadata = true});
        QVERIFY(read_metadata(input).xmp);
        for (const bool keep_profile : {false, true}) {
            for (const OutputFormat output :
                 {OutputFormat::png, OutputFormat::jpeg, OutputFormat::webp, OutputFormat::avif}) {
                RenditionSpec wanted = spec(50, 50);
                wanted.format = output;
                wanted.keep_profile = keep_profile;
                const Bytes image = resize_one(input, wanted).data;
                const Metadata left = read_metadata(image);
                QVERIFY(!left.xmp && !left.iptc);
                // libvips before 8.15 makes up an EXIF block of its own for AVIF with a profile.
                if (libvips_is_at_least(8, 15) || !keep_profile || output != OutputFormat::avif)
                    QVERIFY(!left.exif);
                QCOMPARE(left.profile, keep_profile);
                const std::string text(reinterpret_cast<const char*>(image.data()), image.size());
                QVERIFY(text.find("thumbjobs-secret") == std::string::npos);
            }
        }
    }
}

void VipsResizerTest::linear_light_is_brighter() {
    // One pixel for the whole: averages of light are brighter than averages of its encoding.
    for (const bool grey : {false, true}) {
        const Bytes input =
            make_test_image({.width = 64, .height = 64, .format = TestFormat::png, .grey = grey});
        RenditionSpec wanted = png(1, 1);
        const Rgba plain = decode_pixels(resize_one(input, wanted).data).at(0, 0);
        wanted.linear_light = true;
        const Pixels linear = decode_pixels(resize_one(input, wanted).data);
        QCOMPARE(linear.bands, grey ? 1 : 3);
        if (grey)
            QVERIFY(linear.at(0, 0).green > plain.green + 5);
        else
            COMPARE_COLOUR(linear.at(0, 0), (Rgba{168, 151, 123}), 6);
    }
}

void VipsResizerTest::renditions_of_one_call_equal_those_of_many() {
    for (const TestFormat format :
         {TestFormat::jpeg, TestFormat::png, TestFormat::webp, TestFormat::tiff}) {
        const Bytes input = make_test_image({.width = 1000,
                                             .height = 700,
                                             .format = format,
                                             .orientation = format == TestFormat::png ? 1 : 6});
        std::vector<RenditionSpec> specs{png(300, 300), png(100, 100, Fit::cover), png(90, 200),
                                         png(20, 20, Fit::inside), png(400, 10, Fit::fill)};
        specs[2].linear_light = true;
        specs[1].gravity = Gravity::east;
        const ResizeResult together = resize_all(input, specs);
        QCOMPARE(together.images.size(), specs.size());
        for (std::size_t i = 0; i < specs.size(); ++i) {
            const EncodedImage alone = resize_one(input, specs[i]);
            QCOMPARE(together.images[i].width, alone.width);
            QCOMPARE(together.images[i].height, alone.height);
            const Pixels left = decode_pixels(together.images[i].data);
            const Pixels right = decode_pixels(alone.data);
            double difference = 0;
            for (std::size_t byte = 0; byte < left.rgba.size(); ++byte)
                difference += std::abs(std::to_integer<int>(left.rgba[byte]) -
                                       std::to_integer<int>(right.rgba[byte]));
            QVERIFY2(difference / double(left.rgba.size()) < 1.5,
                     QByteArray::number(difference / double(left.rgba.size())));
        }
    }
}

void VipsResizerTest::refuses_unknown_options() {
    const auto open = [](const char* url) {
        return [url] { Registry::builtin().open_resizer(url, BackendContext{}); };
    };
    QCOMPARE(error_of(open("vips:?formats=+svg")), ErrorCode::invalid_argument);
    QCOMPARE(error_of(open("vips:?formats=bmp")), ErrorCode::invalid_argument);
    QCOMPARE(error_of(open("vips:?format=jpeg")), ErrorCode::invalid_argument);
    QCOMPARE(error_of(open("vips:somewhere")), ErrorCode::invalid_argument);
    QVERIFY(!error_of(open("vips:?formats=-tiff,-gif")));
    QVERIFY(!error_of(open("vips:?formats=-svg")));

    const auto only_jpeg = Registry::builtin().open_resizer("vips:?formats=jpeg", BackendContext{});
    QCOMPARE(only_jpeg->input_types(), std::vector<std::string>{"image/jpeg"});
    const Bytes image = make_test_image({.format = TestFormat::png});
    const std::vector<RenditionSpec> specs{{}};
    const ImageLimits limits;
    QCOMPARE(error_of([&] {
                 only_jpeg->resize({image, specs, limits});
             }),
             ErrorCode::unsupported_format);
}

QTEST_GUILESS_MAIN(VipsResizerTest)
#include "tst_vips_resizer.moc"
