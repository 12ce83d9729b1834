// The encoder against libjpeg's, and the codes that it makes.
#include "backends/jpeg/encode.h"
#include "backends/jpeg/forward_dct.h"
#include "backends/jpeg/optimal_code.h"
#include "backends/jpeg/source.h"
#include "support/jpeg_corpus.h"

#include <QTest>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

/// Numbers from integer arithmetic alone.
class Noise {
public:
    unsigned next(unsigned below) {
        state_ = state_ * 1'664'525 + 1'013'904'223;
        return (state_ >> 8) % below;
    }

private:
    std::uint32_t state_ = 1;
};

enum class Picture { noise, extremes, stripes, smooth, constant };
constexpr Picture all_pictures[] = {Picture::noise, Picture::extremes, Picture::stripes,
                                    Picture::smooth, Picture::constant};

std::uint8_t sample(Picture picture, int x, int y, Noise& noise) {
    switch (picture) {
    case Picture::noise:
        return static_cast<std::uint8_t>(noise.next(256));
    case Picture::extremes: // of the coefficients' range
        return noise.next(2) ? 255 : 0;
    case Picture::stripes: // DC differences and AC coefficients as large as can be
        return (x / 8 + y / 8) % 2 != 0 || (x % 2 != 0 && y % 16 == 3) ? 255 : 0;
    case Picture::smooth:
        return static_cast<std::uint8_t>((x + 2 * y + static_cast<int>(noise.next(3))) % 256);
    case Picture::constant:
        break;
    }
    return 200;
}

fast::SmallPlane make_plane(Picture picture, int width, int height, int alignment, Noise& noise) {
    fast::SmallPlane plane{width, height,
                           static_cast<std::size_t>((width + alignment - 1) / alignment) *
                               static_cast<std::size_t>(alignment)};
    for (int y = 0; y < height; ++y)
        for (std::size_t x = 0; x < plane.stride; ++x)
            plane.samples.push_back(x < static_cast<std::size_t>(width)
                                        ? sample(picture, static_cast<int>(x), y, noise)
                                        : plane.samples.back());
    return plane;
}

enum class Layout { grey, full, halved };

fast::SmallPlanes make_planes(Picture picture, Layout layout, int width, int height) {
    Noise noise;
    fast::SmallPlanes planes{make_plane(picture, width, height, jpeg::luma_alignment, noise)};
    const int divisor = layout == Layout::halved ? 2 : 1;
    while (layout != Layout::grey && planes.size() < 3)
        planes.push_back(make_plane(picture, (width + divisor - 1) / divisor,
                                    (height + divisor - 1) / divisor, jpeg::chroma_alignment,
                                    noise));
    return planes;
}

/// What libjpeg makes of the same planes, with Huffman tables of their own.
Bytes encode_by_libjpeg(const fast::SmallPlanes& planes, Layout layout, int quality) {
    jpeg_compress_struct state{};
    jpeg_error_mgr errors{};
    state.err = jpeg_std_error(&errors);
    jpeg_create_compress(&state);
    unsigned char* data = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&state, &data, &size);
    state.image_width = static_cast<JDIMENSION>(planes[0].width);
    state.image_height = static_cast<JDIMENSION>(planes[0].height);
    state.input_components = static_cast<int>(planes.size());
    state.in_color_space = planes.size() == 1 ? JCS_GRAYSCALE : JCS_YCbCr;
    jpeg_set_defaults(&state);
    jpeg_set_quality(&state, quality, TRUE);
    const int side = layout == Layout::halved ? 2 : 1;
    state.comp_info[0].h_samp_factor = state.comp_info[0].v_samp_factor = side;
    state.optimize_coding = TRUE;
    state.raw_data_in = TRUE;
    jpeg_start_compress(&state, TRUE);
    for (int y = 0; y < planes[0].height; y += side * 8) {
        std::vector<std::vector<JSAMPROW>> rows(planes.size());
        std::vector<JSAMPARRAY> arrays;
        for (std::size_t c = 0; c < planes.size(); ++c) {
            const int across = c == 0 ? side : 1;
            for (int i = 0; i < across * 8; ++i)
                rows[c].push_back(const_cast<JSAMPROW>(
                    planes[c].row(std::min(y / side * across + i, planes[c].height - 1))));
            arrays.push_back(rows[c].data());
        }
        jpeg_write_raw_data(&state, arrays.data(), static_cast<JDIMENSION>(side * 8));
    }
    jpeg_finish_compress(&state);
    jpeg_destroy_compress(&state);
    const auto* const begin = reinterpret_cast<const std::byte*>(data);
    Bytes bytes(begin, begin + size);
    std::free(data);
    return bytes;
}

