#include "backends/redis/client/client.h"
#include "support/blobs.h"
#include "support/errors.h"
#include "support/redis_server.h"

#include <QTest>

#include <algorithm>
#include <csignal>
#include <optional>
#include <thread>

using namespace thumbjobs;
using test::make_noise;
using test::RedisServer;

namespace {

redis::ClientOptions options_of(const std::string& text) {
    BackendUrl url = BackendUrl::parse(text);
    return redis::ClientOptions::parse(url);
}

std::shared_ptr<Storage> open(const std::string& url, const BackendContext& context = {}) {
    return Registry::builtin().open_storage(url, context);
}

void put(Storage& storage, const std::string& key, std::size_t size,
         BlobKind kind = BlobKind::original) {
    storage.put(key, *copy_blob(make_noise(size)), kind);
}

} // namespace

/// What the suite of all storages does not ask: bounds, failures and leftovers of images in Redis.
class TestRedisImages : public QObject {
    Q_OBJECT

private slots:
    void init();

    void refuses_urls_data();
    void refuses_urls();
    void tells_no_secrets();
    void leaves_no_key_behind();
    void broken_upload_vanishes();
    void reads_across_parts();
    void replaced_while_read_is_not_found();
    void refuses_too_large_a_blob();
    void bounds_all_bytes();
    void stops_before_memory_runs_out();
    void full_memory_can_be_emptied();
    void lives_as_long_as_told();
    void outage_is_a_storage_error();
    void acknowledged_survives_a_kill();
    void warns_of_dangerous_settings();
    void is_silent_about_safe_settings();
    void does_with_the_documented_rights();

private:
    std::size_t count_keys();

    RedisServer server_;
};

void TestRedisImages::init() {
    redis::Client client(options_of(server_.url()));
    client.command({"FLUSHALL"}).require();
}

std::size_t TestRedisImages::count_keys() {
    redis::Client client(options_of(server_.url()));
    return static_cast<std::size_t>(client.command({"DBSIZE"}).integer());
}

void TestRedisImages::refuses_urls_data() {
    QTest::addColumn<QByteArray>("option");
    for (const char* const option :
         {"max_blob=0", "max_bytes=many", "reserve=-1", "ttl=5s", "ttl=long", "bucket=b"})
        QTest::newRow(option) << QByteArray(option);
}

void TestRedisImages::refuses_urls() {
    QFETCH(QByteArray, option);
    const std::string url = server_.url(option.toStdString());
    EXPECT_ERROR(open(url), invalid_argument);
    const QString message = test::message_of([&] { open(url); });
    QVERIFY2(message.contains(option.left(option.indexOf('='))), qPrintable(message));
}

void TestRedisImages::tells_no_secrets() {
    const RedisServer guarded({.password = "hunter2"});
    const auto storage = open(guarded.url());
    QVERIFY(storage->describe().find("127.0.0.1") != std::string::npos);
    QVERIFY(storage->describe().find("hunter2") == std::string::npos);
}

void TestRedisImages::leaves_no_key_behind() {
    const auto storage = open(server_.url());
    for (const std::size_t size : {0, 10, 100'000, 3'000'000}) {
        const std::string key = "job/" + std::to_string(size);
        put(*storage, key, size);
        put(*storage, key, size + 1); // replaces the parts, too
        QVERIFY(storage->remove(key));
    }
    QCOMPARE(count_keys(), std::size_t{1}); // the sums
    redis::Client client(options_of(server_.url()));
    QCOMPARE(client.command({"HGET", "{tj:default}:images:state", "bytes"}).number(),
             std::int64_t{0});
}

void TestRedisImages::broken_upload_vanishes() {
    const auto storage = open(server_.url());
    const BlobPtr broken = test::make_foreign_blob(make_noise(3'000'000), 2'500'000);
    EXPECT_ERROR(storage->put("job/original", *broken, BlobKind::original), storage_unavailable);
    redis::Client client(options_of(server_.url()));
    const redis::Reply keys = client.command({"KEYS", "*:data:*"});
    for (const redis::Reply& key : keys.array()) {
        const std::int64_t seconds = client.command({"TTL", key.text()}).integer();
        QVERIFY(seconds > 0 && seconds <= 600);
    }
    QVERIFY(storage->list("", 10).blobs.empty());
}

void TestRedisImages::reads_across_parts() {
    const auto storage = open(server_.url());
    const Bytes bytes = make_noise((2 << 20) + 5);
    storage->put("job/original", *copy_blob(bytes), BlobKind::original);
    const BlobPtr blob = storage->open("job/original");
    for (const std::int64_t offset : {0, (1 << 20) - 1, 1 << 20, (2 << 20) - 3, (2 << 20) + 4}) {
        Bytes part(1'100'000);
        const std::size_t count = blob->read(offset, part);
        QCOMPARE(count, std::min(part.size(), bytes.size() - static_cast<std::size_t>(offset)));
        QVERIFY(std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count),
                           bytes.begin() + offset));
    }
}

