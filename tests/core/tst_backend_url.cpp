#include "support/errors.h"

#include <thumbjobs/registry.h>

#include <QTest>

using namespace thumbjobs;

namespace {

using Options = std::map<std::string, std::string>;

class NoStorage final : public Storage {
public:
    explicit NoStorage(std::string url) : url_(std::move(url)) {}
    std::string describe() const override { return url_; }
    void put(std::string_view, const Blob&, BlobKind) override {}
    BlobPtr open(std::string_view) override { return make_blob({}); }
    bool remove(std::string_view) override { return false; }
    StoredBlobPage list(std::string_view, int) override { return {}; }
    std::string stamp(std::string_view id) override { return std::string(id); }
    void probe() override {}

private:
    std::string url_;
};

} // namespace

Q_DECLARE_METATYPE(Options)

class TestBackendUrl : public QObject {
    Q_OBJECT

private slots:
    void parses_data();
    void parses();
    void refuses_data();
    void refuses();
    void never_repeats_a_password_data();
    void never_repeats_a_password();
    void redacts_data();
    void redacts();
    void redacted_reads_back();
    void options_are_taken_once();
    void rest_is_refused_by_name();

    void registry_opens_by_scheme();
    void registry_names_the_known_schemes();
    void builtin_can_be_copied_and_extended();
};

void TestBackendUrl::parses_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("scheme");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<Options>("options");
    const auto row = [](const char* text, const char* scheme, const char* target,
                        const Options& options = {}) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(scheme) << QByteArray(target)
                            << options;
    };
    row("memory:", "memory", "");
    row("MEMORY:", "memory", "");
    row("memory:?", "memory", "");
    row("file:data/images", "file", "data/images");
    row("file:///var/lib/x", "file", "///var/lib/x");
    row("sqlite:/path with spaces?x=1", "sqlite", "/path with spaces", {{"x", "1"}});
    row("sqlite:/a%20b%3F%25?x=%26%3D", "sqlite", "/a b?%", {{"x", "&="}});
    row("sqlite:C:\\jobs.db", "sqlite", "C:\\jobs.db");
    row("sqlite:a+b?x=1+1", "sqlite", "a+b", {{"x", "1+1"}});
    row("sqlite:a?x=b=c", "sqlite", "a", {{"x", "b=c"}});
    row("sqlite:a?x=b?c", "sqlite", "a", {{"x", "b?c"}});
    row("sqlite:a?x=", "sqlite", "a", {{"x", ""}});
    row("sqlite:a?%78%3d=1", "sqlite", "a", {{"x=", "1"}});
    row("redis://user:pw@host:6379/0?x=y&z=1", "redis", "//user:pw@host:6379/0",
        {{"x", "y"}, {"z", "1"}});
    row("redis://:p%40ss%2F@host", "redis", "//:p@ss/@host");
    row("s3://bucket/prefix?endpoint=https://h:9000/a", "s3", "//bucket/prefix",
        {{"endpoint", "https://h:9000/a"}});
    row("x-y.z+1:a", "x-y.z+1", "a");
    row("file:\xC3\xA4", "file", "\xC3\xA4");
    row("file:\xFF", "file", "\xFF");
}

void TestBackendUrl::parses() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, scheme);
    QFETCH(QByteArray, target);
    QFETCH(Options, options);
    const BackendUrl url = BackendUrl::parse(text.toStdString());
    QCOMPARE(QByteArray::fromStdString(url.scheme), scheme);
    QCOMPARE(QByteArray::fromStdString(url.target), target);
    QVERIFY(url.options == options);
}

void TestBackendUrl::refuses_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* text, const char* message) {
        QTest::newRow(text) << QByteArray(text) << message;
    };
    row("", "has no colon");
    row("jobs.db", "has no colon");
    row(":jobs.db", "scheme");
    row("/var/lib:x", "scheme");
    row("1a:x", "scheme");
    row("a b:x", "scheme");
    row("sqlite:a%", "%");
    row("sqlite:a%2", "%");
    row("sqlite:a%zz", "%");
    row("sqlite:a%2?x=1", "%");
    row("sqlite:a?x=%4", "%");
    row("sqlite:a%00", "zero byte");
    row("sqlite:a?x=%00", "zero byte");
    row("sqlite:a?x", "option 1");
    row("sqlite:a?=1", "option 1");
    row("sqlite:a?x=1&y", "option 2");
    row("sqlite:a?x=1&", "ends with an &");
    row("sqlite:a?&x=1", "option 1");
    row("sqlite:a?x=1&&y=1", "option 2");
    row("sqlite:a?x=1&x=2", "repeats an earlier name as its option 2");
    QTest::newRow("zero byte") << QByteArray("sqlite:a\0b", 10) << "zero byte";
}

void TestBackendUrl::refuses() {
    QFETCH(QByteArray, text);
    QFETCH(QString, message);
    EXPECT_ERROR(BackendUrl::parse(text.toStdString()), invalid_argument);
    const QString said = test::message_of([&] { BackendUrl::parse(text.toStdString()); });
    QVERIFY2(said.contains(message), qPrintable(said));
    QVERIFY2(said.contains("accepted: scheme:target?option=value&..."), qPrintable(said));
}

