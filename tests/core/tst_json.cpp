#include "support/errors.h"

#include <thumbjobs/json.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <limits>

using namespace thumbjobs;

namespace {

QJsonObject object_of(const std::string& text) {
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &error);
    return error.error == QJsonParseError::NoError ? document.object() : QJsonObject();
}

Job finished_job() {
    Job job;
    job.id = *JobId::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    job.state = JobState::failed;
    job.original = {"a \"b\"\\\n\x01ä.jpg", "image/jpeg", 123'456'789'012, 4000, 3000, true};
    job.renditions = {{"thumbnail", "image/png", 100, 75, 4321, "sha256:ab"}};
    job.priority = -7;
    job.attempts = 2;
    job.max_attempts = 3;
    job.crashes = 1;
    job.progress = 0.25;
    job.error = JobError{ErrorCode::image_corrupt, "The image is broken."};
    job.metadata = {{"k", "v"}, {"z", ""}};
    job.created_at = *parse_time("2026-01-31T09:30:00.250Z");
    job.updated_at = *parse_time("2026-01-31T09:30:01Z");
    job.finished_at = *parse_time("2026-01-31T09:30:02Z");
    return job;
}

} // namespace

class TestJson : public QObject {
    Q_OBJECT

private slots:
    void writes_a_job();
    void writes_what_is_unknown_as_null();
    void writes_valid_text_whatever_the_job_holds();
    void specs_are_canonical();
    void specs_read_back();
    void absent_members_take_their_defaults();
    void accepts_specs_data();
    void accepts_specs();
    void refuses_specs_data();
    void refuses_specs();
    void bounds_hostile_input();
    void renditions_read_back();
    void refuses_renditions_data();
    void refuses_renditions();
    void metadata_read_back();
    void refuses_metadata_data();
    void refuses_metadata();
};

