// What the fast path takes and what it hands over; geometry, colours, bytes.
#include "backends/fast/exif_orientation.h"
#include "backends/fast/resample.h"
#include "backends/jpeg/jpeg_resizer.h"
#include "backends/vips_fixture.h"
#include "src/sha256.h"
#include "support/icc_profile.h"
#include "support/jpeg_corpus.h"
#include "support/watched_path.h"

#include <QTest>

#include <array>
#include <cmath>
#include <cstdlib>
#include <string>

using namespace thumbjobs;
using namespace thumbjobs::test;

Q_DECLARE_METATYPE(thumbjobs::test::JpegRecipe)

namespace {

Bytes to_bytes(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

struct Watched : WatchedPath {
    Watched() : WatchedPath("jpeg", open_jpeg_resizer) {}
};

/// An EXIF block with one entry: the orientation as a number of `type`, `count` times.
std::string exif(int orientation, bool little, char type = 3, char count = 1) {
    const auto number = [little](int value, int bytes) {
        std::string text(static_cast<std::size_t>(bytes), '\0');
        text[little ? 0 : static_cast<std::size_t>(bytes) - 1] = static_cast<char>(value);
        return text;
    };
    const std::string tag = little ? std::string("\x12\x01", 2) : std::string("\x01\x12", 2);
    return (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(1, 2) + tag +
           number(type, 2) + number(count, 4) + number(orientation, 2) + number(0, 6);
}

Bytes icc_segment(const std::string& profile) {
    return to_bytes(std::string("ICC_PROFILE\0\1\1", 14) + profile);
}

/// Noise from integer arithmetic alone.
fast::Plane noise(int width, int height) {
    fast::Plane plane;
    plane.width = width;
    plane.height = height;
    plane.stride = static_cast<std::size_t>(width) + 3;
    plane.extent_x = width - 0.375;
    plane.extent_y = height - 0.25;
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < plane.stride * static_cast<std::size_t>(height); ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        plane.samples.push_back(static_cast<std::uint8_t>(state >> 24));
    }
    return plane;
}

fast::Taps taps(int samples, double extent, int outputs) {
    return fast::make_taps({.samples = samples,
                            .extent = extent,
                            .target = static_cast<double>(outputs),
                            .outputs = outputs});
}

double difference(const Pixels& left, const Pixels& right) {
    double sum = 0;
    for (std::size_t i = 0; i < left.rgba.size(); ++i)
        sum += std::abs(std::to_integer<int>(left.rgba[i]) - std::to_integer<int>(right.rgba[i]));
    return sum / static_cast<double>(left.rgba.size());
}

} // namespace

class JpegResizerTest : public QObject {
    Q_OBJECT

private slots:
    void takes_and_hands_over_data();
    void takes_and_hands_over();
    void hands_over_what_is_asked_for();
    void tells_the_header_once();
    void hears_of_progress_and_cancelling();
    void orientations_at_every_scale_data();
    void orientations_at_every_scale();
    void looks_like_libvips();
    void reads_exif();
    void every_instruction_set_gives_the_same_bytes();
    void kernels_add_up_exactly();
    void weights_stay_within_their_bound();
    void taps_are_remembered();
    void constant_planes_stay_constant();
    void refuses_urls();
};

void JpegResizerTest::takes_and_hands_over_data() {
    QTest::addColumn<JpegRecipe>("recipe");
    QTest::addColumn<bool>("takes");
    const JpegRecipe photo{
        .width = 1'700, .height = 1'300, .luma_h = 2, .luma_v = 2, .colour_h = 1, .colour_v = 1};
    const auto row = [&](const char* name, bool takes, auto&& change) {
        JpegRecipe recipe = photo;
        change(recipe);
        QTest::newRow(name) << recipe << takes;
    };
    row("baseline", true, [](JpegRecipe&) {});
    row("progressive", true, [](JpegRecipe& r) { r.progressive = true; });
    row("grey", true, [](JpegRecipe& r) { r.components = 1; });
    row("small", true, [](JpegRecipe& r) { r.width = 300; });
    row("smaller than the box", true, [](JpegRecipe& r) { r.width = r.height = 20; });
    row("one pixel", true, [](JpegRecipe& r) { r.width = r.height = 1; });
    row("restarts", true, [](JpegRecipe& r) { r.restart_interval = 5; });
    row("arithmetic", false, [](JpegRecipe& r) { r.arithmetic = true; });
    row("RGB", false, [](JpegRecipe& r) { r.rgb = true; });
    row("three scans", false, [](JpegRecipe& r) { r.three_scans = true; });
    row("orientation", true,
        [](JpegRecipe& r) { r.app_1 = to_bytes(std::string("Exif\0\0", 6) + exif(6, true)); });
    row("odd orientation", false,
        [](JpegRecipe& r) { r.app_1 = to_bytes(std::string("Exif\0\0", 6) + exif(9, true)); });
    row("sRGB profile", true, [](JpegRecipe& r) {
        r.app_2 = icc_segment(icc_rgb_profile(srgb_colours, icc_srgb_curve()));
    });
    row("broken profile", false, [](JpegRecipe& r) { r.app_2 = icc_segment("no profile"); });
}

void JpegResizerTest::takes_and_hands_over() {
    QFETCH(const JpegRecipe, recipe);
    QFETCH(const bool, takes);
    Watched watched;
    QCOMPARE(watched.hands_over(make_jpeg(recipe)), !takes);
}

void JpegResizerTest::hands_over_what_is_asked_for() {
    Watched watched;
    const Bytes plain = make_jpeg({.width = 900, .height = 900});
    const Bytes profiled =
        make_jpeg({.width = 900,
                   .height = 900,
                   .app_2 = icc_segment(icc_rgb_profile(srgb_colours, icc_srgb_curve()))});
    RenditionSpec spec;
    QVERIFY(!watched.hands_over(plain, spec));
    spec.keep_profile = true;
    QVERIFY(!watched.hands_over(plain, spec)); // There is none to keep.
    QVERIFY(watched.hands_over(profiled, spec));
    spec = {};
    spec.linear_light = true;
    QVERIFY(watched.hands_over(plain, spec));
    for (const Gravity gravity : {Gravity::attention, Gravity::entropy, Gravity::north_east}) {
        spec = {};
        spec.fit = Fit::cover;
        spec.width = 40;
        spec.gravity = gravity;
        QVERIFY(!watched.hands_over(plain, spec));
    }
    for (const OutputFormat format :
         {OutputFormat::png, OutputFormat::webp, OutputFormat::avif, OutputFormat::jpeg}) {
        spec = {};
        spec.fit = Fit::inside;
        spec.height = 60;
        spec.format = format;
        QVERIFY(!watched.hands_over(plain, spec));
    }
    QVERIFY(watched.hands_over(make_test_image({.format = TestFormat::png})));
}

void JpegResizerTest::tells_the_header_once() {
    Watched watched;
    Bytes file = make_jpeg({.width = 1'000, .height = 800, .restart_interval = 9});
    const std::vector<RenditionSpec> specs{{}};
    const ImageLimits limits;
    // The last restart marker gets another number: noticed when the header has long been told.
    for (std::size_t at = file.size() - 2; at > 0; --at)
        if (file[at] == std::byte{0xff} && (file[at + 1] & std::byte{0xf8}) == std::byte{0xd0}) {
            file[at + 1] ^= std::byte{1};
            break;
        }
    int headers = 0;
    double last = -1;
    bool grows = true;
    const auto result = [&] {
        return watched.resizer().resize({.input = file,
                                         .specs = specs,
                                         .limits = limits,
                                         .progress =
                                             [&](double fraction) {
                                                 grows = grows && fraction > last;
                                                 last = fraction;
                                             },
                                         .header = [&](const ImageInfo&) { ++headers; }});
    };
    (void)error_of(result); // libvips may take the file or not.
    QCOMPARE(watched.calls(), 1);
    QCOMPARE(headers, 1);
    QVERIFY(grows);
}

void JpegResizerTest::hears_of_progress_and_cancelling() {
    Watched watched;
    for (const bool progressive : {false, true})
        for (const int side : {100, 500}) {
            const Bytes file = make_jpeg(
                {.width = 1'700, .height = 1'700, .quality = 90, .progressive = progressive});
            std::vector<RenditionSpec> specs(1);
            specs[0].width = specs[0].height = side;
            const ImageLimits limits;
            CancelToken cancel;
            int calls = 0;
            QCOMPARE(error_of([&] {
                         watched.resizer().resize({.input = file,
                                                   .specs = specs,
                                                   .limits = limits,
                                                   .cancel = &cancel,
                                                   .progress = [&](double) {
                                                       if (++calls == 2)
                                                           cancel.cancel();
                                                   }});
                     }),
                     ErrorCode::cancelled);
            QCOMPARE(calls, 2);
            struct Stop {};
            bool stopped = false;
            try {
                watched.resizer().resize(
                    {.input = file, .specs = specs, .limits = limits, .progress = [](double) {
                         throw Stop{};
                     }});
            } catch (const Stop&) {
                stopped = true;
            }
            QVERIFY(stopped);
        }
    QCOMPARE(watched.calls(), 0);
}

void JpegResizerTest::orientations_at_every_scale_data() {
    QTest::addColumn<int>("orientation");
    for (int orientation = 1; orientation <= 8; ++orientation)
        QTest::addRow("%d", orientation) << orientation;
}

void JpegResizerTest::orientations_at_every_scale() {
    QFETCH(const int, orientation);
    Watched watched;
    for (const bool progressive : {false, true}) {
        const Bytes input = make_test_image(
            {.width = 811, .height = 607, .orientation = orientation, .progressive = progressive});
        for (const int side : {31, 60, 150, 300, 900})
            for (const OutputFormat format : {OutputFormat::jpeg, OutputFormat::png}) {
                RenditionSpec spec;
                spec.width = side;
                spec.height = side;
                spec.format = format;
                const std::vector<RenditionSpec> specs{spec};
                const ImageLimits limits;
                const auto result =
                    watched.resizer().resize({.input = input, .specs = specs, .limits = limits});
                QCOMPARE(result.source.width, 811);
                const Pixels made = decode_pixels(result.images.at(0).data);
                const Pixels expected = decode_pixels(resize_one(input, spec).data);
                QCOMPARE(made.width, expected.width);
                QCOMPARE(made.height, expected.height);
                QVERIFY2(difference(made, expected) < 6,
                         QByteArray::number(difference(made, expected)));
            }
    }
    QCOMPARE(watched.calls(), 0);
}

void JpegResizerTest::looks_like_libvips() {
    Watched watched;
    for (const NamedJpeg& file : jpeg_corpus()) {
        RenditionSpec spec;
        spec.width = 33;
        spec.height = 25;
        spec.format = OutputFormat::png;
        const std::vector<RenditionSpec> specs{spec};
        const ImageLimits limits;
        const auto made =
            watched.resizer().resize({.input = file.data, .specs = specs, .limits = limits});
        const Pixels ours = decode_pixels(made.images.at(0).data);
        const Pixels theirs = decode_pixels(resize_one(file.data, spec).data);
        QCOMPARE(ours.width, theirs.width);
        QCOMPARE(ours.height, theirs.height);
        QCOMPARE(ours.bands, theirs.bands);
        QVERIFY2(difference(ours, theirs) < 4,
                 (file.name + ": " + std::to_string(difference(ours, theirs))).c_str());
    }
    QCOMPARE(watched.calls(), 0);
}

void JpegResizerTest::reads_exif() {
    for (const bool little : {false, true}) {
        for (int orientation = 1; orientation <= 8; ++orientation)
            QCOMPARE(fast::exif_orientation(as_bytes(exif(orientation, little))), orientation);
        QVERIFY(!fast::exif_orientation(as_bytes(exif(0, little))));
        QVERIFY(!fast::exif_orientation(as_bytes(exif(9, little))));
        QVERIFY(!fast::exif_orientation(as_bytes(exif(1, little, 4))));
        QVERIFY(!fast::exif_orientation(as_bytes(exif(1, little, 3, 2))));
        const std::string whole = exif(6, little);
        for (std::size_t length = 0; length < 22; ++length) {
            // A copy of exactly that size, so that a read beyond it is noticed.
            const Bytes cut = to_bytes(whole.substr(0, length));
            QVERIFY(!fast::exif_orientation(cut));
        }
    }
}

void JpegResizerTest::every_instruction_set_gives_the_same_bytes() {
    const fast::Plane plane = noise(517, 389);
    Sha256 fingerprint;
    for (const int width : {1, 7, 100, 259, 600}) {
        const int height = width * 3 / 4 + 1;
        const auto across = taps(plane.width, plane.extent_x, width);
        const auto down = taps(plane.height, plane.extent_y, height);
        const auto plain = fast::resample(plane, across, down, 16, fast::plain_kernels());
        const auto best = fast::resample(plane, across, down, 16, fast::best_kernels());
        QVERIFY(plain.samples == best.samples);
        fingerprint.update(std::as_bytes(std::span(plain.samples)));
    }
    const QByteArray made = QByteArray::fromStdString(fingerprint.finish_hex());
    QCOMPARE(made, QByteArray("1223979792fef9b90d7377bb2039426088a49acfa36273f6a16fb6adf1bd6f03"));
}

/// Against sums of 64 bits, with the most that weights, samples and their number may be.
void JpegResizerTest::kernels_add_up_exactly() {
    std::uint32_t state = 7;
    const auto next = [&state] { return (state = state * 1'664'525 + 1'013'904'223) >> 16; };
    const auto divided = [](std::int64_t sum, int shift) {
        return (sum + (std::int64_t{1} << (shift - 1))) >> shift;
    };
    for (const fast::Kernels* kernels : {&fast::plain_kernels(), &fast::best_kernels()})
        for (const int taps : {1, 2, 3, 15, 16, 17, 64})
            for (const int width : {1, 15, 16, 17, 31, 32, 33, 64, 77})
                for (int extreme = 0; extreme < 4; ++extreme) {
                    const int count = (taps + 15) / 16 * 16;
                    // Two outputs' weights and more; what is not used must not count.
                    std::vector<std::int16_t> weights(static_cast<std::size_t>(count) * 7);
                    const int share = fast::Taps::most / taps;
                    for (std::size_t i = 0; i < weights.size(); ++i)
                        if (static_cast<int>(i) % count < taps) {
                            const int weight =
                                extreme < 2 ? share : static_cast<int>(next()) % (share + 1);
                            const bool negative = extreme == 1 || (extreme == 3 && next() % 2);
                            weights[i] = static_cast<std::int16_t>(
                                negative ? -weight : std::min(weight, 32'767));
                        }
                    std::vector<std::vector<std::uint8_t>> rows;
                    std::vector<const std::uint8_t*> pointers;
                    for (int k = 0; k < taps; ++k) {
                        std::vector<std::uint8_t> row;
                        for (int x = 0; x < width; ++x)
                            row.push_back(static_cast<std::uint8_t>(extreme < 2 ? 255 : next()));
                        rows.push_back(row);
                    }
                    for (const auto& row : rows)
                        pointers.push_back(row.data());
                    std::vector<std::int16_t> blended(static_cast<std::size_t>(width));
                    kernels->blend_rows(pointers.data(), weights.data(), taps, width,
                                        blended.data());
                    for (std::size_t x = 0; x < blended.size(); ++x) {
                        std::int64_t sum = 0;
                        for (std::size_t k = 0; k < rows.size(); ++k)
                            sum += std::int64_t{weights[k]} * rows[k][x];
                        QCOMPARE(std::int64_t{blended[x]},
                                 std::clamp<std::int64_t>(divided(sum, 8), -32'768, 32'767));
                    }

                    std::vector<std::int16_t> line(static_cast<std::size_t>(count) + 20);
                    for (std::int16_t& sample : line)
                        sample = static_cast<std::int16_t>(extreme == 0   ? 32'767
                                                           : extreme == 1 ? -32'768
                                                                          : next());
                    const std::vector<int> first{0, 3, 20, 1, 7, 2, 20};
                    for (int outputs = 1; outputs <= 7; ++outputs) {
                        std::vector<std::uint8_t> made(static_cast<std::size_t>(outputs));
                        kernels->blend_samples(line.data(), first.data(), weights.data(), count,
                                               outputs, made.data());
                        for (std::size_t i = 0; i < made.size(); ++i) {
                            std::int64_t sum = 0;
                            for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k)
                                sum +=
                                    std::int64_t{weights[i * static_cast<std::size_t>(count) + k]} *
                                    line[static_cast<std::size_t>(first[i]) + k];
                            QCOMPARE(std::int64_t{made[i]},
                                     std::clamp<std::int64_t>(divided(sum, 20), 0, 255));
                        }
                    }
                }
}

void JpegResizerTest::weights_stay_within_their_bound() {
    for (const int samples : {1, 2, 3, 16, 100, 513, 8'192, 65'535})
        for (const int outputs : {1, 2, 3, 7, 31, 100, 1'001})
            for (const bool mirrored : {false, true})
                for (const double step : {1.0, 2.0}) {
                    const int target = outputs * static_cast<int>(step);
                    const fast::Taps made = fast::make_taps({.samples = samples,
                                                             .extent = samples - 0.375,
                                                             .target = target - step / 2,
                                                             .first = 0,
                                                             .step = step,
                                                             .outputs = outputs,
                                                             .mirrored = mirrored});
                    for (int output = 0; output < outputs; ++output) {
                        const int first = made.first[static_cast<std::size_t>(output)];
                        QVERIFY(first >= 0 && first + made.used <= samples);
                        int sum = 0;
                        int magnitudes = 0;
                        for (int i = 0; i < made.count; ++i) {
                            sum += made.of(output)[i];
                            magnitudes += std::abs(made.of(output)[i]);
                        }
                        QCOMPARE(sum, fast::Taps::one);
                        QVERIFY2(magnitudes <= 1.65 * fast::Taps::one,
                                 QByteArray::number(magnitudes));
                    }
                }
}

void JpegResizerTest::taps_are_remembered() {
    const fast::Axis axis{
        .samples = 400, .extent = 399.5, .target = 100, .first = 0, .step = 1, .outputs = 100};
    const auto made = fast::recent_taps(axis);
    QCOMPARE(made->weights, fast::make_taps(axis).weights);
    QCOMPARE(fast::recent_taps(axis).get(), made.get());
    fast::Axis other = axis;
    for (other.samples = 500; other.samples < 520; ++other.samples)
        QVERIFY(fast::recent_taps(other).get() != made.get());
    QCOMPARE(fast::recent_taps(axis)->weights, made->weights); // made anew
    other.outputs = 10'000;
    QVERIFY(fast::recent_taps(other).get() != fast::recent_taps(other).get()); // not kept
}

void JpegResizerTest::constant_planes_stay_constant() {
    for (const int level : {0, 1, 128, 254, 255}) {
        fast::Plane plane = noise(203, 155);
        std::fill(plane.samples.begin(), plane.samples.end(), static_cast<std::uint8_t>(level));
        for (const int side : {1, 30, 150, 500}) {
            const auto made =
                fast::resample(plane, taps(plane.width, plane.extent_x, side),
                               taps(plane.height, plane.extent_y, side), 1, fast::best_kernels());
            for (const std::uint8_t sample : made.samples)
                QCOMPARE(int{sample}, level);
        }
    }
}

void JpegResizerTest::refuses_urls() {
    for (const char* url : {"jpeg:", "jpeg:jpeg:vips:", "jpeg:sandbox:vips:", "jpeg:unknown:",
                            "jpeg:vips:?format=jpeg", "jpeg:vips:?threads_per_image=0",
                            "jpeg:vips:?threads_per_image=5", "jpeg:vips:?threads_per_image=two",
                            "vips:?threads_per_image=2"})
        QCOMPARE(error_of([&] { Registry::builtin().open_resizer(url, BackendContext{}); }),
                 ErrorCode::invalid_argument);
    const auto resizer = Registry::builtin().open_resizer("jpeg:vips:?formats=png", {});
    QCOMPARE(resizer->input_types(), std::vector<std::string>{"image/png"});
    const Bytes image = make_jpeg({.width = 300, .height = 300});
    const std::vector<RenditionSpec> specs{{}};
    const ImageLimits limits;
    QCOMPARE(error_of([&] { resizer->resize({.input = image, .specs = specs, .limits = limits}); }),
             ErrorCode::unsupported_format);
}

QTEST_GUILESS_MAIN(JpegResizerTest)
#include "tst_jpeg_resizer.moc"
