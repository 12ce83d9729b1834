// The entropy readers against libjpeg's coefficients, bit for bit.
#include "backends/fast/hand_over.h"
#include "backends/jpeg/baseline_dc.h"
#include "backends/jpeg/baseline_scaled.h"
#include "backends/jpeg/idct.h"
#include "backends/jpeg/progressive_dc.h"
#include "backends/jpeg/scaled_decode.h"
#include "src/sha256.h"
#include "support/jpeg_corpus.h"
#include "support/jpeg_rows.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <span>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

const std::vector<NamedJpeg>& corpus() {
    static const auto files = jpeg_corpus();
    return files;
}

jpeg::DcPlanes read_dc(const jpeg::Source& source) {
    Nobody nobody;
    return source.progressive() ? jpeg::read_progressive_dc(source, nobody.pace)
                                : jpeg::read_baseline_dc(source, {}, nobody.pace);
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

/// How many samples libjpeg makes of each component's blocks at this scale. The file must be sound.
std::vector<int> libjpeg_samples(ByteView file, int eighths) {
    jpeg::Source source(file);
    jpeg_decompress_struct& state = source.reader().state();
    state.scale_num = static_cast<unsigned>(eighths);
    state.scale_denom = DCTSIZE;
    jpeg_calc_output_dimensions(&state);
    std::vector<int> samples;
    for (int c = 0; c < state.num_components; ++c)
        samples.push_back(jpeg::block_samples(state.comp_info[c]));
    return samples;
}

/// What sample (x, y) of a block is by the definition, before it is limited: the inverse DCT of the
/// `side` x `side` lowest coefficients, in floating point.
double exact_sample(const std::int16_t* coefficients, const UINT16* quanta, int side, int x,
                    int y) {
    const auto weight = [side](int frequency, int at) {
        return frequency == 0 ? 1
                              : std::numbers::sqrt2 * std::cos((2 * at + 1) * frequency *
                                                               std::numbers::pi / (2 * side));
    };
    double sum = 0;
    for (int v = 0; v < side; ++v)
        for (int u = 0; u < side; ++u)
            sum +=
                coefficients[v * side + u] * quanta[v * DCTSIZE + u] * weight(u, x) * weight(v, y);
    return sum / 8 + CENTERJSAMPLE;
}

/// The farthest that the samples of a component are from exact ones.
double largest_error(const fast::Plane& plane, const std::vector<std::int16_t>& coefficients,
                     const jpeg_component_info& component, const UINT16* quanta, int side) {
    double largest = 0;
    const auto blocks = static_cast<int>(component.width_in_blocks);
    for (int y = 0; y < plane.height; ++y)
        for (int x = 0; x < plane.width; ++x) {
            const int block = y / side * blocks + x / side;
            const double exact =
                exact_sample(coefficients.data() + std::ptrdiff_t{block} * side * side, quanta,
                             side, x % side, y % side);
            largest = std::max(largest, std::abs(std::clamp(exact, 0.0, 255.0) - plane.row(y)[x]));
        }
    return largest;
}

bool same_picture(const fast::Plane& a, const fast::Plane& b) {
    if (a.width != b.width || a.height != b.height || a.extent_x != b.extent_x ||
        a.extent_y != b.extent_y)
        return false;
    for (int y = 0; y < a.height; ++y)
        if (!std::equal(a.row(y), a.row(y) + a.width, b.row(y)))
            return false;
    return true;
}

fast::Planes scaled(ByteView file, const jpeg::Sides& sides) {
    Nobody nobody;
    const jpeg::Source source(file);
    return jpeg::decode_baseline_scaled(source, sides, {}, nobody.pace);
}

} // namespace

class JpegPlanesTest : public QObject {
    Q_OBJECT

private slots:
    void coefficients_equal_libjpegs();
    void samples_equal_libjpegs();
    void low_coefficients_equal_libjpegs();
    void scaled_samples_equal_libjpegs();
    void scaled_samples_are_exact();
    void every_instruction_set_gives_the_same_samples();
    void damaged_files_agree_or_are_handed_over_data();
    void damaged_files_agree_or_are_handed_over();
    void every_length_of_a_file();
    void long_scans_come_in_pieces();
};

void JpegPlanesTest::coefficients_equal_libjpegs() {
    for (const NamedJpeg& file : corpus()) {
        const LibjpegLow expected = libjpeg_low(file.data);
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
        const std::vector<int> samples = libjpeg_samples(file.data, 1);
        for (std::size_t c = 0; c < static_cast<std::size_t>(ours.count); ++c) {
            const fast::Plane& our = ours.plane[c];
            const fast::Plane& their = theirs.plane[c];
            // libjpeg gives colour at twice the scale where it then need not upsample.
            if (samples[c] != 1)
                continue;
            QVERIFY2(same_picture(our, their), file.name.c_str());
        }
    }
}

void JpegPlanesTest::low_coefficients_equal_libjpegs() {
    for (const NamedJpeg& file : corpus())
        for (int side = 1; side <= 8 && !file.progressive; ++side) {
            const auto actual = our_low(file.data, side);
            QVERIFY2(actual.has_value(), file.name.c_str());
            QVERIFY2(*actual == libjpeg_low(file.data, side).values, file.name.c_str());
        }
}

