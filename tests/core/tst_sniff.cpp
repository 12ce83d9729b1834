#include "support/gzip.h"

#include <thumbjobs/resizer.h>

#include <QTest>

using namespace thumbjobs;
using thumbjobs::test::gzip;

namespace {

QByteArray sniff(const QByteArray& head) {
    const auto type = sniff_image(as_bytes({head.data(), static_cast<std::size_t>(head.size())}));
    if (!type)
        return "none";
    return QByteArray(type->media_type.data(), static_cast<int>(type->media_type.size()));
}

/// The beginning of an ISO media file of these brands.
QByteArray ftyp(const QByteArray& major, const QByteArray& compatible = {}) {
    const auto size = static_cast<char>(16 + compatible.size());
    return QByteArray("\0\0\0", 3) + size + "ftyp" + major + QByteArray(4, '\0') + compatible;
}

QByteArray utf16(const QByteArray& text, bool little_endian) {
    QByteArray wide = little_endian ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : text)
        wide += little_endian ? QByteArray(1, c) + '\0' : QByteArray(1, '\0') + c;
    return wide;
}

} // namespace

class TestSniff : public QObject {
    Q_OBJECT

private slots:
    void finds_data();
    void finds();
    void finds_nothing_data();
    void finds_nothing();
    void takes_any_prefix();
};

void TestSniff::finds_data() {
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QByteArray>("type");
    const auto row = [](const char* name, const QByteArray& head, const char* type) {
        QTest::newRow(name) << head << QByteArray(type);
    };
    row("JPEG", "\xFF\xD8\xFF\xE0", "image/jpeg");
    row("JPEG with EXIF", "\xFF\xD8\xFF\xE1", "image/jpeg");
    row("PNG", "\x89PNG\r\n\x1A\n", "image/png");
    row("GIF 87a", "GIF87a", "image/gif");
    row("GIF 89a", "GIF89a", "image/gif");
    row("WebP", QByteArray("RIFF\x10\0\0\0WEBPVP8 ", 16), "image/webp");
    row("WebP that says SVG", QByteArray("RIFF\x10\0\0\0WEBPVP8 <svg xmlns=", 27), "image/webp");
    row("RIFF length that says SVG", "RIFF<svgWEBPVP8 ", "image/webp");
    row("TIFF, little-endian", QByteArray("II*\0", 4), "image/tiff");
    row("TIFF, big-endian", QByteArray("MM\0*", 4), "image/tiff");
    row("BigTIFF, little-endian", QByteArray("II+\0\x08\0\0\0", 8), "image/tiff");
    row("BigTIFF, big-endian", QByteArray("MM\0+\0\x08\0\0", 8), "image/tiff");
    row("PDF", "%PDF-1.7", "application/pdf");
    row("JPEG XL codestream", "\xFF\x0A", "image/jxl");
    row("JPEG XL container", QByteArray("\0\0\0\x0CJXL \r\n\x87\n", 12), "image/jxl");
    row("JPEG 2000 container", QByteArray("\0\0\0\x0CjP  \r\n\x87\n", 12), "image/jp2");
    row("JPEG 2000 codestream", "\xFF\x4F\xFF\x51", "image/j2c");

    const QByteArray bmp = QByteArray("BM", 2) + QByteArray(12, '\0');
    for (const char size : {'\x0C', '\x28', '\x38', '\x6C', '\x7C'})
        row(qPrintable(QString("BMP %1").arg(int{size})), bmp + size + QByteArray(3, '\0'),
            "image/bmp");
    row("ICO", QByteArray("\0\0\1\0\1\0", 6) + QByteArray(12, '\0') + QByteArray("\x16\0\0\0", 4),
        "image/vnd.microsoft.icon");

    row("AVIF", ftyp("avif", "mif1miaf"), "image/avif");
    row("AVIF sequence", ftyp("avis"), "image/avif");
    row("AVIF by its second brand", ftyp("mif1", "miafavif"), "image/avif");
    row("HEIC", ftyp("heic", "mif1heic"), "image/heic");
    row("HEIC 10 bit", ftyp("heix"), "image/heic");
    row("HEIC sequence", ftyp("hevc"), "image/heic");
    row("HEIC by its second brand", ftyp("mif1", "miafheic"), "image/heic");
    row("HEIF of an unnamed codec", ftyp("mif1", "miaf"), "image/heif");
    row("HEIF sequence", ftyp("msf1"), "image/heif");
    row("AVIF with a long box",
        QByteArray("\0\0\0\1ftyp\0\0\0\0\0\0\0\x18"
                   "avif\0\0\0\0",
                   24),
        "image/avif");

    const QByteArray svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    row("SVG", svg, "image/svg+xml");
    row("SVG without attributes", "<svg>", "image/svg+xml");
    row("SVG empty", "<svg/>", "image/svg+xml");
    row("SVG with a prefix", "<svg:svg xmlns:svg=\"x\">", "image/svg+xml");
    row("SVG after space", " \t\r\n" + svg, "image/svg+xml");
    row("SVG with a BOM", "\xEF\xBB\xBF" + svg, "image/svg+xml");
    row("SVG with a prolog", "<?xml version=\"1.0\"?>\n" + svg, "image/svg+xml");
    row("SVG with a comment", "<!-- <html> -> -- > --><!---->" + svg, "image/svg+xml");
    row("SVG with a doctype", "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x\">" + svg,
        "image/svg+xml");
    row("SVG with a subset", "<!DOCTYPE svg [ <!ENTITY a \"b\"> <!ENTITY c \"d\"> ] >" + svg,
        "image/svg+xml");
    row("SVG with everything",
        "\xEF\xBB\xBF<?xml version=\"1.0\"?><!-- a --><?xml-stylesheet b?><!DOCTYPE svg>" + svg,
        "image/svg+xml");
    row("SVG in UTF-16LE", utf16("<?xml?><!-- -->" + svg, true), "image/svg+xml");
    row("SVG in UTF-16BE", utf16(svg, false), "image/svg+xml");
    row("SVGZ", gzip("<?xml version=\"1.0\"?>\n" + svg), "image/svg+xml");
    row("SVGZ, large", gzip(svg + QByteArray(1'000'000, ' ')), "image/svg+xml");
    QByteArray varied = "<!--";
    for (int i = 0; i < 300; ++i)
        varied += QByteArray::number(i * i * 7919);
    row("SVGZ, cut", gzip(svg + varied + "-->").left(400), "image/svg+xml");
}