void TestBackendUrl::never_repeats_a_password_data() {
    QTest::addColumn<QString>("text");
    for (const char* const text :
         {"redis//user:hunter2@host", "redis://user:hunter2%@host", "redis://user:a?hunter2@host",
          "redis://user:hunter2@host?x", "redis://h?password=hunter2&password=hunter2"})
        QTest::newRow(text) << text;
}

void TestBackendUrl::never_repeats_a_password() {
    QFETCH(QString, text);
    const QString said = test::message_of([&] { BackendUrl::parse(text.toStdString()); });
    QVERIFY(!said.isEmpty());
    QVERIFY2(!said.contains("hunter2"), qPrintable(said));
    const QString unknown =
        test::message_of([&] { Registry().open_store(text.toStdString(), BackendContext{}); });
    QVERIFY2(!unknown.contains("hunter2"), qPrintable(unknown));
}

void TestBackendUrl::redacts_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("redacted");
    const auto row = [](const char* text, const char* redacted) {
        QTest::newRow(text) << text << redacted;
    };
    row("memory:", "memory:");
    row("sqlite:/path with spaces?x=1", "sqlite:/path with spaces?x=1");
    row("redis://user:pw@host:6379/0?x=y", "redis://host:6379/0?x=y");
    row("redis://:p%40ss%2Fword@host/0", "redis://host/0");
    row("redis://host/0?password=pw&db=1", "redis://host/0?db=1");
    row("s3://bucket/p?secret_access_key=a&region=b&session_token=c&ACCESS_KEY=d",
        "s3://bucket/p?region=b");
    row("redis://h?sentinel_auth=a", "redis://h");
    row("file:a@b", "file:a@b");
    row("file:a%3Fb%25%0A?x=%26%0d", "file:a%3fb%25%0a?x=%26%0d");
}

void TestBackendUrl::redacts() {
    QFETCH(QString, text);
    QFETCH(QString, redacted);
    QCOMPARE(QString::fromStdString(BackendUrl::parse(text.toStdString()).redacted()), redacted);
}

void TestBackendUrl::redacted_reads_back() {
    BackendUrl url;
    url.scheme = "file";
    url.target = "/odd %41 ?&=#+\n\xC3\xA4";
    url.options = {{"a&b=c?d%", "x&y=z?%\n"}, {"empty", ""}};
    const BackendUrl again = BackendUrl::parse(url.redacted());
    QCOMPARE(again.target, url.target);
    QVERIFY(again.options == url.options);
}

void TestBackendUrl::options_are_taken_once() {
    BackendUrl url = BackendUrl::parse("file:a?x=1");
    QCOMPARE(url.take("y"), std::optional<std::string>());
    QCOMPARE(url.take("x"), std::optional<std::string>("1"));
    QCOMPARE(url.take("x"), std::optional<std::string>());
    url.refuse_rest("x");
}

void TestBackendUrl::rest_is_refused_by_name() {
    const BackendUrl url = BackendUrl::parse("file:a?colour=red&zoo=1");
    EXPECT_ERROR(url.refuse_rest("reserve"), invalid_argument);
    QCOMPARE(test::message_of([&] { url.refuse_rest("reserve"); }),
             "The file: URL has an unknown option \"colour\"; accepted: reserve");
    QVERIFY(test::message_of([&] { url.refuse_rest(""); }).endsWith("accepted: none"));
}

void TestBackendUrl::registry_opens_by_scheme() {
    Registry registry;
    registry.add_storage("mine", [](BackendUrl url, const BackendContext& context) {
        return std::make_shared<NoStorage>(url.target + ' ' + std::to_string(context.disk_reserve));
    });
    BackendContext context;
    context.disk_reserve = 7;
    QCOMPARE(registry.open_storage("Mine:here", context)->describe(), std::string("here 7"));
    QVERIFY(registry.storage_schemes() == std::vector<std::string>{"mine"});
    QVERIFY(registry.store_schemes().empty());
    QVERIFY(registry.resizer_schemes().empty());
}

void TestBackendUrl::registry_names_the_known_schemes() {
    Registry registry;
    EXPECT_ERROR(registry.open_store("sqlite:x", {}), invalid_argument);
    EXPECT_ERROR(registry.open_resizer("vips:", {}), invalid_argument);
    for (const char* const scheme : {"b", "a"})
        registry.add_storage(
            scheme, [](BackendUrl, const BackendContext&) { return std::shared_ptr<Storage>(); });
    QCOMPARE(test::message_of([&] { registry.open_storage("c:x", {}); }),
             "The image storage has an unknown scheme \"c\"; accepted: a:, b:");
}

void TestBackendUrl::builtin_can_be_copied_and_extended() {
    Registry registry = Registry::builtin();
    const std::size_t known = registry.storage_schemes().size();
    QVERIFY(registry.open_storage("memory:", {}) != nullptr);
    EXPECT_ERROR(registry.open_storage("memory:x", {}), invalid_argument);
    EXPECT_ERROR(registry.open_storage("memory:?x=1", {}), invalid_argument);
    registry.add_storage(
        "mine", [](BackendUrl, const BackendContext&) { return std::shared_ptr<Storage>(); });
    QCOMPARE(registry.storage_schemes().size(), known + 1);
    QCOMPARE(Registry::builtin().storage_schemes().size(), known);
}

QTEST_APPLESS_MAIN(TestBackendUrl)
#include "tst_backend_url.moc"
