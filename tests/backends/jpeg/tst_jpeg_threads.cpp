// One huge baseline file read by several threads, in pieces: what one thread reads.
#include "backends/fast/small_thread.h"
#include "support/errors.h"
#include "support/jpeg_corpus.h"
#include "support/jpeg_rows.h"

#include <QTest>

#include <atomic>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

/// Many pieces even of a small file. In those of 40 KiB and more the readers of Lanes have work.
jpeg::Reading by_threads(int threads, std::size_t piece) {
    return {.threads = threads, .huge = 0, .piece = piece};
}

Bytes some_file() {
    return make_jpeg({.width = 700, .height = 500, .luma_h = 2, .luma_v = 2, .quality = 97});
}

} // namespace

class JpegThreadsTest : public QObject {
    Q_OBJECT

private slots:
    void read_what_libjpeg_reads_data();
    void read_what_libjpeg_reads();
    void pieces_end_anywhere();
    void agree_on_damaged_files();
    void leave_what_follows_the_picture();
    void leave_files_with_restarts_to_one();
    void end_with_the_reader();
    void small_threads_end_before_they_go();
};

void JpegThreadsTest::read_what_libjpeg_reads_data() {
    QTest::addColumn<JpegRecipe>("recipe");
    QTest::newRow("4:2:0") << JpegRecipe{
        .width = 1'300, .height = 900, .luma_h = 2, .luma_v = 2, .quality = 97};
    QTest::newRow("4:2:2, tables of its own")
        << JpegRecipe{.width = 1'300, .height = 900, .luma_h = 2, .optimised = true};
    QTest::newRow("grey, smooth") << JpegRecipe{
        .width = 2'500, .height = 2'500, .components = 1, .smooth = true};
}

void JpegThreadsTest::read_what_libjpeg_reads() {
    QFETCH(const JpegRecipe, recipe);
    const Bytes file = make_jpeg(recipe);
    const auto dc = libjpeg_low(file).values;
    const auto low = libjpeg_low(file, 3).values;
    for (const int threads : {2, 3, 4})
        for (const std::size_t piece : {4 << 10, 40 << 10, 256 << 10}) {
            QVERIFY(our_low(file, 1, by_threads(threads, piece)) == dc);
            QVERIFY(our_low(file, 3, by_threads(threads, piece)) == low);
        }
}

/// Also between the two bytes of a stuffed zero, before the marker at the end and behind it.
void JpegThreadsTest::pieces_end_anywhere() {
    const Bytes file =
        make_jpeg({.width = 200, .height = 120, .luma_h = 2, .luma_v = 2, .quality = 97});
    const auto expected = libjpeg_low(file).values;
    constexpr std::size_t least = 4 << 10;
    QVERIFY(file.size() > 2 * least);
    for (std::size_t piece = least; piece < file.size() + 10; piece += 1 + piece % 13)
        for (const int threads : {1, 2})
            QVERIFY2(our_low(file, 1, by_threads(threads, piece)) == expected,
                     QByteArray::number(qulonglong(piece)));
}

/// What several take, one takes as well, and the same comes of it.
void JpegThreadsTest::agree_on_damaged_files() {
    const Bytes file = some_file();
    int accepted = 0;
    int handed_over = 0;
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        const Bytes damaged = mutated(file, seed);
        const auto made = our_low(damaged, 2, by_threads(2, 40 << 10));
        QVERIFY2(made == our_low(damaged, 2), QByteArray::number(seed));
        ++(made ? accepted : handed_over);
    }
    QVERIFY(accepted > 0);
    QVERIFY(handed_over > 0);
}

/// As the second picture of a phone's file, or what is no JPEG data at all.
void JpegThreadsTest::leave_what_follows_the_picture() {
    const Bytes file = some_file();
    const auto expected = libjpeg_low(file).values;
    Bytes two = file;
    two.insert(two.end(), file.begin(), file.end());
    Bytes noise = file;
    noise.resize(3 * file.size(), std::byte{0xff});
    for (const Bytes& longer : {two, noise})
        for (const std::size_t piece : {4 << 10, 40 << 10})
            QVERIFY(our_low(longer, 1, by_threads(3, piece)) == expected);
}

void JpegThreadsTest::leave_files_with_restarts_to_one() {
    const Bytes file =
        make_jpeg({.width = 700, .height = 500, .luma_h = 2, .luma_v = 2, .restart_interval = 44});
    QVERIFY(our_low(file, 2, by_threads(2, 4 << 10)) == libjpeg_low(file, 2).values);
}

/// One that is cancelled, in the midst of the file.
void JpegThreadsTest::end_with_the_reader() {
    const Bytes file = some_file();
    CancelToken cancel;
    const std::vector<RenditionSpec> specs;
    const ImageLimits limits;
    const ResizeRequest request{.input = {},
                                .specs = specs,
                                .limits = limits,
                                .cancel = &cancel,
                                .progress = [&cancel](double fraction) {
                                    if (fraction > 0.3)
                                        cancel.cancel();
                                }};
    fast::Pace pace(request);
    const jpeg::Source source(file);
    KeptRows rows(source, 1);
    EXPECT_ERROR(jpeg::read_baseline(source, rows, by_threads(3, 4 << 10), pace), cancelled);
}

void JpegThreadsTest::small_threads_end_before_they_go() {
    std::atomic<int> ended = 0;
    {
        const fast::SmallThread one([&ended] { ++ended; });
        const fast::SmallThread other([&ended] { ++ended; });
    }
    QCOMPARE(ended.load(), 2);
}

QTEST_GUILESS_MAIN(JpegThreadsTest)
#include "tst_jpeg_threads.moc"
