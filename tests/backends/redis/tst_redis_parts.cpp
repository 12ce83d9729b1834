#include "backends/redis/client/options.h"
#include "backends/redis/client/reply_reader.h"
#include "backends/redis/client/slots.h"
#include "backends/redis/client/wire.h"
#include "backends/redis/store/script_text.h"
#include "support/errors.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace thumbjobs;
using namespace thumbjobs::redis;

namespace {

ClientOptions parse(const char* text) {
    BackendUrl url = BackendUrl::parse(text);
    ClientOptions options = ClientOptions::parse(url);
    url.refuse_rest(ClientOptions::accepted);
    return options;
}

/// An environment variable, until the end of the scope.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) { qputenv(name, value); }
    ~Variable() { qunsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

/// The replies in `bytes`, fed one byte at a time.
std::vector<Reply> read_replies(std::string_view bytes) {
    ReplyReader reader(1 << 20);
    std::vector<Reply> replies;
    for (const char& byte : bytes) {
        reader.feed({&byte, 1});
        while (auto reply = reader.next())
            replies.push_back(std::move(*reply));
    }
    return replies;
}

} // namespace

/// What the Redis client does without a server.
class TestRedisParts : public QObject {
    Q_OBJECT

private slots:
    void reads_urls();
    void reads_sentinel_and_cluster_urls();
    void reads_credentials();
    void refuses_urls_data();
    void refuses_urls();
    void tells_no_secrets();

    void formats_commands();
    void reads_replies();
    void reply_accessors_refuse_other_kinds();
    void reply_errors_have_codes();
    void refuses_what_is_no_reply_data();
    void refuses_what_is_no_reply();

