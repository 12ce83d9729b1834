// Files with a colour profile: which profiles are sRGB, what others make of colours, and that
// libvips' own path makes the same.
#include "backends/fast/srgb_profile.h"
#include "backends/jpeg/jpeg_resizer.h"
#include "backends/vips_fixture.h"
#include "support/icc_profile.h"
#include "support/jpeg_corpus.h"
#include "support/watched_path.h"

#include <QTest>

#include <algorithm>
#include <cstdlib>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

struct Watched : WatchedPath {
    Watched() : WatchedPath("jpeg", open_jpeg_resizer) {}
};

const std::string adobe_rgb = icc_rgb_profile(adobe_rgb_colours, icc_table({0x0233}));
const std::string display_p3 = icc_rgb_profile(p3_colours, icc_srgb_curve());

Bytes to_bytes(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

/// `profile` may be empty.
Bytes photo(const std::string& profile, int components = 3, bool progressive = false) {
    const std::string segment = std::string("ICC_PROFILE\0\1\1", 14) + profile;
    return make_jpeg({.width = 500,
                      .height = 380,
                      .components = components,
                      .luma_h = components == 1 ? 1 : 2,
                      .luma_v = components == 1 ? 1 : 2,
                      .progressive = progressive,
                      .app_2 = profile.empty() ? Bytes{} : to_bytes(segment)});
}

Pixels thumbnail(Resizer& resizer, const Bytes& input, const RenditionSpec& spec) {
    const std::vector<RenditionSpec> specs{spec};
    const ImageLimits limits;
    return decode_pixels(
        resizer.resize({.input = input, .specs = specs, .limits = limits}).images.at(0).data);
}

double difference(const Pixels& left, const Pixels& right) {
    if (left.rgba.size() != right.rgba.size())
        return 255;
    double sum = 0;
    for (std::size_t i = 0; i < left.rgba.size(); ++i)
        sum += std::abs(std::to_integer<int>(left.rgba[i]) - std::to_integer<int>(right.rgba[i]));
    return sum / static_cast<double>(left.rgba.size());
}

} // namespace

class JpegColourTest : public QObject {
    Q_OBJECT

private slots:
    void knows_srgb();
    void takes_and_hands_over_data();
    void takes_and_hands_over();
    void converts_as_libvips_does_data();
    void converts_as_libvips_does();
    void leaves_odd_profiles_to_libvips();
    void thumbnails_look_like_libvips_data();
    void thumbnails_look_like_libvips();
    void damaged_profiles_fail_no_job();
};

void JpegColourTest::knows_srgb() {
    const std::string srgb = icc_rgb_profile(srgb_colours, icc_srgb_curve());
    QVERIFY(fast::is_srgb(as_bytes(srgb)));
    // As browsers and phones write it.
    QVERIFY(fast::is_srgb(as_bytes(icc_rgb_profile(
        srgb_colours, icc_formula(4, {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0})))));
    QVERIFY(!fast::is_srgb(as_bytes(display_p3)));
    QVERIFY(!fast::is_srgb(as_bytes(adobe_rgb)));
    QVERIFY(!fast::is_srgb(as_bytes(icc_rgb_profile(srgb_colours, icc_srgb_curve(2.2)))));
    for (std::size_t length = 0; length < srgb.size(); ++length) // exact copies: see sanitizers
        QVERIFY(!fast::is_srgb(to_bytes(srgb.substr(0, length))));
}

void JpegColourTest::takes_and_hands_over_data() {
    QTest::addColumn<Bytes>("file");
    QTest::addColumn<bool>("takes");
    const std::string grey = icc_profile(
        "GRAY", {{"wtpt", icc_colour({0.9642, 1, 0.8249})}, {"kTRC", icc_table({0x01cd})}});
    QTest::newRow("P3") << photo(display_p3) << true;
    QTest::newRow("P3, progressive") << photo(display_p3, 3, true) << true;
    QTest::newRow("Adobe RGB") << photo(adobe_rgb) << true;
    QTest::newRow("grey") << photo(grey, 1) << true;
    QTest::newRow("sRGB for a grey picture")
        << photo(icc_rgb_profile(srgb_colours, icc_srgb_curve()), 1) << true;
    QTest::newRow("P3 for a grey picture") << photo(display_p3, 1) << false;
    QTest::newRow("grey for a colour picture") << photo(grey) << false;
    QTest::newRow("no profile") << photo("no profile") << false;
    Bytes parts = photo(display_p3);
    const auto name = as_bytes(std::string_view("ICC_PROFILE"));
    const auto at = std::search(parts.begin(), parts.end(), name.begin(), name.end());
    at[13] = std::byte{2}; // the first of two
    QTest::newRow("in two parts") << parts << false;
}

