#include "web/static_assets.h"

#include <QTest>

#include <set>
#include <string>

class StaticAssetsTest : public QObject {
    Q_OBJECT

private slots:
    void every_path_is_found_once();
    void documents_carry_a_strict_policy();
    void what_the_documents_load_is_there();
    void unknown_paths_are_not_found();
};

void StaticAssetsTest::every_path_is_found_once() {
    std::set<std::string_view> paths;
    for (const auto& [path, asset] : thumbd::static_assets()) {
        QVERIFY2(paths.insert(path).second, std::string(path).c_str());
        const auto found = thumbd::find_asset(path);
        QVERIFY(found.has_value());
        QCOMPARE(found->bytes.data(), asset.bytes.data());
        QVERIFY(!asset.bytes.empty());
        QVERIFY(asset.etag.starts_with('"') && asset.etag.ends_with('"'));
    }
}

void StaticAssetsTest::documents_carry_a_strict_policy() {
    for (const auto& [path, asset] : thumbd::static_assets()) {
        const bool document = asset.media_type.starts_with("text/html");
        QCOMPARE(!asset.content_security_policy.empty(), document);
        QVERIFY(asset.content_security_policy.find("unsafe") == std::string_view::npos);
        QVERIFY(!document || asset.content_security_policy.starts_with("default-src 'none';"));
    }
}

// Every src and href of the two documents that points into /static has an asset.
void StaticAssetsTest::what_the_documents_load_is_there() {
    int loaded = 0;
    for (const auto* path : {"/", "/docs"}) {
        const auto document = thumbd::find_asset(path);
        QVERIFY(document.has_value());
        const std::string_view html = document->bytes;
        const std::string_view prefix = "\"static/";
        for (auto at = html.find(prefix); at != std::string_view::npos;
             at = html.find(prefix, at + 1)) {
            const auto end = html.find('"', at + 1);
            const std::string asset = "/" + std::string(html.substr(at + 1, end - at - 1));
            QVERIFY2(thumbd::find_asset(asset).has_value(), asset.c_str());
            ++loaded;
        }
    }
    QVERIFY(loaded >= 5);
}

void StaticAssetsTest::unknown_paths_are_not_found() {
    QVERIFY(!thumbd::find_asset(""));
    QVERIFY(!thumbd::find_asset("/static"));
    QVERIFY(!thumbd::find_asset("/static/page/app.js/"));
    QVERIFY(!thumbd::find_asset("/static/../docs"));
}

QTEST_GUILESS_MAIN(StaticAssetsTest)
#include "static_assets_test.moc"
