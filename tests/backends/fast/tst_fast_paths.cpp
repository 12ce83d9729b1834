// The fast paths for PNG and WebP: what they take and what they hand over, and that they read what
// libpng and libwebp read.
#include "backends/fast/box.h"
#include "backends/fast/hand_over.h"
#include "backends/png/decode.h"
#include "backends/png/png_resizer.h"
#include "backends/vips_fixture.h"
#include "backends/webp/webp_resizer.h"
#include "src/sha256.h"
#include "support/jpeg_corpus.h"
#include "support/png_corpus.h"
#include "support/watched_path.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <webp/encode.h>

using namespace thumbjobs;
using namespace thumbjobs::test;

Q_DECLARE_METATYPE(thumbjobs::test::TestImage)

namespace {

struct WatchedPng : WatchedPath {
    WatchedPng() : WatchedPath("png", open_png_resizer) {}
};

struct WatchedWebp : WatchedPath {
    WatchedWebp() : WatchedPath("webp", open_webp_resizer) {}
};

void append_little(Bytes& to, std::size_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        to.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

void append(Bytes& to, ByteView from) {
    to.insert(to.end(), from.begin(), from.end());
}

/// A lossy file, bare as libwebp's simple encoder writes it.
Bytes make_webp(TestImage image) {
    image.format = TestFormat::png;
    const Pixels pixels = decode_pixels(make_test_image(image));
    std::uint8_t* out = nullptr;
    const std::size_t size =
        ::WebPEncodeRGBA(reinterpret_cast<const std::uint8_t*>(pixels.rgba.data()), pixels.width,
                         pixels.height, pixels.width * 4, 90, &out);
    const auto* const begin = reinterpret_cast<const std::byte*>(out);
    Bytes file(begin, begin + size);
    ::WebPFree(out);
    return file;
}

/// The same picture in the extended container, with an EXIF block that tells an orientation.
Bytes with_orientation(const Bytes& bare, int width, int height, int orientation) {
    Bytes body;
    append(body, as_bytes("WEBPVP8X"));
    append_little(body, 10, 4);
    append_little(body, 8, 4); // EXIF
    append_little(body, static_cast<std::size_t>(width) - 1, 3);
    append_little(body, static_cast<std::size_t>(height) - 1, 3);
    append(body, ByteView(bare).subspan(12));
    append(body, as_bytes("EXIF"));
    append_little(body, 26, 4);
    append(body, as_bytes("II*"));
    append_little(body, 0, 1);
    append_little(body, 8, 4);
    append_little(body, 1, 2);
    for (const std::size_t value : {0x112, 3, 1, 0})
        append_little(body, value, 2);
    append_little(body, static_cast<std::size_t>(orientation), 4);
    append_little(body, 0, 4);
    Bytes file;
    append(file, as_bytes("RIFF"));
    append_little(file, body.size(), 4);
    append(file, body);
    return file;
}

/// A picture's planes without shrinking; nothing if the file is handed over.
std::optional<std::vector<fast::Plane>> planes_of(ByteView file) {
    const std::vector<RenditionSpec> specs;
    const ImageLimits limits;
    const ResizeRequest request{.input = file, .specs = specs, .limits = limits};
    fast::Pace pace(request);
    try {
        png::ChunkReader reader(file);
        const png::Header header = png::read_header(reader);
        if (header.width > 2'000 || header.height > 2'000)
            return std::nullopt; // by a changed header: slow, and no different
        return png::decode(header, reader, {header.width, header.height}, pace);
    } catch (const fast::HandOver&) {
        return std::nullopt;
    }
}

int multiplied(int colour, int alpha) {
    return (colour * alpha * 2 + 255) / 510;
}

/// Whether the planes are libpng's pixels, colours multiplied by alpha.
bool same_as_libpng(const std::vector<fast::Plane>& planes, const Pixels& expected) {
    const bool alpha = planes.size() % 2 == 0;
    const std::size_t colours = planes.size() - (alpha ? 1 : 0);
    for (int y = 0; y < expected.height; ++y)
        for (int x = 0; x < expected.width; ++x) {
            const Rgba pixel = expected.at(x, y);
            const std::array<int, 3> rgb{pixel.red, pixel.green, pixel.blue};
            for (std::size_t band = 0; band < colours; ++band)
                if (planes[band].row(y)[x] != multiplied(rgb[band], pixel.alpha))
                    return false;
            if (alpha && planes.back().row(y)[x] != pixel.alpha)
                return false;
        }
    return planes[0].width == expected.width && planes[0].height == expected.height;
}

/// The mean difference of what shows over white.
double difference(const Pixels& left, const Pixels& right) {
    double sum = 0;
    const auto over_white = [](const Pixels& image, std::size_t at) {
        const int alpha = std::to_integer<int>(image.rgba[at / 4 * 4 + 3]);
        return (std::to_integer<int>(image.rgba[at]) * alpha + 255 * (255 - alpha)) / 255.0;
    };
    for (std::size_t i = 0; i < left.rgba.size(); ++i)
        if (i % 4 != 3)
            sum += std::abs(over_white(left, i) - over_white(right, i));
    return sum / static_cast<double>(left.rgba.size());
}

EncodedImage thumbnail(Resizer& resizer, ByteView file, const RenditionSpec& spec) {
    const std::vector<RenditionSpec> specs{spec};
    const ImageLimits limits;
    return resizer.resize({.input = file, .specs = specs, .limits = limits}).images.at(0);
}

Resizer& plain() {
    static const auto resizer = Registry::builtin().open_resizer("vips:", {});
    return *resizer;
}

} // namespace

class FastPathsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { plain(); } // and with it, libvips keeps quiet
    void reads_png_as_libpng_does();
    void damaged_png_is_read_as_libpng_does_or_handed_over();
    void png_taken_and_handed_over_data();
    void png_taken_and_handed_over();
    void png_without_an_end_is_handed_over();
    void webp_taken_and_handed_over();
    void looks_like_libvips_data();
    void looks_like_libvips();
    void colours_stay_beside_transparency();
    void webp_orientations();
    void hands_over_what_is_asked_for();
    void hears_of_cancelling();
    void boxes_average_exactly();
    void boxes_of_every_width_average_exactly();
    void png_always_gives_the_same_bytes();
    void refuses_urls();
};

