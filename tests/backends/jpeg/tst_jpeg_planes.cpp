// The entropy readers against libjpeg's coefficients, bit for bit.
#include "backends/fast/hand_over.h"
#include "backends/jpeg/baseline_dc.h"
#include "backends/jpeg/progressive_dc.h"
#include "backends/jpeg/scaled_decode.h"
#include "support/jpeg_corpus.h"

#include <QTest>

#include <algorithm>
#include <optional>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

const std::vector<NamedJpeg>& corpus() {
    static const auto files = jpeg_corpus();
    return files;
}

/// What a decode needs besides the file.
struct Nobody {
    std::vector<RenditionSpec> specs{};
    ImageLimits limits{};
    ResizeRequest request{.input = {}, .specs = specs, .limits = limits};
    fast::Pace pace{request};
};

jpeg::DcPlanes read_dc(const jpeg::Source& source) {
    Nobody nobody;
    return source.progressive() ? jpeg::read_progressive_dc(source, nobody.pace)
                                : jpeg::read_baseline_dc(source, nobody.pace);
}

/// Nothing where the file is handed over.
std::optional<std::vector<std::vector<std::int16_t>>> our_dc(ByteView file) {
    try {
        const jpeg::Source source(file);
        const jpeg::DcPlanes planes = read_dc(source);
        std::vector<std::vector<std::int16_t>> values;
        for (std::size_t c = 0; c < planes.size(); ++c) {
            const auto& component = source.reader().header().comp_info[c];
            values.emplace_back();
            for (int y = 0; y < static_cast<int>(component.height_in_blocks); ++y)
                for (int x = 0; x < static_cast<int>(component.width_in_blocks); ++x)
                    values.back().push_back(planes[c].values[planes[c].index(x, y)]);
        }
        return values;
    } catch (const fast::HandOver&) {
        return std::nullopt;
    }
}

/// How many samples libjpeg makes of each component's blocks at 1/8. The file must be sound.
std::vector<int> samples_at_one_eighth(ByteView file) {
    jpeg::Source source(file);
    jpeg_decompress_struct& state = source.reader().state();
    state.scale_num = 1;
    state.scale_denom = DCTSIZE;
    jpeg_calc_output_dimensions(&state);
    std::vector<int> samples;
    for (int c = 0; c < state.num_components; ++c)
        samples.push_back(jpeg::block_samples(state.comp_info[c]));
    return samples;
}

} // namespace

class JpegPlanesTest : public QObject {
    Q_OBJECT

private slots:
    void coefficients_equal_libjpegs();
    void samples_equal_libjpegs();
    void damaged_files_agree_or_are_handed_over_data();
    void damaged_files_agree_or_are_handed_over();
    void every_length_of_a_file();
    void long_scans_come_in_pieces();
};

void JpegPlanesTest::coefficients_equal_libjpegs() {
    for (const NamedJpeg& file : corpus()) {
        const LibjpegDc expected = libjpeg_dc(file.data);
        QVERIFY2(!expected.failed && !expected.warned, file.name.c_str());
        const auto actual = our_dc(file.data);
        QVERIFY2(actual.has_value(), file.name.c_str());
        QVERIFY2(*actual == expected.values, file.name.c_str());
    }
}

void JpegPlanesTest::samples_equal_libjpegs() {
    for (const NamedJpeg& file : corpus()) {
        Nobody nobody;
        jpeg::Source source(file.data);
        const fast::Planes ours = jpeg::to_planes(source, read_dc(source));
        const fast::Planes theirs = jpeg::decode_scaled(source, 1, nobody.pace);
        QCOMPARE(ours.count, theirs.count);
        const std::vector<int> samples = samples_at_one_eighth(file.data);
        for (std::size_t c = 0; c < static_cast<std::size_t>(ours.count); ++c) {
            const fast::Plane& our = ours.plane[c];
            const fast::Plane& their = theirs.plane[c];
            // libjpeg gives colour at twice the scale where it then need not upsample.
            if (samples[c] != 1)
                continue;
            QCOMPARE(our.width, their.width);
            QCOMPARE(our.height, their.height);
            QCOMPARE(our.extent_x, their.extent_x);
            QCOMPARE(our.extent_y, their.extent_y);
            for (int y = 0; y < our.height; ++y)
                QVERIFY2(std::equal(our.row(y), our.row(y) + our.width, their.row(y)),
                         file.name.c_str());
        }
    }
}

void JpegPlanesTest::damaged_files_agree_or_are_handed_over_data() {
    QTest::addColumn<int>("first");
    for (int first = 0; first < 20; ++first)
        QTest::addRow("%d", first) << first;
}

void JpegPlanesTest::damaged_files_agree_or_are_handed_over() {
    QFETCH(const int, first);
    int accepted = 0;
    int handed_over = 0;
    for (std::size_t i = static_cast<std::size_t>(first); i < corpus().size(); i += 20)
        for (std::uint32_t seed = 0; seed < 24; ++seed) {
            const NamedJpeg& file = corpus()[i];
            const Bytes damaged = mutated(file.data, seed * 1'000 + static_cast<std::uint32_t>(i));
            const auto actual = our_dc(damaged);
            if (!actual) {
                ++handed_over;
                continue;
            }
            ++accepted;
            const LibjpegDc expected = libjpeg_dc(damaged);
            const std::string name = file.name + ", seed " + std::to_string(seed);
            // What is wrong with the other scans of a progressive file does not show here.
            if (!file.progressive)
                QVERIFY2(!expected.failed && !expected.warned, name.c_str());
            if (!expected.failed)
                QVERIFY2(*actual == expected.values, name.c_str());
        }
    QVERIFY(handed_over > 0);
    QVERIFY(accepted > 0);
}

void JpegPlanesTest::every_length_of_a_file() {
    const Bytes file = make_jpeg({.width = 61,
                                  .height = 40,
                                  .luma_h = 2,
                                  .luma_v = 2,
                                  .quality = 60,
                                  .restart_interval = 3});
    const Bytes progressive =
        make_jpeg({.width = 61, .height = 40, .luma_h = 2, .luma_v = 2, .progressive = true});
    for (const Bytes& whole : {file, progressive})
        for (std::size_t length = 0; length < whole.size(); ++length) {
            // A copy of exactly that size, so that a read beyond it is noticed.
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            QVERIFY2(!our_dc(cut), QByteArray::number(qulonglong(length)));
        }
}

void JpegPlanesTest::long_scans_come_in_pieces() {
    for (const int restart : {0, 4'000})
        for (const bool progressive : {false, true}) {
            const Bytes file = make_jpeg({.width = 2'000,
                                          .height = 1'100,
                                          .luma_h = 2,
                                          .luma_v = 2,
                                          .quality = 97,
                                          .restart_interval = restart,
                                          .progressive = progressive});
            QVERIFY(file.size() > 400'000);
            const auto actual = our_dc(file);
            QVERIFY(actual.has_value());
            QVERIFY(*actual == libjpeg_dc(file).values);
        }
}

QTEST_GUILESS_MAIN(JpegPlanesTest)
#include "tst_jpeg_planes.moc"