/// What both say of the picture before its data.
void compare_headers(const Bytes& ours, const Bytes& theirs) {
    const jpeg::Source left(ours);
    const jpeg::Source right(theirs);
    QCOMPARE(left.stored(), right.stored());
    const jpeg_decompress_struct& a = left.reader().header();
    const jpeg_decompress_struct& b = right.reader().header();
    QVERIFY(a.saw_JFIF_marker && b.saw_JFIF_marker);
    QCOMPARE(a.JFIF_minor_version, b.JFIF_minor_version);
    QCOMPARE(a.num_components, b.num_components);
    for (int c = 0; c < a.num_components; ++c) {
        const jpeg_component_info& mine = a.comp_info[c];
        const jpeg_component_info& its = b.comp_info[c];
        QCOMPARE(mine.component_id, its.component_id);
        QCOMPARE(mine.h_samp_factor, its.h_samp_factor);
        QCOMPARE(mine.v_samp_factor, its.v_samp_factor);
        QVERIFY(std::equal(std::begin(a.quant_tbl_ptrs[mine.quant_tbl_no]->quantval),
                           std::end(a.quant_tbl_ptrs[mine.quant_tbl_no]->quantval),
                           std::begin(b.quant_tbl_ptrs[its.quant_tbl_no]->quantval)));
    }
}

void compare_files(const fast::SmallPlanes& planes, Layout layout, int quality) {
    const Bytes ours = jpeg::encode(planes, quality);
    const Bytes theirs = encode_by_libjpeg(planes, layout, quality);
    const LibjpegLow made = libjpeg_low(ours, 8);
    const LibjpegLow expected = libjpeg_low(theirs, 8);
    QVERIFY(!made.failed && !made.warned);
    QVERIFY(made.values == expected.values);
    compare_headers(ours, theirs);
    // Bits in another order have more or fewer bytes of ones, which a zero must follow.
    QVERIFY2(ours.size() <= theirs.size() + theirs.size() / 50 + 8,
             QByteArray::number(qsizetype(ours.size())) + " and " +
                 QByteArray::number(qsizetype(theirs.size())));
}

using Frequencies = std::array<std::uint64_t, 256>;

/// Bits for all symbols.
std::uint64_t cost(const jpeg::OptimalCode& code, const Frequencies& frequencies) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < frequencies.size(); ++i)
        bits += frequencies[i] * code.words[i].length;
    return bits;
}

} // namespace

class JpegEncodeTest : public QObject {
    Q_OBJECT

private slots:
    void gives_libjpegs_coefficients_data();
    void gives_libjpegs_coefficients();
    void at_every_size();
    void every_instruction_set_gives_the_same_coefficients();
    void codes_are_sound_data();
    void codes_are_sound();
    void codes_are_the_shortest();
};

void JpegEncodeTest::gives_libjpegs_coefficients_data() {
    QTest::addColumn<int>("quality");
    for (int quality = 1; quality <= 100; ++quality)
        QTest::addRow("%d", quality) << quality;
}

void JpegEncodeTest::gives_libjpegs_coefficients() {
    QFETCH(const int, quality);
    for (const Picture picture : all_pictures)
        for (const Layout layout : {Layout::grey, Layout::full, Layout::halved})
            compare_files(make_planes(picture, layout, 61, 43), layout, quality);
}