void JpegColourTest::takes_and_hands_over() {
    QFETCH(const Bytes, file);
    QFETCH(const bool, takes);
    Watched watched;
    QCOMPARE(watched.hands_over(file), !takes);
    RenditionSpec spec;
    spec.keep_profile = true;
    QVERIFY(watched.hands_over(file, spec));
}

void JpegColourTest::converts_as_libvips_does_data() {
    QTest::addColumn<std::string>("profile");
    QTest::newRow("P3") << display_p3;
    QTest::newRow("Adobe RGB") << adobe_rgb;
    QTest::newRow("linear") << icc_rgb_profile(srgb_colours, icc_table({}));
    QTest::newRow("a power") << icc_rgb_profile(p3_colours, icc_formula(0, {1.8}));
    QTest::newRow("with offsets") << icc_rgb_profile(
        p3_colours, icc_formula(4, {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0}));
    QTest::newRow("a table") << icc_rgb_profile(
        adobe_rgb_colours, icc_table({0, 2'000, 9'000, 21'000, 40'000, 65'535}));
}

void JpegColourTest::converts_as_libvips_does() {
    QFETCH(const std::string, profile);
    PixelImage colours{{64, 64}, 3, {}};
    for (int red = 0; red < 16; ++red)
        for (int green = 0; green < 16; ++green)
            for (int blue = 0; blue < 16; ++blue)
                for (const int level : {red, green, blue})
                    colours.pixels.push_back(static_cast<std::byte>(level * 17));
    PixelImage ours = colours;
    const auto read = fast::read_rgb_profile(as_bytes(profile));
    QVERIFY(read);
    const auto conversion = fast::ToSrgb::from(*read);
    QVERIFY(conversion);
    conversion->convert(ours.pixels);

    colours.profile = as_bytes(profile);
    RenditionSpec spec;
    spec.width = spec.height = 64;
    spec.format = OutputFormat::png;
    const Pixels theirs = decode_pixels(
        open_vips_finisher()->finish(colours, plan_rendition(colours.size, spec), spec).data);
    QCOMPARE(theirs.bands, 3);
    int most = 0;
    for (std::size_t i = 0; i < ours.pixels.size(); ++i)
        most = std::max(most, std::abs(std::to_integer<int>(ours.pixels[i]) -
                                       std::to_integer<int>(theirs.rgba[i / 3 * 4 + i % 3])));
    QVERIFY2(most <= 2, QByteArray::number(most));
}

void JpegColourTest::leaves_odd_profiles_to_libvips() {
    const auto converts = [](const std::string& profile) {
        const auto read = fast::read_rgb_profile(as_bytes(profile));
        return read && fast::ToSrgb::from(*read);
    };
    QVERIFY(converts(display_p3));
    QVERIFY(!converts(icc_rgb_profile(p3_colours, icc_table({65'535, 0}))));             // falls
    QVERIFY(!converts(icc_rgb_profile(p3_colours, icc_table({0, 40'000}))));             // no white
    QVERIFY(!converts(icc_rgb_profile(p3_colours, icc_formula(0, {-3}))));               // infinite
    QVERIFY(!converts(icc_rgb_profile(p3_colours, icc_formula(3, {2, 1, -2, 1, 0.5})))); // steps
    IccColours tinted = p3_colours;
    tinted[2][2] = 0.5;
    QVERIFY(!converts(icc_rgb_profile(tinted, icc_srgb_curve())));
    IccColours extreme = srgb_colours; // The sum stays white.
    extreme[0][0] += 20'000;
    extreme[1][0] -= 20'000;
    QVERIFY(!converts(icc_rgb_profile(extreme, icc_srgb_curve())));
    QVERIFY(!converts(icc_profile("RGB ", {{"A2B0", "mft2"},
                                           {"rXYZ", icc_colour(p3_colours[0])},
                                           {"gXYZ", icc_colour(p3_colours[1])},
                                           {"bXYZ", icc_colour(p3_colours[2])},
                                           {"rTRC", icc_srgb_curve()},
                                           {"gTRC", icc_srgb_curve()},
                                           {"bTRC", icc_srgb_curve()}})));
    for (std::size_t length = 0; length < adobe_rgb.size(); ++length)
        (void)fast::read_rgb_profile(to_bytes(adobe_rgb.substr(0, length)));
}

void JpegColourTest::thumbnails_look_like_libvips_data() {
    QTest::addColumn<std::string>("profile");
    QTest::addColumn<int>("components");
    QTest::addColumn<bool>("changes");
    QTest::newRow("P3") << display_p3 << 3 << true;
    QTest::newRow("Adobe RGB") << adobe_rgb << 3 << true;
    QTest::newRow("falling curve")
        << icc_rgb_profile(p3_colours, icc_table({65'535, 0})) << 3 << true;
    QTest::newRow("no curve") << icc_profile("RGB ", {{"rXYZ", icc_colour(p3_colours[0])}}) << 3
                              << false; // no use to anyone
    QTest::newRow("broken table") << icc_profile("RGB ", {{"A2B0", "mft2"}}) << 3 << false;
    QTest::newRow("grey") << icc_profile("GRAY", {{"wtpt", icc_colour({0.9642, 1, 0.8249})},
                                                  {"kTRC", icc_table({0x01cd})}})
                          << 1 << true;
}

void JpegColourTest::thumbnails_look_like_libvips() {
    QFETCH(const std::string, profile);
    QFETCH(const int, components);
    QFETCH(const bool, changes);
    Watched watched;
    for (const bool progressive : {false, true})
        for (const OutputFormat format : {OutputFormat::jpeg, OutputFormat::png})
            for (const int quality : {80, 95})
                for (const Fit fit : {Fit::inside, Fit::cover}) {
                    const Bytes file = photo(profile, components, progressive);
                    const Bytes plain = photo("", components, progressive);
                    RenditionSpec spec;
                    spec.width = 75;
                    spec.height = 60;
                    spec.format = format;
                    spec.quality = quality;
                    spec.fit = fit;
                    const Pixels made = thumbnail(watched.resizer(), file, spec);
                    const Pixels expected = decode_pixels(resize_one(file, spec).data);
                    QCOMPARE(made.width, expected.width);
                    QCOMPARE(made.height, expected.height);
                    QCOMPARE(made.bands, expected.bands);
                    QVERIFY2(difference(made, expected) < 7,
                             QByteArray::number(difference(made, expected)));
                    const Pixels unchanged = thumbnail(watched.resizer(), plain, spec);
                    QVERIFY2(difference(made, unchanged) > 3 || !changes,
                             QByteArray::number(difference(made, unchanged)));
                    QVERIFY(difference(made, unchanged) < 3 || changes);
                }
    QCOMPARE(watched.calls(), 0);
}

void JpegColourTest::damaged_profiles_fail_no_job() {
    Watched watched;
    RenditionSpec spec;
    spec.width = 20;
    std::uint32_t state = 1;
    const auto random = [&state](std::size_t below) {
        state = state * 1'664'525 + 1'013'904'223;
        return (state >> 8) % below;
    };
    for (int round = 0; round < 200; ++round) {
        std::string profile = round % 2 == 0 ? display_p3 : adobe_rgb;
        for (std::size_t changes = 1 + random(4); changes > 0; --changes)
            profile[random(profile.size())] = static_cast<char>(random(256));
        const Pixels made = thumbnail(watched.resizer(), photo(profile), spec);
        QCOMPARE(made.width, 20);
    }
}

QTEST_GUILESS_MAIN(JpegColourTest)
#include "tst_jpeg_colour.moc"