void FastPathsTest::reads_png_as_libpng_does() {
    for (const NamedPng& png : png_corpus()) {
        const auto planes = planes_of(png.data);
        QVERIFY2(planes && same_as_libpng(*planes, decode_pixels(png.data)), png.name.c_str());
    }
}

void FastPathsTest::damaged_png_is_read_as_libpng_does_or_handed_over() {
    int taken = 0;
    int handed_over = 0;
    for (const NamedPng& png : png_corpus())
        for (std::uint32_t seed = 0; seed < 30; ++seed) {
            Bytes file = mutated(png.data, seed);
            mend_checksums(file);
            const auto planes = planes_of(file);
            ++(planes ? taken : handed_over);
            std::optional<Pixels> expected;
            try {
                expected = decode_pixels(file);
            } catch (const std::exception&) { // libpng may be stricter
                continue;
            }
            if (planes)
                QVERIFY2(same_as_libpng(*planes, *expected),
                         (png.name + " seed " + std::to_string(seed)).c_str());
        }
    QVERIFY(taken > 20); // palettes and dimensions were changed, among others
    QVERIFY(handed_over > 20);
}

void FastPathsTest::png_taken_and_handed_over_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<bool>("takes");
    const auto add = [](const char* name, bool takes, const Bytes& file) {
        QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(file.data()),
                                          static_cast<qsizetype>(file.size()))
                            << takes;
    };
    const auto text = [](const std::string& value) {
        const ByteView view = as_bytes(value);
        return Bytes(view.begin(), view.end());
    };
    const auto image = [](TestImage wanted) {
        wanted.width = 300;
        wanted.height = 200;
        wanted.format = TestFormat::png;
        return make_test_image(wanted);
    };
    add("RGB", true, image({}));
    add("alpha", true, image({.alpha = true}));
    add("opaque alpha", true, image({.opaque_alpha = true}));
    add("grey", true, image({.grey = true}));
    add("indexed", true, image({.indexed = true}));
    add("text chunks", true,
        make_png({.width = 90, .height = 90, .before = png_chunk("tEXt", text("a"))}));
    add("interlaced", false, image({.progressive = true}));
    add("16 bits", false, image({.wide = true}));
    add("P3 profile", false, image({.p3_profile = true}));
    add("grey of 4 bits", false, make_png({.width = 90, .height = 90, .colour = 0, .depth = 4}));
    add("animation", false,
        make_png({.width = 90, .height = 90, .before = png_chunk("acTL", Bytes(8))}));
    add("transparent colour", false,
        make_png({.width = 90, .height = 90, .before = png_chunk("tRNS", Bytes(6))}));
    add("orientation", false,
        make_png({.width = 90, .height = 90, .before = png_chunk("eXIf", text("II*\0"))}));
    add("JPEG", false, make_test_image({.width = 300}));
}