    void scripts_get_what_they_use();
    void computes_slots();
    void finds_the_first_key();
};

void TestRedisParts::reads_urls() {
    const ClientOptions plain = parse("redis://cache.example");
    QCOMPARE(plain.servers.front().to_string(), std::string("cache.example:6379"));
    QVERIFY(!plain.tls.enabled);
    QCOMPARE(plain.tag(), std::string("{tj:default}"));

    const ClientOptions full =
        parse("rediss://[::1]:7000/3?namespace=blue&tls_ca=/ca.pem&tls_cert=/c.pem&tls_key=/k.pem"
              "&tls_verify=ca&tls_server_name=redis&connect_timeout=250ms&command_timeout=9s"
              "&connections=4");
    QCOMPARE(full.servers.front().host, std::string("::1"));
    QCOMPARE(full.servers.front().to_string(), std::string("[::1]:7000"));
    QCOMPARE(full.database, 3);
    QCOMPARE(full.tag(), std::string("{tj:blue}"));
    QVERIFY(full.tls.enabled && full.tls.verify == TlsVerify::ca);
    QCOMPARE(full.tls.ca_file, std::string("/ca.pem"));
    QCOMPARE(full.tls.server_name, std::string("redis"));
    QVERIFY(full.connect_timeout == Milliseconds(250));
    QVERIFY(full.command_timeout == Milliseconds(9'000));
    QCOMPARE(full.connections, 4);
}

void TestRedisParts::reads_sentinel_and_cluster_urls() {
    const ClientOptions sentinel = parse("redis+sentinel://a,b:5000,c/2?master=main");
    QVERIFY(sentinel.layout == ClientOptions::Layout::sentinel);
    QCOMPARE(sentinel.servers.size(), std::size_t{3});
    QCOMPARE(sentinel.servers[0].to_string(), std::string("a:26379"));
    QCOMPARE(sentinel.servers[1].to_string(), std::string("b:5000"));
    QCOMPARE(sentinel.database, 2);
    QCOMPARE(sentinel.master_name, std::string("main"));

    const ClientOptions cluster = parse("rediss+cluster://a,b:5000");
    QVERIFY(cluster.layout == ClientOptions::Layout::cluster);
    QVERIFY(cluster.tls.enabled);
    QCOMPARE(cluster.servers[0].to_string(), std::string("a:6379"));
}

void TestRedisParts::reads_credentials() {
    const ClientOptions encoded = parse("redis://us%65r:p%40s%3As%2F%3F@host/1");
    QCOMPARE(encoded.credentials.user, std::string("user"));
    QCOMPARE(encoded.credentials.password, std::string("p@s:s/?"));
    QCOMPARE(encoded.servers.front().host, std::string("host"));
    QCOMPARE(encoded.database, 1);
    QCOMPARE(parse("redis://:word@host").credentials.password, std::string("word"));

    const QTemporaryDir folder;
    QFile file(folder.filePath("password"));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("of the file\r\nmore") > 0);
    file.close();
    const std::string path = file.fileName().toStdString();
    const ClientOptions by_file = parse(("redis://user@host?password_file=" + path).c_str());
    QCOMPARE(by_file.credentials.user, std::string("user"));
    QCOMPARE(by_file.credentials.password, std::string("of the file"));
    const ClientOptions sentinel = parse(
        ("redis+sentinel://host?master=m&sentinel_user=s&sentinel_password_file=" + path).c_str());
    QCOMPARE(sentinel.sentinel_credentials.user, std::string("s"));

    // Later connections use what the file says then, and the first word of it while it says
    // nothing.
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("renewed\n") > 0);
    file.close();
    QCOMPARE(current_password(by_file.credentials), std::string("renewed"));
    QCOMPARE(current_password(sentinel.sentinel_credentials), std::string("renewed"));
    QVERIFY(file.remove());
    QCOMPARE(current_password(by_file.credentials), std::string("of the file"));
    QCOMPARE(current_password(encoded.credentials), std::string("p@s:s/?"));

    const Variable password("THUMBJOBS_REDIS_PASSWORD", "of the environment");
    const Variable user("THUMBJOBS_REDIS_USERNAME", "envy");
    QCOMPARE(parse("redis://host").credentials.password, std::string("of the environment"));
    QCOMPARE(parse("redis://host").credentials.user, std::string("envy"));
    QCOMPARE(parse("redis://a:b@host").credentials.password, std::string("b"));
}

void TestRedisParts::refuses_urls_data() {
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<QString>("named");
    const auto row = [](const char* url, const char* named) {
        QTest::newRow(url) << QByteArray(url) << QString(named);
    };
    row("redis:host", "//");
    row("redis://", "server");
    row("redis://ho st", "ho st");
    row("redis://host:", "host:");
    row("redis://host:0", "host:0");
    row("redis://host:70000", "70000");
    row("redis://[::1", "[::1");
    row("redis://host/one", "one");
    row("redis://host/-1", "-1");
    row("redis://a,b", "several");
    row("redis+tls://host", "redis+tls");
    row("redis+cluster://host/1", "database");
    row("redis+sentinel://host", "master");
    row("redis://host?master=m", "master");
    row("redis+sentinel://host?master=a@b", "a@b");
    row("redis://user@host", "no password");
    row("redis://user:word@host?password_file=/none", "one of them");
    row("redis://host?password_file=/nowhere/at/all", "password_file");
    row("redis://host?sentinel_user=x", "redis+sentinel");
    row("redis://host?tls_ca=/ca", "rediss");
    row("rediss://host?tls_cert=/c", "belong together");
    row("rediss://host?tls_verify=maybe", "maybe");
    row("redis://host?namespace=a%20b", "namespace");
    row("redis://host?namespace=", "namespace");
    row("redis://host?command_timeout=0ms", "command_timeout");
    row("redis://host?connect_timeout=1h", "connect_timeout");
    row("redis://host?connections=0", "connections");
    row("redis://host?colour=blue", "colour");
}

void TestRedisParts::refuses_urls() {
    QFETCH(QByteArray, url);
    QFETCH(QString, named);
    EXPECT_ERROR(parse(url.constData()), invalid_argument);
    const QString message = test::message_of([&] { parse(url.constData()); });
    QVERIFY2(message.contains(named), qPrintable(message));
}

void TestRedisParts::tells_no_secrets() {
    QCOMPARE(parse("rediss://user:hunter2@host:1/4?namespace=n").describe(),
             std::string("rediss://host:1/4?namespace=n"));
    QCOMPARE(parse("redis+sentinel://user:hunter2@a,b?master=m").describe(),
             std::string("redis+sentinel://a:26379,b:26379?namespace=default&master=m"));
    for (const char* const wrong :
         {"redis://user:hunter2@host:bad", "redis://user:hunter2@host?x=y", "redis://hunter2@"}) {
        const QString message = test::message_of([&] { parse(wrong); });
        QVERIFY(!message.isEmpty());
        QVERIFY2(!message.contains("hunter2"), qPrintable(message));
    }
}

void TestRedisParts::formats_commands() {
    std::string wire;
    const std::array<std::string_view, 3> set{"SET", "key", std::string_view("a\0\r\n", 4)};
    append_command(wire, set);
    const std::array<std::string_view, 2> empty{"GET", {}};
    append_command(wire, empty);
    QCOMPARE(wire, std::string("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$4\r\na\0\r\n\r\n"
                               "*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
                               32 + 19));
}

void TestRedisParts::reads_replies() {
    const auto replies = read_replies("+OK\r\n:-12\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n"
                                      "*3\r\n:1\r\n*2\r\n$0\r\n\r\n-ERR no\r\n*0\r\n"
                                      "-MOVED 3999 127.0.0.1:6381\r\n$2\r\n42\r\n");
    QCOMPARE(replies.size(), std::size_t{8});
    QCOMPARE(replies[0].text(), std::string("OK"));
    QCOMPARE(replies[1].integer(), std::int64_t{-12});
    QCOMPARE(replies[2].text(), std::string("a\r\nbc"));
    QVERIFY(replies[3].is_nil() && replies[4].is_nil());
    QCOMPARE(replies[5].array().size(), std::size_t{3});
    QCOMPARE(replies[5].at(1).at(0).text(), std::string());
    QVERIFY(replies[5].at(1).at(1).is_error("ERR"));
    QVERIFY(replies[5].at(2).array().empty());
    QCOMPARE(replies[6].error_code(), std::string_view("MOVED"));
    QCOMPARE(replies[6].error_line(), std::string_view("MOVED 3999 127.0.0.1:6381"));
    QCOMPARE(replies[7].number(), std::int64_t{42});
}

void TestRedisParts::reply_accessors_refuse_other_kinds() {
    EXPECT_ERROR(Reply().integer(), internal);
    EXPECT_ERROR(Reply().text(), internal);
    EXPECT_ERROR(Reply::of_integer(1).text(), internal);
    EXPECT_ERROR(Reply::of_string("x").integer(), internal);
    EXPECT_ERROR(Reply::of_string("x").number(), internal);
    EXPECT_ERROR(Reply::of_string("x").array(), internal);
    EXPECT_ERROR(Reply::of_array({Reply()}).at(1), internal);
    QVERIFY(Reply::of_array({Reply()}).at(0).is_nil());
}

void TestRedisParts::reply_errors_have_codes() {
    EXPECT_ERROR(Reply::of_error("OOM command not allowed").integer(), storage_full);
    EXPECT_ERROR(Reply::of_error("LOADING wait").text(), store_unavailable);
    EXPECT_ERROR(Reply::of_error("NOPERM no").require(), store_unavailable);
    EXPECT_ERROR(Reply::of_error("WRONGTYPE no").at(0), internal);
    const char* const wrapped =
        "ERR Error running script (call to f_2b): @user_script:1: @user_script: 1: -OOM command "
        "not allowed when used memory > 'maxmemory'.";
    QCOMPARE(Reply::of_error(wrapped).error_code(), std::string_view("OOM"));
    QCOMPARE(Reply::of_integer(3).require().integer(), std::int64_t{3});
}

void TestRedisParts::refuses_what_is_no_reply_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
    QTest::newRow("negative length") << QByteArray("$-7\r\n");
    QTest::newRow("huge array") << QByteArray("*2147483647\r\n");
    QTest::newRow("huge arrays in arrays")
        << QByteArray("*3\r\n*200000\r\n" + QByteArray(":1\r\n").repeated(200'000) + "*200000\r\n");
    QTest::newRow("huge string") << QByteArray("$999999999\r\n" + QByteArray((1 << 20) + 1, 'x'));
    QTest::newRow("endless line") << QByteArray("+" + QByteArray((1 << 20) + 1, 'x'));
}

void TestRedisParts::refuses_what_is_no_reply() {
    QFETCH(QByteArray, bytes);
    ReplyReader reader(1 << 20);
    const auto read = [&] {
        for (qsizetype at = 0; at < bytes.size(); at += 1000) {
            const QByteArray part = bytes.mid(at, 1000);
            reader.feed({part.constData(), static_cast<std::size_t>(part.size())});
            reader.next();
        }
    };
    QVERIFY_EXCEPTION_THROWN(read(), TransportError);
}

void TestRedisParts::scripts_get_what_they_use() {
    const std::string common = "local P = KEYS[1]\nlocal K = P .. 'key'\n"
                               "local A, B = 1, 2\nlocal C = B\nlocal D = 4\n\f\n"
                               "local function f()\nlocal E = C\nreturn E\nend\n\f\n"
                               "local function g()\nreturn f() + D\nend\n\f\n"
                               "local function f2()\nend\n";
    QCOMPARE(script_text(common, "return 1\n"), std::string("return 1\n"));
    QCOMPARE(script_text(common, "return f()\n"),
             std::string("local C = (2)\n"
                         "local function f()\nlocal E = C\nreturn E\nend\n\nreturn f()\n"));
    QVERIFY(script_text(common, "return g()").find("return f() + (4)") != std::string::npos);
    QCOMPARE(script_text(common, "return K .. 'K' .. BK\n"),
             std::string("local P = KEYS[1]\nreturn (P .. 'key') .. 'K' .. BK\n"));
    QVERIFY(script_text(common, "return g2() + af() + f_()").find("local") == std::string::npos);
}

void TestRedisParts::computes_slots() {
    // From the specification, and from `CLUSTER KEYSLOT` of a server.
    QCOMPARE(crc16("123456789"), std::uint16_t{0x31C3});
    QCOMPARE(slot_of("foo"), 12'182U);
    QCOMPARE(slot_of("{foo}.bar"), 12'182U);
    QCOMPARE(slot_of("a{foo}{bar}"), 12'182U);
    QCOMPARE(slot_of("foo{}bar"), crc16("foo{}bar") % slot_count);
    QCOMPARE(slot_of("foo{{bar}}"), slot_of("{bar"));
    QCOMPARE(slot_of(""), 0U);
}

void TestRedisParts::finds_the_first_key() {
    const auto key = [](std::initializer_list<std::string_view> words) {
        return first_key(Words(words.begin(), words.size()));
    };
    QCOMPARE(key({"GET", "k"}), std::string_view("k"));
    QCOMPARE(key({"EVALSHA", "sha", "2", "k", "l"}), std::string_view("k"));
    QCOMPARE(key({"EVAL", "return 1", "0", "argument"}), std::string_view());
    QCOMPARE(key({"xread", "BLOCK", "5", "streams", "k", "0"}), std::string_view("k"));
    QCOMPARE(key({"info", "memory"}), std::string_view());
    QCOMPARE(key({"MEMORY", "USAGE", "k"}), std::string_view("k"));
    QCOMPARE(key({"PING"}), std::string_view());
}

QTEST_APPLESS_MAIN(TestRedisParts)

#include "tst_redis_parts.moc"
