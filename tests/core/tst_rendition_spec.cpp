#include "support/errors.h"

#include <thumbjobs/rendition.h>

#include <QTest>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace thumbjobs;

namespace {

QString text_of(const std::string& text) {
    return QString::fromStdString(text);
}

} // namespace

Q_DECLARE_METATYPE(thumbjobs::RenditionSpec)

class TestRenditionSpec : public QObject {
    Q_OBJECT

private slots:
    void accepts_specs();
    void refuses_specs_data();
    void refuses_specs();
    void refuses_lists_of_specs();
    void parses_colours_data();
    void parses_colours();
    void refuses_colours_data();
    void refuses_colours();
    void formats_colours();
};

void TestRenditionSpec::accepts_specs() {
    validate({RenditionSpec{}});
    RenditionSpec largest{.name = std::string(64, 'z'),
                          .width = 10'000,
                          .height = 10'000,
                          .fit = Fit::inside,
                          .gravity = Gravity::north_west,
                          .format = OutputFormat::avif,
                          .quality = 100};
    RenditionSpec smallest{.name = "0", .width = 1, .height = 1, .quality = 1};
    validate({largest, smallest});
    std::vector<RenditionSpec> many(32);
    for (std::size_t i = 0; i < many.size(); ++i)
        many[i].name = "size_" + std::to_string(i);
    validate(many);
}

void TestRenditionSpec::refuses_specs_data() {
    QTest::addColumn<RenditionSpec>("spec");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, RenditionSpec spec, const char* message) {
        QTest::newRow(name) << spec << message;
    };
    row("no name", {.name = ""},
        "renditions[1].name is \"\"; accepted: 1 to 64 of the characters a-z 0-9 _ -");
    row("name too long", {.name = std::string(65, 'a')}, "accepted: 1 to 64");
    row("upper case", {.name = "Thumb"}, "renditions[1].name is \"Thumb\"");
    row("path", {.name = "../x"}, "renditions[1].name is \"../x\"");
    row("line feed", {.name = "a\n"}, "renditions[1].name is \"a\\x0a\"");
    row("no width", {.name = "b", .width = 0},
        "renditions[1].width is 0; accepted: 1 to 10000 pixels");
    row("negative width", {.name = "b", .width = -100}, "renditions[1].width is -100");
    row("width too large", {.name = "b", .width = 10'001}, "renditions[1].width is 10001");
    row("no height", {.name = "b", .height = 0}, "renditions[1].height is 0");
    row("height too large", {.name = "b", .height = 10'001}, "renditions[1].height is 10001");
    row("unknown fit", {.name = "b", .fit = static_cast<Fit>(9)},
        "renditions[1].fit is 9; accepted: contain, cover, fill, inside");
    row("unknown gravity", {.name = "b", .gravity = static_cast<Gravity>(-1)},
        "renditions[1].gravity is -1; accepted: centre, attention");
    row("unknown format", {.name = "b", .format = static_cast<OutputFormat>(5)},
        "renditions[1].format is 5; accepted: auto, jpeg, png, webp, avif");
    row("negative quality", {.name = "b", .quality = -1}, "renditions[1].quality is -1");
    row("quality too high", {.name = "b", .quality = 101}, "accepted: 0 to 100");
    row("same name", {.name = "thumbnail"}, "renditions[1].name is \"thumbnail\" a second time");
}

void TestRenditionSpec::refuses_specs() {
    QFETCH(RenditionSpec, spec);
    QFETCH(QString, message);
    EXPECT_ERROR(validate({RenditionSpec{}, spec}), invalid_argument);
    const QString said = test::message_of([&] { validate({RenditionSpec{}, spec}); });
    QVERIFY2(said.contains(message), qPrintable(said));
}

void TestRenditionSpec::refuses_lists_of_specs() {
    EXPECT_ERROR(validate({}), invalid_argument);
    std::vector<RenditionSpec> many(33);
    for (std::size_t i = 0; i < many.size(); ++i)
        many[i].name = std::to_string(i);
    EXPECT_ERROR(validate(many), invalid_argument);
    QCOMPARE(test::message_of([&] { validate(many); }),
             "renditions has 33 entries; accepted: 1 to 32");
}

void TestRenditionSpec::parses_colours_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<quint32>("rgba");
    QTest::newRow("rgb") << "#1aF" << 0x11AAFFFFu;
    QTest::newRow("rrggbb") << "#12aBcD" << 0x12ABCDFFu;
    QTest::newRow("rrggbbaa") << "#12345678" << 0x12345678u;
    QTest::newRow("bare rgb") << "000" << 0x000000FFu;
    QTest::newRow("bare rrggbb") << "ffffff" << 0xFFFFFFFFu;
    QTest::newRow("bare rrggbbaa") << "00000000" << 0u;
    QTest::newRow("white") << "white" << 0xFFFFFFFFu;
    QTest::newRow("black") << "black" << 0x000000FFu;
    QTest::newRow("transparent") << "transparent" << 0u;
}

void TestRenditionSpec::parses_colours() {
    QFETCH(QString, text);
    QFETCH(quint32, rgba);
    QCOMPARE(parse_colour(text.toStdString()), std::optional<std::uint32_t>(rgba));
}

void TestRenditionSpec::refuses_colours_data() {
    QTest::addColumn<QString>("text");
    for (const char* const text :
         {"", "#", "#1", "#12", "#1234", "#12345", "#1234567", "#123456789", "##123", "#12g",
          "White", " #123", "#123 ", "red", "0x123456"})
        QTest::newRow(text) << text;
}

void TestRenditionSpec::refuses_colours() {
    QFETCH(QString, text);
    QVERIFY(!parse_colour(text.toStdString()));
}

void TestRenditionSpec::formats_colours() {
    QCOMPARE(text_of(format_colour(0x12ABCD00)), "#12abcd00");
    for (const std::uint32_t rgba : {0u, 1u, 0x80000000u, 0xFFFFFFFFu, 0x01020304u})
        QCOMPARE(parse_colour(format_colour(rgba)), std::optional(rgba));
}

QTEST_APPLESS_MAIN(TestRenditionSpec)
#include "tst_rendition_spec.moc"
