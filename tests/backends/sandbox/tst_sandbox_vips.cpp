// The real helper program around libvips.
#include "backends/sandbox/fixture.h"
#include "support/errors.h"
#include "support/jpeg_corpus.h"
#include "support/test_images.h"
#include "worker/samples.h"

#include <QProcess>
#include <QTemporaryFile>
#include <QTest>

#include <unistd.h>

#include <algorithm>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

std::shared_ptr<Resizer> open_sandbox(const std::string& options = "helpers=1") {
    return Registry::builtin().open_resizer(
        "sandbox:jpeg:png:webp:vips:?worker=" THUMBJOBS_WORKER "&" + options, {});
}

EncodedImage thumbnail(Resizer& resizer, ByteView input, int side,
                       OutputFormat format = OutputFormat::png) {
    std::vector<RenditionSpec> specs(1);
    specs[0].width = side;
    specs[0].height = side;
    specs[0].format = format;
    const ImageLimits limits;
    return resizer.resize({.input = input, .specs = specs, .limits = limits}).images.at(0);
}

/// Whether anything darker than grey is in the rectangle.
bool has_ink(const Pixels& image, int left, int top, int right, int bottom) {
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x)
            if (image.at(x, y).red < 100)
                return true;
    return false;
}

} // namespace

class SandboxVipsTest : public QObject {
    Q_OBJECT

private slots:
    void makes_the_same_as_without_data();
    void makes_the_same_as_without();
    void takes_a_stored_file();
    void threads_share_a_huge_file();
    void further_formats_need_the_sandbox();
    void reads_further_formats();
    void drawings_have_text_and_fetch_nothing();
    void memory_is_bounded();
    void works_in_a_container();
};

void SandboxVipsTest::makes_the_same_as_without_data() {
    QTest::addColumn<TestImage>("image");
    QTest::newRow("jpeg") << TestImage{.width = 400, .height = 300, .orientation = 6};
    QTest::newRow("progressive") << TestImage{.width = 400, .height = 300, .progressive = true};
    QTest::newRow("cmyk") << TestImage{.width = 400, .height = 300, .cmyk = true};
    QTest::newRow("png") << TestImage{.format = TestFormat::png, .alpha = true, .wide = true};
    QTest::newRow("png, 8 bits") << TestImage{
        .width = 400, .height = 300, .format = TestFormat::png, .alpha = true};
    QTest::newRow("webp") << TestImage{.width = 500, .height = 300, .format = TestFormat::webp};
    QTest::newRow("gif") << TestImage{.format = TestFormat::gif, .frames = 3};
    QTest::newRow("tiff") << TestImage{.format = TestFormat::tiff, .p3_profile = true};
    QTest::newRow("avif") << TestImage{.format = TestFormat::avif};
}

void SandboxVipsTest::makes_the_same_as_without() {
    QFETCH(TestImage, image);
    static const auto plain = Registry::builtin().open_resizer("jpeg:png:webp:vips:", {});
    const auto sandbox = open_sandbox();
    const Bytes file = make_test_image(image);
    for (const OutputFormat format :
         {OutputFormat::jpeg, OutputFormat::png, OutputFormat::webp, OutputFormat::avif}) {
        const EncodedImage expected = thumbnail(*plain, file, 32, format);
        const EncodedImage made = thumbnail(*sandbox, file, 32, format);
        QCOMPARE(made.media_type, expected.media_type);
        QCOMPARE(made.width, expected.width);
        QVERIFY(made.data == expected.data);
    }
}

void SandboxVipsTest::takes_a_stored_file() {
    const auto sandbox = open_sandbox();
    QVERIFY(sandbox->takes_files());
    const Bytes image = make_test_image({.width = 400, .height = 300});
    const EncodedImage expected = thumbnail(*sandbox, image, 32, OutputFormat::jpeg);
    QTemporaryFile stored;
    QVERIFY(stored.open());
    QCOMPARE(stored.write(reinterpret_cast<const char*>(image.data()), qint64(image.size())),
             qint64(image.size()));
    QVERIFY(stored.flush());
    const std::string path = stored.fileName().toStdString();
    RenditionSpec spec;
    spec.width = spec.height = 32;
    spec.format = OutputFormat::jpeg;
    const std::vector<RenditionSpec> specs{spec};
    const ImageLimits limits;
    // What could be written by its descriptor is copied; the other is lent.
    for (const BlobPtr& blob : {open_file_blob(path), make_file_blob(::dup(stored.handle()))}) {
        const auto made = sandbox->resize({.specs = specs, .limits = limits, .file = blob.get()});
        QVERIFY(made.images.at(0).data == expected.data);
    }
    // The helper keeps no descriptor of what it was lent.
    const BlobPtr blob = open_file_blob(path);
    for (int i = 0; i < 100; ++i) // above the 64 that a helper may have open
        sandbox->resize({.specs = specs, .limits = limits, .file = blob.get()});
}