void FastPathsTest::png_taken_and_handed_over() {
    QFETCH(const QByteArray, file);
    QFETCH(const bool, takes);
    WatchedPng watched;
    QCOMPARE(watched.hands_over(std::as_bytes(std::span(file.data(), std::size_t(file.size())))),
             !takes);
}

void FastPathsTest::png_without_an_end_is_handed_over() {
    const Bytes file = make_png({.width = 40, .height = 40, .chunk = 100});
    for (std::size_t size = 0; size < file.size(); size += size + 40 < file.size() ? 31 : 1)
        QVERIFY(!planes_of(ByteView(file).first(size)));
    QVERIFY(planes_of(file));
    Bytes longer = file; // image data behind their end
    const Bytes more = png_chunk("IDAT", Bytes(3));
    longer.insert(longer.end() - 12, more.begin(), more.end());
    QVERIFY(!planes_of(longer));
    Bytes wrong = file;
    wrong[60] ^= std::byte{1};
    QVERIFY(!planes_of(wrong)); // a checksum
}

void FastPathsTest::webp_taken_and_handed_over() {
    const TestImage wanted{.width = 500, .height = 401};
    const Bytes bare = make_webp(wanted);
    WatchedWebp watched;
    QVERIFY(!watched.hands_over(bare));
    QVERIFY(!watched.hands_over(with_orientation(bare, 500, 401, 1)));
    QVERIFY(watched.hands_over(with_orientation(bare, 500, 401, 9)));
    QVERIFY(watched.hands_over(make_webp({.width = 500, .height = 401, .alpha = true})));
    QVERIFY(watched.hands_over(make_test_image({})));
    for (const TestImage& other :
         {TestImage{.format = TestFormat::webp}, TestImage{.format = TestFormat::webp, .frames = 3},
          TestImage{.format = TestFormat::webp, .p3_profile = true}}) // lossless, all of them
        QVERIFY(watched.hands_over(make_test_image(other)));
    const int calls = watched.calls();
    const Bytes cut(bare.begin(), bare.begin() + static_cast<std::ptrdiff_t>(bare.size() * 3 / 4));
    QCOMPARE(error_of([&] { thumbnail(watched.resizer(), cut, {}); }), ErrorCode::image_truncated);
    QCOMPARE(watched.calls(), calls + 1);
}

void FastPathsTest::looks_like_libvips_data() {
    QTest::addColumn<TestImage>("image");
    QTest::newRow("PNG") << TestImage{.format = TestFormat::png};
    QTest::newRow("PNG, alpha") << TestImage{.format = TestFormat::png, .alpha = true};
    QTest::newRow("PNG, opaque alpha")
        << TestImage{.format = TestFormat::png, .opaque_alpha = true};
    QTest::newRow("PNG, grey") << TestImage{.format = TestFormat::png, .grey = true};
    QTest::newRow("PNG, indexed") << TestImage{.format = TestFormat::png, .indexed = true};
    QTest::newRow("WebP") << TestImage{.format = TestFormat::webp};
    QTest::newRow("WebP, grey") << TestImage{.format = TestFormat::webp, .grey = true};
}

