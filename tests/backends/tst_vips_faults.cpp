#include "backends/vips_fixture.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QTest>

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

std::vector<RenditionSpec> one_thumbnail() {
    return {RenditionSpec{}};
}

std::vector<std::pair<const char*, Bytes>> samples() {
    return {
        {"jpeg", make_test_image({.width = 200, .height = 150, .metadata = true})},
        {"progressive jpeg", make_test_image({.width = 200, .height = 150, .progressive = true})},
        {"cmyk jpeg", make_test_image({.width = 200, .height = 150, .cmyk = true})},
        {"png",
         make_test_image({.width = 200, .height = 150, .format = TestFormat::png, .alpha = true})},
        {"interlaced png",
         make_test_image(
             {.width = 200, .height = 150, .format = TestFormat::png, .progressive = true})},
        {"gif",
         make_test_image({.width = 200, .height = 150, .format = TestFormat::gif, .frames = 3})},
        {"webp",
         make_test_image({.width = 200, .height = 150, .format = TestFormat::webp, .frames = 2})},
        {"tiff", make_test_image({.width = 200, .height = 150, .format = TestFormat::tiff})},
        {"avif", make_test_image({.width = 64, .height = 64, .format = TestFormat::avif})},
    };
}

/// An image's own fault, told in words of ours.
void verify_image_fault(const Error& error) {
    const auto code = error.code();
    QVERIFY2(code == ErrorCode::image_truncated || code == ErrorCode::image_corrupt ||
                 code == ErrorCode::image_too_large || code == ErrorCode::not_an_image ||
                 code == ErrorCode::unsupported_format || code == ErrorCode::empty_input,
             error.what());
    const QByteArray message = error.what();
    QVERIFY2(message.endsWith('.') && !message.contains('\n') && !message.contains("vips") &&
                 !message.contains("buffer"),
             message);
}

/// A JPEG whose frame header has another marker and precision.
Bytes with_frame(Bytes jpeg, unsigned marker, unsigned precision) {
    for (std::size_t i = 2; i + 4 < jpeg.size(); ++i)
        if (jpeg[i] == std::byte{0xff} && jpeg[i + 1] == std::byte{0xc0}) {
            jpeg[i + 1] = std::byte(marker);
            jpeg[i + 4] = std::byte(precision);
            break;
        }
    return jpeg;
}

/// A TIFF of 8 x 8 pixels, one strip, whose colours are luma and chroma.
Bytes ycbcr_tiff(std::uint16_t compression, std::uint16_t subsampling) {
    const std::vector<std::array<std::uint16_t, 3>> tags{
        {256, 1, 8}, {257, 1, 8}, {258, 1, 8}, {259, 1, compression}, {262, 1, 6},
        {273, 1, 8}, {277, 1, 3}, {278, 1, 8}, {279, 1, 192},         {530, 2, subsampling}};
    constexpr std::size_t directory = 8 + 192;
    Bytes file(directory + 2 + tags.size() * 12 + 4);
    const auto put = [&](std::size_t at, std::uint16_t value) {
        file[at] = std::byte(value & 0xff);
        file[at + 1] = std::byte(value >> 8);
    };
    put(0, 0x4949);
    put(2, 42);
    put(4, directory);
    put(directory, std::uint16_t(tags.size()));
    std::size_t at = directory + 2;
    for (const auto& [tag, count, value] : tags) {
        put(at, tag);
        put(at + 2, 3); // values of 16 bits
        put(at + 4, count);
        put(at + 8, value);
        if (count == 2)
            put(at + 10, value);
        at += 12;
    }
    return file;
}

void append(Bytes& file, std::string_view text) {
    const ByteView view = as_bytes(text);
    file.insert(file.end(), view.begin(), view.end());
}

std::map<std::string, Bytes> files_below(const QString& folder) {
    std::map<std::string, Bytes> files;
    QDirIterator each(folder, QDir::Files, QDirIterator::Subdirectories);
    while (each.hasNext()) {
        QFile file(each.next());
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray content = file.readAll();
        const auto view = as_bytes({content.constData(), std::size_t(content.size())});
        files[each.fileName().toStdString()] = Bytes(view.begin(), view.end());
    }
    return files;
}

} // namespace