// At 3/8, libjpeg-turbo's samples have the same definition.
void JpegPlanesTest::scaled_samples_equal_libjpegs() {
    int compared = 0;
    for (const NamedJpeg& file : corpus()) {
        if (file.progressive)
            continue;
        Nobody nobody;
        const fast::Planes ours = scaled(file.data, {3, 3, 3});
        jpeg::Source source(file.data);
        const fast::Planes theirs = jpeg::decode_scaled(source, 3, nobody.pace);
        QCOMPARE(ours.count, theirs.count);
        const std::vector<int> samples = libjpeg_samples(file.data, 3);
        for (std::size_t c = 0; c < samples.size(); ++c) {
            if (samples[c] != 3)
                continue;
            ++compared;
            QVERIFY2(same_picture(ours.plane[c], theirs.plane[c]), file.name.c_str());
        }
    }
    QVERIFY(compared > 100);
}

void JpegPlanesTest::scaled_samples_are_exact() {
    int turn = 0;
    for (const NamedJpeg& file : corpus()) {
        if (file.progressive)
            continue;
        ++turn;
        const jpeg::Source source(file.data);
        const jpeg_decompress_struct& header = source.reader().header();
        const jpeg::Sides sides{1 + turn % 4, 1 + turn / 4 % 4, 1 + turn / 16 % 4};
        const fast::Planes planes = scaled(file.data, sides);
        for (std::size_t c = 0; c < static_cast<std::size_t>(planes.count); ++c) {
            const jpeg_component_info& component = header.comp_info[c];
            const auto expected = libjpeg_low(file.data, sides[c]);
            // Half of it is rounding.
            QVERIFY2(largest_error(planes.plane[c], expected.values[c], component,
                                   header.quant_tbl_ptrs[component.quant_tbl_no]->quantval,
                                   sides[c]) < 0.6,
                     file.name.c_str());
        }
    }
}

/// Of any coefficients at all, also such as no picture has.
void JpegPlanesTest::every_instruction_set_gives_the_same_samples() {
    constexpr std::size_t step = 48;
    std::uint32_t state = 7;
    const auto next = [&state] { return (state = state * 1'664'525 + 1'013'904'223) >> 16; };
    Sha256 fingerprint;
    for (int turn = 0; turn < 200; ++turn)
        for (std::size_t side = 1; side <= jpeg::InverseDct::max_side; ++side) {
            std::vector<std::int16_t> coefficients(side * side * step);
            for (std::int16_t& value : coefficients)
                value = static_cast<std::int16_t>(static_cast<std::int16_t>(next()) >> turn % 12);
            std::vector<std::uint16_t> quanta(side * side);
            for (std::uint16_t& quantum : quanta)
                quantum = static_cast<std::uint16_t>(next() >> turn % 7 * 2);
            const std::size_t blocks = 1 + next() % (step - jpeg::InverseDct::together);
            const std::size_t stride = step * side + jpeg::InverseDct::beyond;
            const auto make = [&](const jpeg::InverseDct& inverse_dct) {
                std::vector<std::uint8_t> samples(stride * side);
                inverse_dct.rows[side - 1](coefficients.data(), step, quanta.data(), blocks,
                                           samples.data(), stride);
                std::vector<std::uint8_t> wanted;
                for (std::size_t y = 0; y < side; ++y)
                    wanted.insert(
                        wanted.end(), samples.begin() + static_cast<std::ptrdiff_t>(y * stride),
                        samples.begin() + static_cast<std::ptrdiff_t>(y * stride + blocks * side));
                return wanted;
            };
            const auto plain = make(jpeg::plain_inverse_dct());
            QVERIFY(plain == make(jpeg::best_inverse_dct()));
            fingerprint.update(std::as_bytes(std::span(plain)));
        }
    QCOMPARE(QByteArray::fromStdString(fingerprint.finish_hex()),
             QByteArray("7f38b0a1a0a272243756ee2156cb2ddd851eb38eeb28227266639ee59a75eb3b"));
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
            const LibjpegLow expected = libjpeg_low(damaged);
            const std::string name = file.name + ", seed " + std::to_string(seed);
            if (!expected.failed)
                QVERIFY2(*actual == expected.values, name.c_str());
            // What is wrong with the other scans of a progressive file does not show here.
            if (file.progressive)
                continue;
            QVERIFY2(!expected.failed && !expected.warned, name.c_str());
            const int side = 2 + static_cast<int>(seed % 3);
            const auto low = our_low(damaged, side);
            QVERIFY2(low.has_value(), name.c_str());
            QVERIFY2(*low == libjpeg_low(damaged, side).values, name.c_str());
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
    const std::array files{file, progressive};
    for (const Bytes& whole : files)
        for (std::size_t length = 0; length < whole.size(); ++length) {
            // A copy of exactly that size, so that a read beyond it is noticed.
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            QVERIFY2(!our_dc(cut), QByteArray::number(qulonglong(length)));
            if (&whole == &files[0])
                QVERIFY2(!our_low(cut, 4), QByteArray::number(qulonglong(length)));
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
            QVERIFY(*actual == libjpeg_low(file).values);
            if (progressive)
                continue;
            const auto low = our_low(file, 4);
            QVERIFY(low.has_value());
            QVERIFY(*low == libjpeg_low(file, 4).values);
        }
}

QTEST_GUILESS_MAIN(JpegPlanesTest)
#include "tst_jpeg_planes.moc"