void TestRedisImages::replaced_while_read_is_not_found() {
    const auto storage = open(server_.url());
    put(*storage, "job/original", 3'000'000);
    const BlobPtr blob = storage->open("job/original");
    put(*storage, "job/original", 3'000'000);
    EXPECT_ERROR(blob->read_all(), not_found);
    QCOMPARE(storage->open("job/original")->read_all().size(), std::size_t{3'000'000});
}

void TestRedisImages::refuses_too_large_a_blob() {
    const auto storage = open(server_.url("max_blob=1000"));
    put(*storage, "job/original", 1'000);
    EXPECT_ERROR(put(*storage, "job/other", 1'001), input_too_large);
    EXPECT_ERROR(put(*storage, "job/other", 1'001, BlobKind::rendition), input_too_large);
}

void TestRedisImages::bounds_all_bytes() {
    const auto storage = open(server_.url("max_bytes=800000"));
    put(*storage, "job/one", 600'000);
    EXPECT_ERROR(put(*storage, "job/two", 100'001), storage_full);
    put(*storage, "job/two", 100'000);
    put(*storage, "job/two", 100'000); // replaces: no more than before
    // Renditions may use what originals leave.
    EXPECT_ERROR(put(*storage, "job/three", 1), storage_full);
    put(*storage, "job/three", 100'000, BlobKind::rendition);
    EXPECT_ERROR(put(*storage, "job/four", 1, BlobKind::rendition), storage_full);
    const std::size_t keys = count_keys();
    EXPECT_ERROR(put(*storage, "job/four", 500'000), storage_full);
    QCOMPARE(count_keys(), keys); // its parts are gone already
    QVERIFY(storage->remove("job/one"));
    put(*storage, "job/four", 500'000);
}

void TestRedisImages::stops_before_memory_runs_out() {
    const RedisServer small({.max_memory = "24mb"});
    const auto storage = open(small.url());
    const auto fill = [&](BlobKind kind, const std::string& name) {
        int stored = 0;
        while (!test::code_of(
            [&] { put(*storage, name + '/' + std::to_string(stored), 500'000, kind); }))
            ++stored;
        return stored;
    };
    const int originals = fill(BlobKind::original, "original");
    QVERIFY(originals > 10);
    EXPECT_ERROR(put(*storage, "job/original", 500'000), storage_full);
    // The reserve is there for what finishes jobs.
    QVERIFY(fill(BlobKind::rendition, "rendition") >= 2);
    EXPECT_ERROR(put(*storage, "job/rendition", 500'000, BlobKind::rendition), storage_full);
    storage->probe();
    for (int i = 0; i < originals; ++i)
        QVERIFY(storage->remove("original/" + std::to_string(i)));
    QTRY_VERIFY(!test::code_of([&] { put(*storage, "job/original", 500'000); }));
}

void TestRedisImages::full_memory_can_be_emptied() {
    const RedisServer server;
    const auto storage = open(server.url());
    put(*storage, "job/large", 3'000'000);
    put(*storage, "job/small", 30'000);
    put(*storage, "job/empty", 0);
    redis::Client client(options_of(server.url()));
    client.command({"CONFIG", "SET", "maxmemory", "1mb"}).require();
    EXPECT_ERROR(put(*storage, "job/more", 10, BlobKind::rendition), storage_full);
    EXPECT_ERROR(put(*storage, "job/more", 200'000, BlobKind::rendition), storage_full);
    QCOMPARE(storage->open("job/large")->read_all().size(), std::size_t{3'000'000});
    QCOMPARE(storage->list("", 10).blobs.size(), std::size_t{3});
    storage->probe();
    for (const char* const key : {"job/empty", "job/small", "job/large"})
        QVERIFY(storage->remove(key));
    QVERIFY(storage->list("", 10).blobs.empty());
    QCOMPARE(client.command({"HGET", "{tj:default}:images:state", "bytes"}).number(),
             std::int64_t{0});
}

void TestRedisImages::lives_as_long_as_told() {
    const auto storage = open(server_.url("ttl=1h"));
    put(*storage, "job/small", 10);
    put(*storage, "job/large", 2'000'000);
    redis::Client client(options_of(server_.url()));
    const redis::Reply keys = client.command({"KEYS", "*:data:*"});
    QCOMPARE(keys.array().size(), std::size_t{3});
    for (const redis::Reply& key : keys.array()) {
        const std::int64_t seconds = client.command({"TTL", key.text()}).integer();
        QVERIFY(seconds > 3'500 && seconds <= 3'600);
        client.command({"DEL", key.text()}).require(); // its time is over
    }
    EXPECT_ERROR(storage->open("job/small"), not_found);
    EXPECT_ERROR(storage->open("job/large")->read_all(), not_found);
    QVERIFY(storage->remove("job/small"));
    QVERIFY(storage->remove("job/large"));
}

void TestRedisImages::outage_is_a_storage_error() {
    RedisServer server;
    const auto storage = open(server.url("command_timeout=100ms"));
    put(*storage, "job/original", 2'000'000);
    const BlobPtr blob = storage->open("job/original");
    server.kill();
    EXPECT_ERROR(put(*storage, "job/other", 10), storage_unavailable);
    EXPECT_ERROR(storage->open("job/original"), storage_unavailable);
    EXPECT_ERROR(blob->read_all(), storage_unavailable);
    EXPECT_ERROR(storage->remove("job/original"), storage_unavailable);
    EXPECT_ERROR(storage->list("", 10), storage_unavailable);
    EXPECT_ERROR(storage->stamp("store"), storage_unavailable);
    EXPECT_ERROR(storage->probe(), storage_unavailable);
    EXPECT_ERROR(open(server.url("command_timeout=100ms")), storage_unavailable);
    server.start();
    storage->probe();
}

void TestRedisImages::acknowledged_survives_a_kill() {
    RedisServer server({.append_fsync = "always"});
    const auto storage = open(server.url("command_timeout=30s"));
    const Bytes large = make_noise(1'500'000);
    storage->put("job/large", *copy_blob(large), BlobKind::original);
    put(*storage, "job/small", 10);
    storage->stamp("store");
    server.kill();
    server.start();
    QVERIFY(storage->open("job/large")->read_all() == large);
    QCOMPARE(storage->list("", 10).blobs.size(), std::size_t{2});
    QCOMPARE(storage->stamp("other"), std::string("store"));
}

void TestRedisImages::warns_of_dangerous_settings() {
    const RedisServer risky({.config = {"maxmemory-policy allkeys-lru"}});
    std::string warnings;
    const BackendContext context{
        .warn = [&](std::string_view sentence) { warnings += std::string(sentence) + '\n'; }};
    open(risky.url(), context);
    for (const char* const named : {"allkeys-lru", "maxmemory 0", "appendonly no"})
        QVERIFY2(warnings.find(named) != std::string::npos, warnings.c_str());
}

void TestRedisImages::is_silent_about_safe_settings() {
    const RedisServer safe({.append_fsync = "everysec", .max_memory = "1gb"});
    std::string warnings;
    const BackendContext context{
        .warn = [&](std::string_view sentence) { warnings += std::string(sentence) + '\n'; }};
    open(safe.url(), context);
    QCOMPARE(warnings, std::string());
}

void TestRedisImages::does_with_the_documented_rights() {
    // The line that docs/operations.md gives.
    const RedisServer server(
        {.append_fsync = "everysec",
         .max_memory = "1gb",
         .config = {"user default off", "user thumbjobs on >PASSWORD ~{tj:* +@all -@admin "
                                        "-@dangerous +info +role +config|get +cluster|slots"}});
    const std::string url = "redis://thumbjobs:PASSWORD@127.0.0.1:" + std::to_string(server.port());
    const auto storage = open(url);
    put(*storage, "job/original", 2'000'000);
    put(*storage, "job/thumbnail", 1'000, BlobKind::rendition);
    QCOMPARE(storage->open("job/original")->read_all().size(), std::size_t{2'000'000});
    QCOMPARE(storage->list("", 10).blobs.size(), std::size_t{2});
    QVERIFY(storage->remove("job/original"));
    storage->probe();
    const auto store = Registry::builtin().open_store(url, {});
    store->probe();
    NewJob job;
    job.id = JobId::parse("0192f0c1-2345-7abc-8def-0123456789ab").value();
    job.specs = {RenditionSpec{}};
    QVERIFY(store->create(job).created);
    QCOMPARE(
        store->claim({.worker = "w", .nonce = "n", .max_jobs = 1, .lease = Milliseconds(1'000)})
            .jobs.size(),
        std::size_t{1});
}

QTEST_GUILESS_MAIN(TestRedisImages)

#include "tst_redis_images.moc"