void JpegEncodeTest::at_every_size() {
    for (const Layout layout : {Layout::grey, Layout::full, Layout::halved})
        for (int width = layout == Layout::halved ? 2 : 1; width <= 34; ++width)
            for (const int height : {1, 7, 8, 9, 16, 17, 24, 33})
                compare_files(make_planes(Picture::noise, layout, width, height), layout, 75);
    for (const Picture picture : all_pictures)
        compare_files(make_planes(picture, Layout::halved, 1'200, 900), Layout::halved, 92);
}

void JpegEncodeTest::every_instruction_set_gives_the_same_coefficients() {
    constexpr std::size_t blocks = 5;
    Noise noise;
    for (const Picture picture : all_pictures)
        for (int round = 0; round < 50; ++round) {
            std::array<std::uint8_t, 64> quanta{};
            for (auto& quantum : quanta)
                quantum = static_cast<std::uint8_t>(1 + noise.next(round % 2 == 0 ? 255 : 3));
            const jpeg::ForwardDct::Quantiser quantiser(quanta);
            const fast::SmallPlane plane = make_plane(picture, blocks * 8, 8, 8, noise);
            std::array<const std::uint8_t*, 8> rows{};
            for (int i = 0; i < 8; ++i)
                rows[static_cast<std::size_t>(i)] = plane.row(i);
            std::vector<std::int16_t> best(blocks * 64);
            std::vector<std::int16_t> plain(blocks * 64);
            jpeg::best_forward_dct().row(rows, blocks, quantiser, best.data());
            jpeg::plain_forward_dct().row(rows, blocks, quantiser, plain.data());
            QCOMPARE(best, plain);
        }
}

void JpegEncodeTest::codes_are_sound_data() {
    QTest::addColumn<QList<qulonglong>>("frequencies");
    QTest::newRow("none") << QList<qulonglong>{};
    QTest::newRow("one") << QList<qulonglong>{7};
    QTest::newRow("two") << QList<qulonglong>{7, 1};
    QTest::newRow("all alike") << QList<qulonglong>(256, 3);
    QList<qulonglong> growing{1, 1};
    while (growing.size() < 40) // the deepest tree for their sum
        growing.push_back(growing[growing.size() - 1] + growing[growing.size() - 2]);
    QTest::newRow("Fibonacci's") << growing;
    QList<qulonglong> steep(200, 1);
    for (int i = 0; i < 56; ++i)
        steep.push_back(1ULL << i);
    QTest::newRow("powers of two") << steep;
    QList<qulonglong> sparse(256, 0);
    sparse[0] = 1;
    sparse[240] = 100;
    sparse[255] = 3;
    QTest::newRow("few") << sparse;
}

void JpegEncodeTest::codes_are_sound() {
    QFETCH(const QList<qulonglong>, frequencies);
    Frequencies numbers{};
    std::copy(frequencies.begin(), frequencies.end(), numbers.begin());
    const jpeg::OptimalCode code = jpeg::make_code(numbers);
    QCOMPARE(std::accumulate(code.lengths.begin(), code.lengths.end(), std::size_t{0}),
             code.symbols.size());
    std::uint64_t taken = 0; // Of all words of 16 bits.
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto& word = code.words[i];
        QCOMPARE(word.length > 0, numbers[i] > 0);
        if (word.length == 0)
            continue;
        QVERIFY(word.length <= 16);
        QVERIFY(word.bits < (1U << word.length) - 1); // Not ones alone.
        taken += 1U << (16 - word.length);
    }
    QVERIFY(taken < 1U << 16);
    if (code.symbols.empty())
        return;
    // As who reads the file understands it.
    const jpeg::HuffmanCode read(code.lengths, code.symbols);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto& word = code.words[i];
        if (word.length == 0)
            continue;
        const auto found = read.find(std::uint64_t{word.bits} << (64 - word.length));
        QCOMPARE(found.length, int{word.length});
        QCOMPARE(found.symbol, static_cast<int>(i));
    }
}

void JpegEncodeTest::codes_are_the_shortest() {
    // Each bit that a code has more is worth half: the entropy itself, with the code of ones alone
    // taken from the rarest.
    Frequencies halves{};
    std::uint64_t expected = 0;
    for (std::size_t i = 0; i < 15; ++i) {
        halves[i] = std::uint64_t{1} << (15 - i);
        expected += halves[i] * (i + 1);
    }
    QCOMPARE(cost(jpeg::make_code(halves), halves), expected);
    Frequencies alike{};
    std::fill_n(alike.begin(), 255, 1'000);
    QCOMPARE(cost(jpeg::make_code(alike), alike), std::uint64_t{255} * 1'000 * 8);
}

QTEST_GUILESS_MAIN(JpegEncodeTest)
#include "tst_jpeg_encode.moc"