void TestJson::writes_a_job() {
    const QJsonObject job = object_of(to_json(finished_job()));
    const QStringList members{
        "attempts", "bytes",           "crashes",  "created_at", "error",        "expires_at",
        "filename", "finished_at",     "height",   "id",         "max_attempts", "media_type",
        "metadata", "next_attempt_at", "priority", "progress",   "renditions",   "started_at",
        "status",   "updated_at",      "width"};
    QCOMPARE(job.keys(), members);
    QCOMPARE(job["id"].toString(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    QCOMPARE(job["status"].toString(), "failed");
    QCOMPARE(job["filename"].toString(), QString::fromUtf8("a \"b\"\\\n\x01ä.jpg"));
    QCOMPARE(job["media_type"].toString(), "image/jpeg");
    QCOMPARE(job["bytes"].toInteger(), 123'456'789'012);
    QCOMPARE(job["width"].toInt(), 4000);
    QCOMPARE(job["height"].toInt(), 3000);
    QCOMPARE(job["priority"].toInt(), -7);
    QCOMPARE(job["attempts"].toInt(), 2);
    QCOMPARE(job["max_attempts"].toInt(), 3);
    QCOMPARE(job["crashes"].toInt(), 1);
    QCOMPARE(job["progress"].toDouble(), 0.25);
    QCOMPARE(job["created_at"].toString(), "2026-01-31T09:30:00.250Z");
    QCOMPARE(job["updated_at"].toString(), "2026-01-31T09:30:01.000Z");
    QVERIFY(job["started_at"].isNull());
    QCOMPARE(job["finished_at"].toString(), "2026-01-31T09:30:02.000Z");
    QVERIFY(job["next_attempt_at"].isNull());
    QVERIFY(job["expires_at"].isNull());
    QCOMPARE(job["metadata"].toObject(), (QJsonObject{{"k", "v"}, {"z", ""}}));
    QCOMPARE(job["error"].toObject(),
             (QJsonObject{{"code", "image_corrupt"}, {"message", "The image is broken."}}));
    QCOMPARE(job["renditions"].toArray(), (QJsonArray{QJsonObject{{"name", "thumbnail"},
                                                                  {"media_type", "image/png"},
                                                                  {"width", 100},
                                                                  {"height", 75},
                                                                  {"bytes", 4321},
                                                                  {"checksum", "sha256:ab"}}}));
}

void TestJson::writes_what_is_unknown_as_null() {
    const QJsonObject job = object_of(to_json(Job{}));
    for (const char* const member :
         {"width", "height", "started_at", "finished_at", "next_attempt_at", "expires_at", "error"})
        QVERIFY2(job.contains(QLatin1String(member)) && job[QLatin1String(member)].isNull(),
                 member);
    QVERIFY(job["renditions"].isArray());
    QVERIFY(job["metadata"].isObject());
}

void TestJson::writes_valid_text_whatever_the_job_holds() {
    Job job = finished_job();
    job.original.filename.clear();
    for (int c = 0; c < 256; ++c)
        job.original.filename += static_cast<char>(c);
    job.metadata = {{"\xFF\n", "\xED\xA0\x80"}};
    job.progress = std::numeric_limits<double>::quiet_NaN();
    const std::string text = to_json(job);
    QVERIFY(!object_of(text).isEmpty());
    QCOMPARE(object_of(text)["progress"].toDouble(-1), 0.0);
    QVERIFY(text.find('\n') == std::string::npos); // one line, as event streams need it
}

void TestJson::specs_are_canonical() {
    QCOMPARE(to_json(std::vector{RenditionSpec{}}),
             std::string(R"([{"name":"thumbnail","width":100,"height":100,"fit":"contain",)"
                         R"("gravity":"centre","format":"auto","quality":0,"background":null,)"
                         R"("enlarge":false,"keep_profile":false,"linear_light":false}])"));
    const std::string reordered = R"([ {"height":100, "background":null, "width":100} ])";
    QCOMPARE(to_json(parse_rendition_specs(reordered)), to_json(std::vector{RenditionSpec{}}));
}

void TestJson::specs_read_back() {
    const std::vector<RenditionSpec> specs{
        {},
        {.name = "big-1_x",
         .width = 10'000,
         .height = 1,
         .fit = Fit::inside,
         .gravity = Gravity::north_west,
         .format = OutputFormat::avif,
         .quality = 100,
         .background = 0x12345678,
         .enlarge = true,
         .keep_profile = true,
         .linear_light = true},
    };
    QVERIFY(parse_rendition_specs(to_json(specs)) == specs);
}

void TestJson::absent_members_take_their_defaults() {
    QVERIFY(parse_rendition_specs("[{}]") == std::vector{RenditionSpec{}});
    RenditionSpec wide;
    wide.width = 300;
    QVERIFY(parse_rendition_specs(R"([{"width":300}])") == std::vector{wide});
}

void TestJson::accepts_specs_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* const text :
         {R"([{"background":"#fff"}])", R"([{"background":"transparent"}])",
          R"([{"background":"12345678"}])", R"([{"quality":0}])", R"([{"gravity":"south-west"}])",
          R"( [ { "name" : "a" } , { "name" : "b" } ] )", R"([{"n\u0061me":"a"}])"})
        QTest::newRow(text) << QByteArray(text);
}

void TestJson::accepts_specs() {
    QFETCH(QByteArray, text);
    QVERIFY(!parse_rendition_specs(text.toStdString()).empty());
}

void TestJson::refuses_specs_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* text, const char* message) {
        QTest::newRow(text) << QByteArray(text) << message;
    };
    row("", "renditions is not valid JSON");
    row("{", "renditions is not valid JSON");
    row("[{}]x", "renditions is not valid JSON");
    row("[{},]", "renditions is not valid JSON");
    row("[{'name':'a'}]", "renditions is not valid JSON");
    row("[{\"name\":\"\xFF\"}]", "renditions is not valid JSON");
    row("[{\"name\":NaN}]", "renditions is not valid JSON");
    row("{}", "renditions is an object; accepted: an array of objects");
    row("null", "renditions is null; accepted: an array of objects");
    row("[]", "renditions has 0 entries; accepted: 1 to 32");
    row("[1]", "renditions[0] is 1; accepted: an object");
    row("[{},null]", "renditions[1] is null; accepted: an object");
    row(R"([{"colour":"red"}])",
        "renditions[0] has an unknown member \"colour\" (\"red\"); accepted: name, width, height, "
        "fit, gravity, format, quality, background, enlarge, keep_profile, linear_light");
    row(R"([{"Width":1}])", "renditions[0] has an unknown member \"Width\" (1); accepted: name");
    row(R"([{"width":0}])", "renditions[0].width is 0; accepted: a whole number from 1 to 10000");
    row(R"([{"width":10001}])", "renditions[0].width is 10001");
    row(R"([{"width":-5}])", "renditions[0].width is -5");
    row(R"([{"width":"100"}])", "renditions[0].width is \"100\"; accepted: a whole number");
    row(R"([{"width":1.5}])", "renditions[0].width is 1.5E0; accepted: a whole number");
    row(R"([{"width":null}])", "renditions[0].width is null");
    row(R"([{"width":true}])", "renditions[0].width is true");
    row(R"([{"width":[1]}])", "renditions[0].width is an array");
    row(R"([{"width":18446744073709551615}])", "renditions[0].width is 18446744073709551615");
    row(R"([{"width":4294967396}])", "renditions[0].width is 4294967396"); // 2^32 + 100
    row(R"([{"width":1e400}])", "renditions");
    row(R"([{"name":"a"},{"height":{}}])", "renditions[1].height is an object");
    row(R"([{"name":7}])", "renditions[0].name is 7; accepted: a string");
    row(R"([{"name":"A"}])", "renditions[0].name is \"A\"; accepted: 1 to 64");
    row(R"([{"name":"a\u0000"}])", "renditions[0].name is \"a\\x00\"");
    row(R"([{},{}])", "renditions[1].name is \"thumbnail\" a second time");
    row(R"([{"fit":"crop"}])",
        "renditions[0].fit is \"crop\"; accepted: contain, cover, fill, inside");
    row(R"([{"fit":1}])", "renditions[0].fit is 1; accepted: contain");
    row(R"([{"gravity":"up"}])", "renditions[0].gravity is \"up\"; accepted: centre");
    row(R"([{"format":"gif"}])",
        "renditions[0].format is \"gif\"; accepted: auto, jpeg, png, webp, avif");
    row(R"([{"quality":101}])", "renditions[0].quality is 101; accepted: a whole number from 0");
    row(R"([{"background":"red"}])", "renditions[0].background is \"red\"; accepted: #rgb");
    row(R"([{"background":16777215}])", "renditions[0].background is 16777215");
    row(R"([{"enlarge":"yes"}])", "renditions[0].enlarge is \"yes\"; accepted: true or false");
    row(R"([{"enlarge":1}])", "renditions[0].enlarge is 1; accepted: true or false");
}