class VipsFaultsTest : public QObject {
    Q_OBJECT

private slots:
    void limits_data();
    void limits();
    void tells_the_header_before_a_limit();
    void not_an_image();
    void names_a_kind_that_is_not_supported_data();
    void names_a_kind_that_is_not_supported();
    void truncated_files_at_many_lengths();
    void boxes_that_leave_the_file_data();
    void boxes_that_leave_the_file();
    void flipped_bits();
    void cancels_at_once();
    void cancels_halfway();
    void progress_grows_to_one();
    void an_exception_from_progress_reaches_the_caller();
    void the_same_bytes_from_every_thread();
    void sample_files();
};

void VipsFaultsTest::limits_data() {
    QTest::addColumn<ImageLimits>("limits");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QByteArray>("number");
    ImageLimits limits;
    QTest::newRow("none") << limits << ErrorCode::internal << QByteArray();
    limits.max_bytes = 100;
    QTest::newRow("bytes") << limits << ErrorCode::input_too_large << QByteArray(" 100 ");
    limits = {};
    limits.max_pixels = 29'999;
    QTest::newRow("pixels") << limits << ErrorCode::image_too_large << QByteArray(" 29999 ");
    limits = {};
    limits.max_dimension = 199;
    QTest::newRow("dimension") << limits << ErrorCode::image_too_large << QByteArray(" 199 ");
    limits = {};
    limits.max_frames = 2;
    QTest::newRow("frames") << limits << ErrorCode::image_too_large << QByteArray(" 3 frames");
    limits = {};
    limits.max_pixels = 30'000; // One frame's: the others are not decoded.
    limits.max_dimension = 200;
    limits.max_frames = 3;
    QTest::newRow("exactly") << limits << ErrorCode::internal << QByteArray();
}

void VipsFaultsTest::limits() {
    QFETCH(const ImageLimits, limits);
    QFETCH(const ErrorCode, code);
    QFETCH(const QByteArray, number);
    const Bytes image =
        make_test_image({.width = 200, .height = 150, .format = TestFormat::gif, .frames = 3});
    try {
        resize_all(image, one_thumbnail(), limits);
        QCOMPARE(code, ErrorCode::internal);
    } catch (const Error& error) {
        QCOMPARE(error.code(), code);
        QVERIFY2(QByteArray(error.what()).contains(number), error.what());
    }
}

void VipsFaultsTest::tells_the_header_before_a_limit() {
    const Bytes image = make_test_image({.width = 200, .height = 150, .orientation = 6});
    const auto specs = one_thumbnail();
    ImageLimits limits;
    limits.max_pixels = 10;
    std::optional<ImageInfo> told;
    const auto code = error_of([&] {
        vips_resizer().resize({.input = image,
                               .specs = specs,
                               .limits = limits,
                               .header = [&](const ImageInfo& info) { told = info; }});
    });
    QCOMPARE(code, ErrorCode::image_too_large);
    QVERIFY(told.has_value());
    QCOMPARE(told->width, 200);
    QCOMPARE(told->height, 150);
    QCOMPARE(told->media_type, std::string("image/jpeg"));
}

