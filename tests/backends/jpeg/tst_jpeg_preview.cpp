// When the preview inside a file's EXIF block stands for the picture, and when it does not.
#include "backends/common/geometry.h"
#include "backends/fast/exif_preview.h"
#include "backends/fast/hand_over.h"
#include "backends/jpeg/preview.h"
#include "backends/vips_fixture.h"
#include "support/exif_block.h"
#include "support/jpeg_corpus.h"

#include <QTest>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

constexpr int side = 256; ///< Of the thumbnails here: the preview must have 512 pixels.

Bytes to_bytes(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

std::string to_text(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

JpegRecipe photo() {
    return {.width = 1'040,
            .height = 780,
            .luma_h = 2,
            .luma_v = 2,
            .colour_h = 1,
            .colour_v = 1,
            .smooth = true};
}

/// What a camera would put in: the same picture, smaller.
Bytes shrink(const Bytes& picture, int width, int height, Fit fit = Fit::contain) {
    RenditionSpec spec;
    spec.width = width;
    spec.height = height;
    spec.fit = fit;
    return resize_one(picture, spec).data;
}

Bytes segment(const Bytes& preview, int orientation = 1) {
    return to_bytes(std::string("Exif\0\0", 6) + exif_block(orientation, to_text(preview)));
}

/// Makes a baseline file say that it is of another size.
Bytes claim_size(Bytes file, int width, int height) {
    const Bytes start{std::byte{0xff}, std::byte{0xc0}};
    const auto at = std::search(file.begin(), file.end(), start.begin(), start.end());
    int position = 5;
    for (const int value : {height >> 8, height, width >> 8, width})
        at[position++] = static_cast<std::byte>(value & 0xff);
    return file;
}

bool used(const Bytes& file) {
    jpeg::Source source(file);
    RenditionSpec spec;
    spec.width = side;
    spec.height = side;
    const std::vector<RenditionSpec> specs{spec};
    const ImageLimits limits;
    const ResizeRequest request{.input = file, .specs = specs, .limits = limits};
    fast::Pace pace(request);
    const auto tasks = fast::plan_tasks(source.upright(), false, specs);
    return jpeg::read_preview(source, jpeg::demand_of(source, tasks), {}, pace).has_value();
}

double difference(const Pixels& left, const Pixels& right) {
    double sum = 0;
    for (std::size_t i = 0; i < left.rgba.size(); ++i)
        sum += std::abs(std::to_integer<int>(left.rgba[i]) - std::to_integer<int>(right.rgba[i]));
    return sum / static_cast<double>(left.rgba.size());
}

} // namespace

class JpegPreviewTest : public QObject {
    Q_OBJECT

private slots:
    void is_used_or_not_data();
    void is_used_or_not();
    void is_found_in_exif();
    void every_length_of_a_block();
    void stands_for_the_picture_in_every_orientation_data();
    void stands_for_the_picture_in_every_orientation();
    void is_not_used_unless_asked_for();
};

void JpegPreviewTest::is_used_or_not_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<bool>("wanted");
    const auto row = [](const char* name, bool wanted, const Bytes& app_1,
                        const JpegRecipe& picture = photo()) {
        JpegRecipe recipe = picture;
        recipe.app_1 = app_1;
        const std::string file = to_text(make_jpeg(recipe));
        QTest::newRow(name) << QByteArray::fromStdString(file) << wanted;
    };
    const Bytes picture = make_jpeg(photo());
    const Bytes preview = shrink(picture, 512, 512);
    JpegRecipe progressive = photo();
    progressive.progressive = true;
    row("agrees", true, segment(preview));
    row("agrees, progressive picture", true, segment(preview), progressive);
    row("no preview", false, {});
    row("too small", false, segment(shrink(picture, 500, 500)));
    row("of another picture", false, segment(make_test_image({.width = 512, .height = 384})));
    row("mirrored", false, segment(shrink(with_exif(picture, exif_block(2, "")), 512, 512)));
    JpegRecipe corner = photo(); // its upper left three quarters
    corner.width = 780;
    corner.height = 585;
    row("of before a crop", false, segment(shrink(make_jpeg(corner), 512, 512)));
    row("stretched", false, segment(shrink(picture, 512, 512, Fit::fill)));
    row("grey", false,
        segment(make_jpeg({.width = 512, .height = 384, .components = 1, .smooth = true})));
    JpegRecipe little = photo();
    little.width = 500;
    little.height = 375;
    row("larger than the picture", false, segment(preview), little);
    row("says that it is huge", false, segment(claim_size(preview, 65'500, 49'125)));
    row("says that it is somewhat larger", false, segment(claim_size(preview, 1'024, 768)));
    row("with EXIF of its own", false, segment(with_exif(preview, exif_block(1, ""))));
    row("with a preview of its own", false,
        segment(with_exif(preview, exif_block(1, to_text(shrink(picture, 160, 120))))));
    row("cut off", false, segment(Bytes(preview.begin(), preview.begin() + 2'000)));
    row("no JPEG", false, segment(Bytes(2'000, std::byte{7})));
}

void JpegPreviewTest::is_used_or_not() {
    QFETCH(const QByteArray, file);
    QFETCH(const bool, wanted);
    QCOMPARE(used(to_bytes({file.constData(), static_cast<std::size_t>(file.size())})), wanted);
}

void JpegPreviewTest::is_found_in_exif() {
    const std::string preview = "preview";
    const auto found = [&](std::size_t offset, std::size_t length) {
        const std::string block = exif_block(1, preview, {offset, length});
        const auto part = fast::exif_preview(as_bytes(block));
        return part ? std::string(reinterpret_cast<const char*>(part->data()), part->size()) : "-";
    };
    QCOMPARE(found(exif_preview_offset, 7), "preview");
    QCOMPARE(found(exif_preview_offset + 3, 4), "view");
    for (const auto& [offset, length] :
         std::vector<std::pair<std::size_t, std::size_t>>{{exif_preview_offset, 8},
                                                          {exif_preview_offset, 0},
                                                          {exif_preview_offset, 0xffffffff},
                                                          {exif_preview_offset + 8, 1},
                                                          {0xffffffff, 7},
                                                          {0xfffffff9, 0xffffffff}})
        QCOMPARE(found(offset, length), "-");
    std::string twice = exif_block(1, preview);
    twice.replace(28, 12,
                  exif_entry(0x0201, 4, exif_preview_offset)); // in place of the compression
    QVERIFY(!fast::exif_preview(as_bytes(twice)));
    std::string tiff = exif_block(1, preview);
    tiff.replace(28, 12, exif_entry(0x0103, 3, 1)); // not compressed
    QVERIFY(!fast::exif_preview(as_bytes(tiff)));
    std::string loop = exif_block(1, preview);
    loop.replace(22, 4, little_endian(8, 4)); // the second directory is the first
    QVERIFY(!fast::exif_preview(as_bytes(loop)));
}

void JpegPreviewTest::every_length_of_a_block() {
    const std::string block = exif_block(1, "preview");
    for (std::size_t length = 0; length < block.size(); ++length) {
        const Bytes part = to_bytes(std::string_view(block).substr(0, length));
        QVERIFY(!fast::exif_preview(part));
    }
}

void JpegPreviewTest::stands_for_the_picture_in_every_orientation_data() {
    QTest::addColumn<int>("orientation");
    for (int orientation = 1; orientation <= 8; ++orientation)
        QTest::addRow("%d", orientation) << orientation;
}

void JpegPreviewTest::stands_for_the_picture_in_every_orientation() {
    QFETCH(const int, orientation);
    JpegRecipe recipe = photo();
    recipe.app_1 = segment(shrink(make_jpeg(recipe), 512, 512), orientation);
    const Bytes file = make_jpeg(recipe);
    QVERIFY(used(file));
    RenditionSpec spec;
    spec.width = side;
    spec.height = side;
    const std::vector<RenditionSpec> specs{spec};
    const ImageLimits limits;
    const auto make = [&](const char* url) {
        return Registry::builtin().open_resizer(url, {})->resize(
            {.input = file, .specs = specs, .limits = limits});
    };
    const auto by_preview = make("jpeg:vips:?prefer_embedded_preview=1");
    const auto by_picture = make("jpeg:vips:");
    QVERIFY(by_preview.images.at(0).data != by_picture.images.at(0).data);
    QCOMPARE(by_preview.source.width, by_picture.source.width);
    const Pixels ours = decode_pixels(by_preview.images.at(0).data);
    const Pixels expected = decode_pixels(by_picture.images.at(0).data);
    QCOMPARE(ours.width, expected.width);
    QCOMPARE(ours.height, expected.height);
    QVERIFY2(difference(ours, expected) < 3, QByteArray::number(difference(ours, expected)));
}

void JpegPreviewTest::is_not_used_unless_asked_for() {
    JpegRecipe recipe = photo();
    const Bytes plain = make_jpeg(recipe);
    recipe.app_1 = segment(shrink(plain, 512, 512));
    const Bytes file = make_jpeg(recipe);
    RenditionSpec spec;
    spec.width = side;
    spec.height = side;
    const std::vector<RenditionSpec> specs{spec};
    const ImageLimits limits;
    const auto make = [&](const char* url, const Bytes& input) {
        return Registry::builtin()
            .open_resizer(url, {})
            ->resize({.input = input, .specs = specs, .limits = limits})
            .images.at(0)
            .data;
    };
    for (const char* url : {"jpeg:vips:", "jpeg:vips:?prefer_embedded_preview=0"})
        QVERIFY(make(url, file) == make(url, plain));
    QCOMPARE(error_of([] {
                 Registry::builtin().open_resizer("jpeg:vips:?prefer_embedded_preview=yes", {});
             }),
             ErrorCode::invalid_argument);
    QCOMPARE(
        error_of([] { Registry::builtin().open_resizer("vips:?prefer_embedded_preview=1", {}); }),
        ErrorCode::invalid_argument);
}

QTEST_GUILESS_MAIN(JpegPreviewTest)
#include "tst_jpeg_preview.moc"
