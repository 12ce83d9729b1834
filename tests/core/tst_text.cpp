#include "src/byte_size.h"
#include "src/decimal.h"
#include "src/random.h"
#include "src/text.h"

#include <QTest>

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

using namespace thumbjobs;

namespace {

QString text_of(const std::string& text) {
    return QString::fromStdString(text);
}

} // namespace

class TestText : public QObject {
    Q_OBJECT

private slots:
    void tells_utf8_data();
    void tells_utf8();
    void truncates_between_characters();
    void repairs_utf8();
    void quotes_foreign_text();
    void writes_hexadecimal();
    void reads_decimals();
    void reads_byte_sizes_data();
    void reads_byte_sizes();
    void random_text_differs();
};

void TestText::tells_utf8_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::newRow("empty") << QByteArray() << true;
    QTest::newRow("ASCII") << QByteArray("abc") << true;
    QTest::newRow("zero byte") << QByteArray("a\0b", 3) << true;
    QTest::newRow("2 bytes") << QByteArray("\xC2\x80\xDF\xBF") << true;
    QTest::newRow("3 bytes") << QByteArray("\xE0\xA0\x80\xEF\xBF\xBF") << true;
    QTest::newRow("4 bytes") << QByteArray("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") << true;
    QTest::newRow("before surrogates") << QByteArray("\xED\x9F\xBF") << true;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << false;
    QTest::newRow("overlong 2") << QByteArray("\xC0\x80") << false;
    QTest::newRow("overlong 3") << QByteArray("\xE0\x9F\xBF") << false;
    QTest::newRow("overlong 4") << QByteArray("\xF0\x8F\xBF\xBF") << false;
    QTest::newRow("beyond 10FFFF") << QByteArray("\xF4\x90\x80\x80") << false;
    QTest::newRow("5 bytes") << QByteArray("\xF8\x88\x80\x80\x80") << false;
    QTest::newRow("continuation") << QByteArray("\x80") << false;
    QTest::newRow("cut 2") << QByteArray("\xC3") << false;
    QTest::newRow("cut 3") << QByteArray("\xE2\x82") << false;
    QTest::newRow("cut 4") << QByteArray("\xF0\x9F\x98") << false;
    QTest::newRow("no continuation") << QByteArray("\xE2\x82z") << false;
    QTest::newRow("Latin-1") << QByteArray("caf\xE9") << false;
}

void TestText::tells_utf8() {
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    QCOMPARE(is_utf8(text.toStdString()), valid);
    QVERIFY(is_utf8(to_valid_utf8(text.toStdString())));
}

void TestText::truncates_between_characters() {
    const std::string text = "aä€😀"; // 1, 2, 3 and 4 bytes
    const std::array<std::size_t, 12> expected{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (std::size_t bytes = 0; bytes < expected.size(); ++bytes) {
        QCOMPARE(truncate_utf8(text, bytes).size(), expected[bytes]);
        QVERIFY(is_utf8(truncate_utf8(text, bytes)));
    }
}

void TestText::repairs_utf8() {
    QCOMPARE(text_of(to_valid_utf8("caf\xE9!")), "caf\uFFFD!");
    QCOMPARE(text_of(to_valid_utf8("\xE2\x82")), "\uFFFD\uFFFD");
    QCOMPARE(text_of(to_valid_utf8("ä")), "ä");
}

void TestText::quotes_foreign_text() {
    QCOMPARE(text_of(in_quotes("plain")), "\"plain\"");
    QCOMPARE(text_of(in_quotes(std::string_view("a\0\n\x7F", 4))), "\"a\\x00\\x0a\\x7f\"");
    QCOMPARE(text_of(in_quotes(std::string(64, 'a'))), '"' + QString(64, 'a') + '"');
    QCOMPARE(text_of(in_quotes(std::string(65, 'a'))), '"' + QString(64, 'a') + "…\"");
    QVERIFY(is_utf8(in_quotes("\xFF\xFE")));
    QVERIFY(in_quotes(std::string(1 << 20, '\xFF')).size() < 100);
}

void TestText::writes_hexadecimal() {
    QCOMPARE(text_of(to_hex(as_bytes(std::string_view("\x00\x7f\xff", 3)))), "007fff");
    QCOMPARE(hex_digit('0'), 0);
    QCOMPARE(hex_digit('f'), 15);
    QCOMPARE(hex_digit('F'), 15);
    for (const char c : {'g', 'G', '/', ':', '@', '`', '\0'})
        QCOMPARE(hex_digit(c), -1);
}

void TestText::reads_decimals() {
    QCOMPARE(parse_decimal<int>("-12"), std::optional(-12));
    QCOMPARE(parse_decimal<int>("2147483647"), std::optional(2147483647));
    for (const std::string_view text : {"", "+1", " 1", "1 ", "2147483648", "1.0", "0x1", "1e3"})
        QVERIFY(!parse_decimal<int>(text));
    QVERIFY(!parse_decimal<unsigned>("-1"));
}

void TestText::reads_byte_sizes_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("bytes");
    QTest::newRow("bare") << "1048576" << qint64{1'048'576};
    QTest::newRow("KiB") << "512KiB" << qint64{524'288};
    QTest::newRow("MiB") << "64MiB" << qint64{67'108'864};
    QTest::newRow("GiB") << "2GiB" << qint64{2'147'483'648};
    QTest::newRow("TiB") << "1TiB" << qint64{1'099'511'627'776};
    QTest::newRow("zero") << "0" << qint64{0};
    for (const char* const text : {"", "MiB", "64MB", "64mib", "64 MiB", "-1", "-1KiB", "1.5GiB",
                                   "9223372036854775808", "9007199254740992KiB", "8388608TiB"})
        QTest::addRow("refused: %s", text) << text << qint64{-1};
}

void TestText::reads_byte_sizes() {
    QFETCH(QString, text);
    QFETCH(qint64, bytes);
    const std::int64_t refused = -1;
    QCOMPARE(parse_byte_size(text.toStdString()).value_or(refused), std::int64_t{bytes});
}

void TestText::random_text_differs() {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const std::string text = random_hex(8);
        QCOMPARE(text.size(), std::size_t{16});
        QVERIFY(seen.insert(text).second);
    }
    QVERIFY(random_u64() != random_u64());
}

QTEST_APPLESS_MAIN(TestText)
#include "tst_text.moc"