void FastPathsTest::looks_like_libvips() {
    QFETCH(TestImage, image);
    image.width = 811;
    image.height = 607;
    const Bytes file = image.format == TestFormat::webp ? make_webp(image) : make_test_image(image);
    WatchedPng png;
    WatchedWebp webp;
    WatchedPath& watched = image.format == TestFormat::png ? static_cast<WatchedPath&>(png) : webp;
    for (const int side : {30, 100, 299, 1'000})
        for (const Fit fit : {Fit::contain, Fit::cover, Fit::fill})
            for (const OutputFormat format : {OutputFormat::automatic, OutputFormat::png}) {
                RenditionSpec spec;
                spec.width = side;
                spec.height = side / 2;
                spec.fit = fit;
                spec.gravity = side == 100 && image.format == TestFormat::png ? Gravity::attention
                                                                              : Gravity::south_east;
                spec.format = format;
                const EncodedImage ours = thumbnail(watched.resizer(), file, spec);
                const EncodedImage theirs = thumbnail(plain(), file, spec);
                QCOMPARE(ours.media_type, theirs.media_type);
                QCOMPARE(ours.width, theirs.width);
                QCOMPARE(ours.height, theirs.height);
                const Pixels left = decode_pixels(ours.data);
                const Pixels right = decode_pixels(theirs.data);
                QCOMPARE(left.bands, right.bands);
                // libvips has libwebp average areas, which blurs a border that lies askew.
                const int tolerance = image.format == TestFormat::webp ? 6 : 3;
                QVERIFY2(difference(left, right) < tolerance,
                         (std::to_string(difference(left, right)) + " at " + std::to_string(side))
                             .c_str());
            }
    QCOMPARE(watched.calls(), 0);
}

/// The filter overshoots in alpha and in colours alike.
void FastPathsTest::colours_stay_beside_transparency() {
    WatchedPng watched;
    const Bytes file =
        make_test_image({.width = 1'000, .height = 800, .format = TestFormat::png, .alpha = true});
    const Pixels made = decode_pixels(thumbnail(watched.resizer(), file, {}).data);
    int looked_at = 0;
    for (int x = 0; x < made.width; ++x) {
        const Rgba pixel = made.at(x, made.height * 3 / 4);
        if (pixel.alpha < 255)
            continue;
        ++looked_at;
        QVERIFY2(similar(pixel, bottom_left, 5), QByteArray::number(x));
    }
    QVERIFY(looked_at > made.width / 3); // it undershoots, too
    QCOMPARE(watched.calls(), 0);
}

void FastPathsTest::webp_orientations() {
    WatchedWebp watched;
    const Bytes bare = make_webp({.width = 500, .height = 300});
    const EncodedImage made = thumbnail(watched.resizer(), with_orientation(bare, 500, 300, 6), {});
    QCOMPARE(watched.calls(), 0);
    QCOMPARE(made.width, 60);
    QCOMPARE(made.height, 100);
    const Pixels pixels = decode_pixels(made.data); // turned to the right
    QVERIFY(similar(pixels.at(45, 20), top_left, 12));
    QVERIFY(similar(pixels.at(15, 20), bottom_left, 12));
}

void FastPathsTest::hands_over_what_is_asked_for() {
    WatchedPng watched;
    const Bytes file = make_test_image({.width = 600, .height = 400, .format = TestFormat::png});
    RenditionSpec spec;
    spec.keep_profile = true;
    QVERIFY(!watched.hands_over(file, spec)); // There is none to keep.
    spec = {};
    spec.linear_light = true;
    QVERIFY(watched.hands_over(file, spec));
    ImageLimits limits;
    limits.max_pixels = 1'000;
    const std::vector<RenditionSpec> specs{{}};
    QCOMPARE(error_of([&] {
                 watched.resizer().resize({.input = file, .specs = specs, .limits = limits});
             }),
             ErrorCode::image_too_large);
}

void FastPathsTest::hears_of_cancelling() {
    const Bytes file = make_test_image({.width = 900, .height = 900, .format = TestFormat::png});
    WatchedPng watched;
    const std::vector<RenditionSpec> specs{{}};
    const ImageLimits limits;
    CancelToken cancel;
    int headers = 0;
    QCOMPARE(error_of([&] {
                 watched.resizer().resize({.input = file,
                                           .specs = specs,
                                           .limits = limits,
                                           .cancel = &cancel,
                                           .progress = [&](double) { cancel.cancel(); },
                                           .header = [&](const ImageInfo&) { ++headers; }});
             }),
             ErrorCode::cancelled);
    QCOMPARE(headers, 1);
    QCOMPARE(watched.calls(), 0);
}

void FastPathsTest::boxes_average_exactly() {
    for (const int level : {0, 1, 127, 128, 254, 255}) {
        fast::BoxShrinker box(1'001, 403, 3, 128);
        const std::vector<std::uint8_t> row(1'001, static_cast<std::uint8_t>(level));
        for (int y = 0; y < 403; ++y)
            box.add(row.data());
        const fast::Plane plane = box.take();
        QCOMPARE(plane.width, 334);
        QCOMPARE(plane.height, 4);
        QCOMPARE(plane.extent_x, 1'001 / 3.0);
        for (int y = 0; y < plane.height; ++y)
            for (int x = 0; x < plane.width; ++x)
                QCOMPARE(int{plane.row(y)[x]}, level);
    }
    fast::BoxShrinker box(5, 3, 2, 2);
    for (const std::array<std::uint8_t, 5>& row :
         {std::array<std::uint8_t, 5>{10, 20, 0, 255, 9}, {30, 41, 0, 255, 10}, {7, 8, 1, 2, 255}})
        box.add(row.data());
    const fast::Plane plane = box.take();
    QCOMPARE(plane.samples, (std::vector<std::uint8_t>{25, 128, 10, 8, 2, 255}));
}

void FastPathsTest::boxes_of_every_width_average_exactly() {
    const int width = 157;
    const int height = 7;
    const int down = 3;
    std::vector<std::uint8_t> picture(static_cast<std::size_t>(width * height));
    std::uint32_t state = 1;
    for (std::uint8_t& sample : picture)
        sample = static_cast<std::uint8_t>((state = state * 1'664'525 + 1'013'904'223) >> 24);
    const auto at = [&](int x, int y) { return int{picture[std::size_t(y * width + x)]}; };
    for (const auto range : {fast::SampleRange{}, {16, 0, 219}, {128, 128, 224}})
        for (int across = 1; across <= 20; ++across) {
            fast::BoxShrinker box(width, height, across, down, range);
            for (int y = 0; y < height; ++y)
                box.add(picture.data() + std::ptrdiff_t{width} * y);
            const fast::Plane plane = box.take();
            QCOMPARE(plane.width, (width + across - 1) / across);
            for (int line = 0; line < plane.height; ++line)
                for (int column = 0; column < plane.width; ++column) {
                    double sum = 0;
                    int count = 0;
                    for (int y = line * down; y < std::min((line + 1) * down, height); ++y)
                        for (int x = column * across; x < std::min((column + 1) * across, width);
                             ++x, ++count)
                            sum += at(x, y);
                    const double value =
                        range.becomes + (sum / count - range.centre) * 255.0 / range.span;
                    QVERIFY(std::abs(plane.row(line)[column] - std::clamp(value, 0.0, 255.0)) <
                            0.500'001);
                }
        }
}

void FastPathsTest::png_always_gives_the_same_bytes() {
    Sha256 fingerprint;
    for (const NamedPng& png : png_corpus()) {
        const auto planes = planes_of(png.data);
        QVERIFY(planes);
        for (const fast::Plane& plane : *planes)
            fingerprint.update(std::as_bytes(std::span(plane.samples)));
    }
    QCOMPARE(QByteArray::fromStdString(fingerprint.finish_hex()),
             QByteArray("5e22a5e8b424f980b303e705f0770fb998580a39cf3334871401a79e00a0eefc"));
}

void FastPathsTest::refuses_urls() {
    for (const char* url : {"png:", "webp:", "png:png:vips:", "webp:sandbox:vips:", "png:unknown:",
                            "jpeg:png:webp:vips:?format=jpeg"})
        QCOMPARE(error_of([&] { Registry::builtin().open_resizer(url, BackendContext{}); }),
                 ErrorCode::invalid_argument);
    const auto resizer = Registry::builtin().open_resizer("png:webp:vips:?formats=webp", {});
    QCOMPARE(resizer->input_types(), std::vector<std::string>{"image/webp"});
    const Bytes image = make_test_image({.format = TestFormat::png});
    QCOMPARE(error_of([&] { thumbnail(*resizer, image, {}); }), ErrorCode::unsupported_format);
}

QTEST_GUILESS_MAIN(FastPathsTest)
#include "tst_fast_paths.moc"