void VipsFaultsTest::not_an_image() {
    const auto code = [](std::string_view text) {
        return error_of([&] { resize_all(as_bytes(text), one_thumbnail()); });
    };
    QCOMPARE(code(""), ErrorCode::empty_input);
    QCOMPARE(code("hello"), ErrorCode::not_an_image);
    QCOMPARE(code(std::string_view("\0\0\0\0\0\0\0\0", 8)), ErrorCode::not_an_image);
    QCOMPARE(code("%PDF-1.4\n"), ErrorCode::unsupported_format);
    QCOMPARE(code("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), ErrorCode::unsupported_format);
    QCOMPARE(code("\x89PNG\r\n\x1a\n"), ErrorCode::image_truncated);
    QCOMPARE(code("\xff\xd8\xff\xe0"), ErrorCode::image_truncated);
}

void VipsFaultsTest::names_a_kind_that_is_not_supported_data() {
    QTest::addColumn<Bytes>("image");
    QTest::addColumn<QByteArray>("reason");
    const Bytes jpeg = make_test_image({});
    QTest::newRow("lossless JPEG") << with_frame(jpeg, 0xc3, 8) << QByteArray("without loss");
    QTest::newRow("hierarchical JPEG") << with_frame(jpeg, 0xc5, 8) << QByteArray("hierarchical");
    QTest::newRow("12 bit JPEG") << with_frame(jpeg, 0xc1, 12) << QByteArray("12 bits");
    if (!libvips_is_at_least(8, 15)) // which has libtiff convert it
        QTest::newRow("TIFF subsampled") << ycbcr_tiff(1, 2) << QByteArray("subsampled");
    QTest::newRow("TIFF of JPEG 2000") << ycbcr_tiff(34712, 1) << QByteArray("scheme 34712");
}

void VipsFaultsTest::names_a_kind_that_is_not_supported() {
    QFETCH(const Bytes, image);
    QFETCH(const QByteArray, reason);
    try {
        resize_all(image, one_thumbnail());
        QFAIL("it was made");
    } catch (const Error& error) {
        QCOMPARE(to_string(error.code()), to_string(ErrorCode::unsupported_format));
        QVERIFY2(QByteArray(error.what()).contains(reason), error.what());
        verify_image_fault(error);
    }
    // What stops short of the header that says so is no more than a truncated file.
    QCOMPARE(error_of([&] { resize_all(ByteView(image).first(20), one_thumbnail()); }),
             ErrorCode::image_truncated);
}

void VipsFaultsTest::truncated_files_at_many_lengths() {
    const auto specs = one_thumbnail();
    for (const auto& [name, whole] : samples()) {
        int truncated = 0;
        int refused = 0;
        for (int part = 0; part < 40; ++part) {
            const std::size_t length = whole.size() * std::size_t(part) / 40;
            try {
                resize_all(ByteView(whole).first(length), specs);
            } catch (const Error& error) {
                verify_image_fault(error);
                ++refused;
                truncated += error.code() == ErrorCode::image_truncated;
            }
        }
        QVERIFY2(refused >= 16, name);
        // The first bytes do not tell a format yet; of the rest nearly all is seen for what it is.
        QVERIFY2(truncated * 10 >= (refused - 2) * 9, QByteArray(name) + ": " +
                                                          QByteArray::number(truncated) + " of " +
                                                          QByteArray::number(refused));
    }
}

void VipsFaultsTest::boxes_that_leave_the_file_data() {
    QTest::addColumn<Bytes>("file");
    QTest::addColumn<ErrorCode>("code");
    const Bytes avif = make_test_image({.width = 64, .height = 64, .format = TestFormat::avif});
    // Of its first box; the description follows it, and the pixels after that.
    const auto first = std::to_integer<std::ptrdiff_t>(avif[3]);
    const auto row = [](const char* name, const Bytes& file, ErrorCode code) {
        QTest::newRow(name) << file << code;
    };
    row("in the first box", {avif.begin(), avif.begin() + 21}, ErrorCode::image_truncated);
    Bytes shifted = avif;
    shifted[3] = std::byte{20}; // what follows is no box
    row("between boxes", shifted, ErrorCode::image_truncated);
    Bytes backward(avif.begin(), avif.begin() + first);
    // A length of 64 bits: 256 less than none.
    append(backward, std::string_view("\0\0\0\1free\377\377\377\377\377\377\377\0", 16));
    backward.insert(backward.end(), avif.begin() + first, avif.end());
    row("backward", backward, ErrorCode::image_truncated);
    Bytes small(avif.begin(), avif.begin() + first);
    append(small, std::string_view("\0\0\0\7free", 8));
    row("smaller than its header", small, ErrorCode::image_corrupt);
    Bytes unwhole(avif.begin(), avif.begin() + first);
    append(unwhole, std::string_view("\0\0\1\0mdat1234", 12));
    row("in pixels that precede", unwhole, ErrorCode::image_truncated);
}

/// libheif 1.19 would end this process.
void VipsFaultsTest::boxes_that_leave_the_file() {
    QFETCH(const Bytes, file);
    QFETCH(const ErrorCode, code);
    try {
        resize_all(file, one_thumbnail());
        QFAIL("it was made");
    } catch (const Error& error) {
        QCOMPARE(to_string(error.code()), to_string(code));
        verify_image_fault(error);
        QCOMPARE(error.detail(), std::string("not shown to its decoder"));
    }
}

void VipsFaultsTest::flipped_bits() {
    const auto specs = one_thumbnail();
    ImageLimits limits;
    limits.max_pixels =
        4'000'000; // A flipped bit can make an image large; this test is to be quick.
    std::mt19937 random(20240607);
    for (const auto& [name, whole] : samples()) {
        for (int variant = 0; variant < 40; ++variant) {
            Bytes damaged = whole;
            const int flips = 1 + int(random() % 8);
            for (int i = 0; i < flips; ++i) {
                // Half of them in the header, where they do most harm.
                const std::size_t range =
                    i % 2 == 0 ? std::min<std::size_t>(damaged.size(), 200) : damaged.size();
                damaged[random() % range] ^= std::byte(1U << random() % 8);
            }
            try {
                resize_all(damaged, specs, limits);
            } catch (const Error& error) {
                verify_image_fault(error);
            }
        }
    }
}

void VipsFaultsTest::cancels_at_once() {
    const Bytes image = make_test_image({});
    const auto specs = one_thumbnail();
    const ImageLimits limits;
    CancelToken cancel;
    cancel.cancel();
    QCOMPARE(error_of([&] {
                 vips_resizer().resize(
                     {.input = image, .specs = specs, .limits = limits, .cancel = &cancel});
             }),
             ErrorCode::cancelled);
}

void VipsFaultsTest::cancels_halfway() {
    const Bytes image = make_test_image({.width = 2000, .height = 2000, .format = TestFormat::png});
    const auto specs = one_thumbnail();
    const ImageLimits limits;
    CancelToken cancel;
    double last = 0;
    QCOMPARE(error_of([&] {
                 vips_resizer().resize({.input = image,
                                        .specs = specs,
                                        .limits = limits,
                                        .cancel = &cancel,
                                        .progress = [&](double fraction) {
                                            last = fraction;
                                            if (fraction > 0.2)
                                                cancel.cancel();
                                        }});
             }),
             ErrorCode::cancelled);
    QVERIFY2(last < 0.9, QByteArray::number(last));
}

void VipsFaultsTest::progress_grows_to_one() {
    const Bytes image = make_test_image({.width = 800, .height = 800});
    std::vector<RenditionSpec> specs(2);
    specs[1].name = "second";
    specs[1].width = 300;
    const ImageLimits limits;
    std::vector<double> seen;
    vips_resizer().resize(
        {.input = image, .specs = specs, .limits = limits, .progress = [&](double fraction) {
             seen.push_back(fraction);
         }});
    QVERIFY(seen.size() >= 3);
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
    QVERIFY(seen.front() >= 0);
    QCOMPARE(seen.back(), 1.0);
}

void VipsFaultsTest::an_exception_from_progress_reaches_the_caller() {
    const Bytes image = make_test_image({.width = 1000, .height = 1000, .format = TestFormat::png});
    const auto specs = one_thumbnail();
    const ImageLimits limits;
    QCOMPARE(error_of([&] {
                 vips_resizer().resize(
                     {.input = image, .specs = specs, .limits = limits, .progress = [](double) {
                          throw Error(ErrorCode::lease_lost, "Gone.");
                      }});
             }),
             ErrorCode::lease_lost);
}

void VipsFaultsTest::the_same_bytes_from_every_thread() {
    std::vector<RenditionSpec> specs(4);
    const OutputFormat formats[] = {OutputFormat::jpeg, OutputFormat::png, OutputFormat::webp,
                                    OutputFormat::avif};
    for (std::size_t i = 0; i < specs.size(); ++i) {
        specs[i].name = "r" + std::to_string(i);
        specs[i].format = formats[i];
        specs[i].fit = i % 2 ? Fit::cover : Fit::contain;
        specs[i].gravity = Gravity::attention;
    }
    std::vector<Bytes> inputs;
    std::vector<ResizeResult> expected;
    for (const TestFormat format : {TestFormat::jpeg, TestFormat::png, TestFormat::webp}) {
        inputs.push_back(make_test_image({.width = 300,
                                          .height = 240,
                                          .format = format,
                                          .alpha = format != TestFormat::jpeg,
                                          .p3_profile = true}));
        expected.push_back(resize_all(inputs.back(), specs));
    }
    std::atomic<int> different{0};
    std::atomic<int> equal{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; ++thread)
        threads.emplace_back([&] {
            for (int round = 0; round < 3; ++round)
                for (std::size_t i = 0; i < inputs.size(); ++i) {
                    const ResizeResult result = resize_all(inputs[i], specs);
                    for (std::size_t k = 0; k < specs.size(); ++k)
                        ++(result.images[k].data == expected[i].images[k].data ? equal : different);
                }
        });
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(different.load(), 0);
    QCOMPARE(equal.load(), 3 * 3 * 3 * 4);
}

/// Real files; the folder is named by THUMBJOBS_IMAGES.
void VipsFaultsTest::sample_files() {
    const QString folder = qEnvironmentVariable("THUMBJOBS_IMAGES");
    if (folder.isEmpty())
        QSKIP("THUMBJOBS_IMAGES names no folder of sample files");
    struct Expected {
        QSize size; // Of a thumbnail in 160 x 160; empty for an error.
        std::optional<ErrorCode> code;
    };
    const std::map<std::string, Expected> expected{
        {"1.webp", {{160, 107}, {}}},
        {"ISO_12233-reschart.pdf", {{}, ErrorCode::unsupported_format}},
        {"big-height.webp", {{12, 160}, {}}},
        {"cogs.gif", {{85, 77}, {}}},
        {"dispose-background.gif", {{160, 140}, {}}},
        {"favicon.ico", {{}, ErrorCode::unsupported_format}},
        {"17000x17000.avif", {{}, ErrorCode::image_too_large}},
        {"invalid_multiframe.gif", {{10, 9}, {}}},
        {"truncated.gif", {{}, ErrorCode::image_truncated}},
        {"truncated.jpg", {{}, ErrorCode::image_truncated}},
        {"truncated.svgz", {{}, ErrorCode::not_an_image}},
        {"indexed.png", {{105, 160}, {}}},
        {"logo.svg", {{}, ErrorCode::unsupported_format}},
        {"looks-like-svg.webp", {{160, 160}, {}}},
        {"avif-6.avif", {{120, 160}, {}}},
        {"rgba.png", {{128, 128}, {}}},
        {"sample-xyb.jpg", {{105, 160}, {}}},
        {"sample.jpg", {{105, 160}, {}}},
        {"sample.png", {{105, 160}, {}}},
        {"sample.tif", {{105, 160}, {}}},
        {"small.bmp", {{}, ErrorCode::unsupported_format}},
        {"subsampled.tif", libvips_is_at_least(8, 15)
                               ? Expected{{123, 160}, {}}
                               : Expected{{}, ErrorCode::unsupported_format}},
        {"trans-x.png", {{100, 100}, {}}},
        {"ultra-hdr.jpg", {{160, 90}, {}}},
        {"world.jp2", {{}, ErrorCode::unsupported_format}},
    };
    std::vector<RenditionSpec> specs = one_thumbnail();
    specs[0].width = specs[0].height = 160;
    specs[0].format = OutputFormat::png;

    const auto files = files_below(folder);
    QVERIFY(!files.empty());
    std::optional<Pixels> upright;
    for (const auto& [name, content] : files) {
        const bool turned = name.starts_with("exif-");
        const auto known = expected.find(name);
        const Expected wanted = turned                    ? Expected{{120, 160}, {}}
                                : known != expected.end() ? known->second
                                                          : Expected{};
        try {
            const ResizeResult result = resize_all(content, specs);
            const EncodedImage& image = result.images.at(0);
            if (!wanted.size.isEmpty())
                QCOMPARE(QSize(image.width, image.height), wanted.size);
            QVERIFY2(!wanted.code, name.c_str());
            if (turned) { // All show the same scene, apart from a digit in the middle.
                const Pixels pixels = decode_pixels(image.data);
                if (!upright)
                    upright = pixels;
                double difference = 0;
                for (std::size_t i = 0; i < pixels.rgba.size(); ++i)
                    difference += std::abs(std::to_integer<int>(pixels.rgba[i]) -
                                           std::to_integer<int>(upright->rgba[i]));
                QVERIFY2(difference / double(pixels.rgba.size()) < 12, name.c_str());
            }
        } catch (const Error& error) {
            verify_image_fault(error);
            QVERIFY2(wanted.size.isEmpty(), (name + ": " + error.what()).c_str());
            if (wanted.code)
                QCOMPARE(to_string(error.code()), to_string(*wanted.code));
        }
    }
}

QTEST_GUILESS_MAIN(VipsFaultsTest)
#include "tst_vips_faults.moc"