/// They are started behind the lock, within the memory that an image may have.
void SandboxVipsTest::threads_share_a_huge_file() {
    const Bytes file = make_jpeg({.width = 3'200, .height = 2'600, .quality = 100});
    QVERIFY2(file.size() > 7 << 20, QByteArray::number(qulonglong(file.size())));
    const EncodedImage expected = thumbnail(*open_sandbox("threads_per_image=1"), file, 100);
    const auto sandbox = open_sandbox("helpers=1&memory=28MiB&threads_per_image=4");
    for (int i = 0; i < 3; ++i)
        QVERIFY(thumbnail(*sandbox, file, 100).data == expected.data);
}

void SandboxVipsTest::further_formats_need_the_sandbox() {
    for (const char* format : {"svg", "pdf", "jxl", "jp2"}) {
        const QString message = message_of(
            [&] { Registry::builtin().open_resizer(std::string("vips:?formats=+") + format, {}); });
        QVERIFY2(message.contains("needs the sandbox"), qPrintable(message));
    }
    const auto types = open_sandbox()->input_types();
    QVERIFY(std::ranges::find(types, "image/svg+xml") == types.end());
}

void SandboxVipsTest::reads_further_formats() {
    const auto resizer = open_sandbox("helpers=1&formats=+svg,+pdf,+jxl,+jp2");
    for (const worker::Sample& sample : worker::samples()) {
        const EncodedImage made = thumbnail(*resizer, sample.data, 4);
        QVERIFY2(made.width == 4 && made.height == 4, sample.media_type.data());
    }
}

void SandboxVipsTest::drawings_have_text_and_fetch_nothing() {
    const auto resizer = open_sandbox("helpers=1&formats=+svg,+pdf");
    const std::string svg =
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100">
           <rect width="200" height="100" fill="white"/>
           <image href="file:///etc/passwd" width="9" height="9"/>
           <image href="http://127.0.0.1:9/x.png" width="9" height="9"/>
           <text x="10" y="40" font-family="Arial" font-size="30">III</text>
           <text x="10" y="90" font-family="serif" font-weight="bold" font-size="30">III</text>
           </svg>)";
    const Pixels drawn = decode_pixels(thumbnail(*resizer, as_bytes(svg), 200).data);
    QCOMPARE(drawn.width, 200);
    // The letters' middle is ink from top to bottom; an empty box has none inside.
    QVERIFY(has_ink(drawn, 12, 25, 45, 32));
    QVERIFY(has_ink(drawn, 12, 75, 45, 82));
    QVERIFY(!has_ink(drawn, 100, 0, 200, 100));
}

void SandboxVipsTest::memory_is_bounded() {
    const Bytes file =
        make_test_image({.width = 6000, .height = 6000, .format = TestFormat::gif, .grey = true});
    EXPECT_ERROR(thumbnail(*open_sandbox("helpers=1&memory=100MiB"), file, 32), image_too_large);
    const auto resizer = open_sandbox();
    QCOMPARE(thumbnail(*resizer, file, 32).width, 32);
}

void SandboxVipsTest::works_in_a_container() {
    QProcess contained;
    contained.start(CONTAINED, {QCoreApplication::applicationFilePath(),
                                "makes_the_same_as_without:jpeg", "reads_further_formats"});
    QVERIFY(contained.waitForFinished(60'000));
    const QByteArray output = contained.readAllStandardOutput() + contained.readAllStandardError();
    if (contained.exitCode() == 77)
        QSKIP(("this test sets a container up, which takes root: " + output).constData());
    QVERIFY2(contained.exitCode() == 0, output.constData());
}

QTEST_GUILESS_MAIN(SandboxVipsTest)
#include "tst_sandbox_vips.moc"