void TestSniff::finds() {
    QFETCH(QByteArray, head);
    QFETCH(QByteArray, type);
    QCOMPARE(sniff(head), type);
    QCOMPARE(sniff(head + QByteArray(3'000, '\x55')), type);
}

void TestSniff::finds_nothing_data() {
    QTest::addColumn<QByteArray>("head");
    const auto row = [](const char* name, const QByteArray& head) { QTest::newRow(name) << head; };
    row("nothing", "");
    row("one byte", "\xFF");
    row("text", "Hello, world");
    row("zeros", QByteArray(4'096, '\0'));
    row("cut JPEG", "\xFF\xD8");
    row("cut PNG", "\x89PNG\r\n\x1A");
    row("PNG after FTP's text mode", "\x89PNG\n\x1A\n");
    row("GIF 88a", "GIF88a");
    row("WAV", QByteArray("RIFF\x10\0\0\0WAVEfmt ", 16));
    row("text that begins with BM", "BMW is a maker of cars and motorcycles");
    row("cursor",
        QByteArray("\0\0\2\0\1\0", 6) + QByteArray(12, '\0') + QByteArray("\x16\0\0\0", 4));
    row("ICO without icons",
        QByteArray("\0\0\1\0\0\0", 6) + QByteArray(12, '\0') + QByteArray("\x16\0\0\0", 4));
    row("MPEG stream", QByteArray("\0\0\1\xBA\x44\0\4\0\4\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24));
    row("MP4", ftyp("isom", "isomavc1mp41"));
    row("MP4 that is compatible to avif", ftyp("isom", "avif"));
    row("brand behind the box", ftyp("isom") + "avif");
    row("box too short", QByteArray("\0\0\0\x08"
                                    "ftypavif\0\0\0\0",
                                    16));
    row("HTML", "<!DOCTYPE html><html><svg></svg></html>");
    row("HTML alone", "<html><body><svg></body></html>");
    row("XML", "<?xml version=\"1.0\"?><rss/>");
    row("SVG in a comment", "<!-- <svg> --><html/>");
    row("SVG in an open comment", "<!-- <svg>");
    row("SVG in a prolog", "<?xml <svg> ?><html/>");
    row("SVG in a subset", "<!DOCTYPE x [ <svg> ]><html/>");
    row("text before SVG", "x<svg/>");
    row("longer name", "<svgfoo>");
    row("cut name", "<svg");
    row("upper case", "<SVG>");
    row("gzip of text", gzip("Hello, world"));
    row("gzip of a PNG", gzip("\x89PNG\r\n\x1A\n"));
    row("gzip in gzip", gzip(gzip("<svg/>")));
    row("gzip cut in its head", gzip("<svg/>").left(8));
    row("gzip, broken", QByteArray("\x1F\x8B\x08\0\0\0\0\0\0\xFF\xFF\xFF\xFF\xFF", 14));
    row("UTF-16 mark only", "\xFF\xFE");
    row("UTF-16 of text", utf16("Hello", true));
    row("shell script", "#!/bin/sh\n");
    row("ELF", "\x7F"
               "ELF");
}

void TestSniff::finds_nothing() {
    QFETCH(QByteArray, head);
    QCOMPARE(sniff(head), QByteArray("none"));
}

void TestSniff::takes_any_prefix() {
    // Reading beyond the view shows under the address sanitizer.
    for (const QByteArray& head :
         {ftyp("mif1", "miafavif"), gzip("<svg/>"), utf16("<?xml?><svg/>", true),
          QByteArray("<?xml?><!-- a --><!DOCTYPE svg [ ]><svg>"), QByteArray("RIFF1234WEBP"),
          QByteArray("\0\0\1\0\1\0", 6) + QByteArray(16, '\x16'),
          QByteArray("BM", 2) + QByteArray(16, '\x28')})
        for (int size = 0; size <= head.size(); ++size) {
            const Bytes exact =
                *std::make_unique<Bytes>(reinterpret_cast<const std::byte*>(head.data()),
                                         reinterpret_cast<const std::byte*>(head.data()) + size);
            const auto type = sniff_image(exact);
            QVERIFY(!type || !type->name.empty());
        }
}

QTEST_APPLESS_MAIN(TestSniff)
#include "tst_sniff.moc"