void TestJson::refuses_specs() {
    QFETCH(QByteArray, text);
    QFETCH(QString, message);
    EXPECT_ERROR(parse_rendition_specs(text.toStdString()), invalid_argument);
    const QString said = test::message_of([&] { parse_rendition_specs(text.toStdString()); });
    QVERIFY2(said.contains(message), qPrintable(said));
}

void TestJson::bounds_hostile_input() {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_ERROR(parse_rendition_specs(deep), invalid_argument);
    EXPECT_ERROR(parse_metadata(deep), invalid_argument);
    EXPECT_ERROR(parse_renditions(deep), invalid_argument);
    EXPECT_ERROR(parse_rendition_specs(std::string(10 << 20, ' ') + "[{}]"), invalid_argument);
    const std::string long_name = "[{\"" + std::string(200'000, 'x') + "\":1}]";
    QVERIFY(test::message_of([&] { parse_rendition_specs(long_name); }).size() < 500);
    const std::string long_number = "[{\"width\":" + std::string(100'000, '9') + "}]";
    EXPECT_ERROR(parse_rendition_specs(long_number), invalid_argument);
    std::string many = "[{}";
    for (int i = 0; i < 50'000; ++i)
        many += ",{}";
    EXPECT_ERROR(parse_rendition_specs(many + ']'), invalid_argument);
}

void TestJson::renditions_read_back() {
    const std::vector<Rendition> renditions{
        {"thumbnail", "image/jpeg", 100, 75, std::numeric_limits<std::int64_t>::max(),
         "sha256:" + std::string(64, 'a')},
        {"other", "image/avif", 1, 10'000, 0, ""},
    };
    QVERIFY(parse_renditions(to_json(renditions)) == renditions);
    QVERIFY(parse_renditions("[]").empty());
    QCOMPARE(to_json(std::vector<Rendition>{}), std::string("[]"));
}

void TestJson::refuses_renditions_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* const text :
         {"", "{}", "[1]", R"([{"url":"x"}])", R"([{"width":-1}])", R"([{"width":2147483648}])",
          R"([{"bytes":-1}])", R"([{"bytes":9223372036854775808}])", R"([{"bytes":1.0}])",
          R"([{"checksum":null}])"})
        QTest::newRow(text) << QByteArray(text);
}

void TestJson::refuses_renditions() {
    QFETCH(QByteArray, text);
    EXPECT_ERROR(parse_renditions(text.toStdString()), invalid_argument);
}

void TestJson::metadata_read_back() {
    using Metadata = std::map<std::string, std::string>;
    const Metadata metadata{{"a", ""}, {"\n\"\\", std::string("\0\x1F", 2)}, {"ä", "😀"}};
    QVERIFY(parse_metadata(to_json(metadata)) == metadata);
    QVERIFY(parse_metadata("{}").empty());
    Metadata largest;
    for (int i = 0; i < 32; ++i)
        largest[std::string(62, '\x01') + std::to_string(i + 10)] = std::string(1024, '\x02');
    QVERIFY(parse_metadata(to_json(largest)) == largest);
}

void TestJson::refuses_metadata_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("message");
    QTest::newRow("array") << QByteArray("[]")
                           << "metadata is an array; accepted: an object of strings";
    QTest::newRow("number") << QByteArray(R"({"k":1})")
                            << "metadata[\"k\"] is 1; accepted: a string";
    QTest::newRow("empty key") << QByteArray(R"({"":"v"})") << "metadata has the key \"\"";
    QTest::newRow("long key") << QByteArray("{\"" + QByteArray(65, 'k') + "\":\"v\"}")
                              << "of 65 bytes; accepted: 1 to 64";
    QTest::newRow("long value") << QByteArray("{\"k\":\"" + QByteArray(1025, 'v') + "\"}")
                                << "metadata[\"k\"] has 1025 bytes; accepted: at most 1024";
}

void TestJson::refuses_metadata() {
    QFETCH(QByteArray, text);
    QFETCH(QString, message);
    EXPECT_ERROR(parse_metadata(text.toStdString()), invalid_argument);
    const QString said = test::message_of([&] { parse_metadata(text.toStdString()); });
    QVERIFY2(said.contains(message), qPrintable(said));
}

QTEST_APPLESS_MAIN(TestJson)
#include "tst_json.moc"
