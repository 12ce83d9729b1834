// The parts that places are made of.

#include "desktop/support/ask.h"
#include "place/credentials.h"
#include "place/event_batcher.h"
#include "place/job_json.h"
#include "place/server_address.h"
#include "place/sse_parser.h"
#include "place/token_file.h"

#include <thumbjobs/json.h>

#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::Event;
using thumbjobs::Job;

namespace {

Job full_job() {
    Job job;
    job.id = *thumbjobs::JobId::parse("01a2014d-443f-7cf2-b607-9433ed24974c");
    job.state = thumbjobs::JobState::succeeded;
    job.original = {"bild \"1\".jpg", "image/jpeg", 27'474, 290, 442, true};
    job.renditions = {{"thumbnail", "image/jpeg", 66, 100, 2'380, "sha256:53f6"}};
    job.priority = -7;
    job.attempts = 2;
    job.max_attempts = 3;
    job.crashes = 1;
    job.progress = 0.5;
    job.error = thumbjobs::JobError{thumbjobs::ErrorCode::image_corrupt, "It is damaged."};
    job.metadata = {{"album", "S\xC3\xBC"
                              "den\n\t\"x\""}};
    job.created_at = *thumbjobs::parse_time("2026-11-22T03:29:30.688Z");
    job.updated_at = *thumbjobs::parse_time("2026-11-22T03:29:31.688Z");
    job.started_at = job.created_at;
    job.finished_at = job.updated_at;
    return job;
}

Event event_of(int number) {
    Event event;
    event.cursor = std::to_string(number);
    return event;
}

class TestPlaceParts : public QObject {
    Q_OBJECT

private slots:
    void reads_jobs_as_the_library_writes_them();
    void reads_what_a_newer_server_adds();
    void damaged_answers_are_refused_not_feared();
    void file_names_of_a_server_are_harmless();

    void reads_event_streams_data();
    void reads_event_streams();
    void gives_up_endless_events();

    void reads_addresses_data();
    void reads_addresses();
    void refuses_addresses_data();
    void refuses_addresses();
    void knows_where_a_token_could_be_read();

    void batches_keep_order_and_lose_nothing();
    void a_flood_is_told_as_a_loss();

    void tokens_are_kept_in_a_private_file();
    void a_file_that_others_can_read_is_refused();
    void a_damaged_file_is_replaced();
    void without_a_keychain_there_is_the_file();
    void tokens_are_kept_in_the_keychain();
};

// --- Answers

void TestPlaceParts::reads_jobs_as_the_library_writes_them() {
    Job job = full_job();
    std::string text = thumbjobs::to_json(job);
    text.insert(text.size() - 1, R"(,"links":{"original":"/x"})");
    QVERIFY(parse_job(text) == job);
    job.original.available = false;
    QVERIFY(parse_job(thumbjobs::to_json(job)).original.available); // no links, so not known
    QVERIFY(!parse_job(thumbjobs::to_json(job).insert(1, R"("links":{},)")).original.available);
}

void TestPlaceParts::reads_what_a_newer_server_adds() {
    std::string text = thumbjobs::to_json(full_job());
    text.insert(1, R"("mood":{"of":["the","day"]},)");
    const auto at = text.find("image_corrupt");
    text.replace(at, 13, "image_haunted");
    const Job job = parse_job(text);
    QVERIFY(job.error->code == thumbjobs::ErrorCode::internal);
    QCOMPARE(job.error->message, std::string("It is damaged."));
}

void TestPlaceParts::damaged_answers_are_refused_not_feared() {
    const std::string whole = thumbjobs::to_json(full_job());
    const auto try_it = [](const std::string& text) {
        try {
            parse_job(text);
            return true;
        } catch (const BadAnswer&) {
            return false; // anything else ends the test
        }
    };
    QVERIFY(try_it(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        QVERIFY(!try_it(whole.substr(0, size)));
    QRandomGenerator random(42);
    int refused = 0;
    for (int round = 0; round < 5'000; ++round) {
        std::string text = whole;
        for (int i = 0; i <= round % 3; ++i)
            text[random.bounded(static_cast<quint32>(text.size()))] =
                static_cast<char>(random.bounded(256));
        refused += try_it(text) ? 0 : 1;
        parse_problem(text);
    }
    QVERIFY(refused > 1'000);
    for (const char* member : {"id", "status", "filename", "bytes", "attempts", "created_at",
                               "renditions", "progress"}) {
        std::string text = whole;
        const auto at = text.find('"' + std::string(member) + '"');
        QVERIFY(at != std::string::npos);
        text.replace(at + 1, 1, "X");
        try {
            parse_job(text);
            QFAIL(member);
        } catch (const BadAnswer& error) {
            QVERIFY2(std::string_view(error.what()).find(member) != std::string_view::npos,
                     error.what());
        }
    }
}

void TestPlaceParts::file_names_of_a_server_are_harmless() {
    Job job = full_job();
    job.original.filename = "../../etc/\x1B[2J.bashrc";
    QCOMPARE(parse_job(thumbjobs::to_json(job)).original.filename, std::string("[2J.bashrc"));
    job = full_job();
    job.renditions.front().name = "../thumbnail";
    QVERIFY_EXCEPTION_THROWN(parse_job(thumbjobs::to_json(job)), BadAnswer);
}

// --- Event streams

void TestPlaceParts::reads_event_streams_data() {
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("expected"); // name|id|data; of each event
    QTest::newRow("plain") << QByteArray("id: 1\nevent: job\ndata: {}\n\n")
                           << QByteArray("job|1|{};");
    QTest::newRow("carriage returns")
        << QByteArray("id: 1\r\nevent: job\r\ndata: {}\r\n\r\ndata:2\r\rdata:3\n\n")
        << QByteArray("job|1|{};message||2;message||3;");
    QTest::newRow("comments") << QByteArray(":\n\n: beat\n\ndata: x\n:y\n\n")
                              << QByteArray("message||x;");
    QTest::newRow("several lines")
        << QByteArray("data: a\ndata:  b\ndata\n\n") << QByteArray("message||a\n b\n;");
    QTest::newRow("id alone") << QByteArray("id: 7\n\n") << QByteArray("message|7|;");
    QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBF"
                                                   "data: x\n\n")
                                     << QByteArray("message||x;");
    QTest::newRow("unknown fields")
        << QByteArray("retry: 1\nfoo: bar\ndata: x\n\n") << QByteArray("message||x;");
    QTest::newRow("no end") << QByteArray("data: x\n") << QByteArray("");
    QTest::newRow("an id with NUL")
        << QByteArray("id: a\0b\ndata: x\n\n", 17) << QByteArray("message||x;");
}

void TestPlaceParts::reads_event_streams() {
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, expected);
    for (const qsizetype piece : {stream.size(), qsizetype{1}, qsizetype{3}}) {
        SseParser parser;
        std::vector<ServerSentEvent> events;
        for (qsizetype at = 0; at < stream.size(); at += piece)
            QVERIFY(parser.feed(stream.mid(at, piece).toStdString(), events));
        std::string text;
        for (const auto& event : events)
            text += event.name + '|' + event.id.value_or("") + '|' + event.data + ';';
        QCOMPARE(QByteArray::fromStdString(text), expected);
    }
}

void TestPlaceParts::gives_up_endless_events() {
    SseParser parser;
    std::vector<ServerSentEvent> events;
    const std::string line = "data: " + std::string(1'000, 'x') + '\n';
    bool taken = true;
    for (int i = 0; i < 2'000 && taken; ++i)
        taken = parser.feed(line, events);
    QVERIFY(!taken);
    SseParser patient;
    for (int i = 0; i < 200'000; ++i)
        QVERIFY(patient.feed(": beat\n\n", events));
}

// --- Addresses

void TestPlaceParts::reads_addresses_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("url");
    const auto row = [](const char* text, const char* url) {
        QTest::newRow(text) << QString(text) << QString(url);
    };
    row("https://host/thumbs", "https://host/thumbs/");
    row("https://host/thumbs//", "https://host/thumbs/");
    row(" http://host:81 ", "http://host:81/");
    row("localhost:8080", "http://localhost:8080/");
    row("127.0.0.1:8080", "http://127.0.0.1:8080/");
    row("[::1]:8080", "http://[::1]:8080/");
    row("thumbs.example.org", "https://thumbs.example.org/");
    row("thumbs.example.org/a%20b", "https://thumbs.example.org/a%20b/");
}

void TestPlaceParts::reads_addresses() {
    QFETCH(QString, text);
    QFETCH(QString, url);
    const auto address = parse_server_address(text);
    QVERIFY2(address, address ? "" : qPrintable(address.failure().message));
    QCOMPARE(address.value().toString(QUrl::FullyEncoded), url);
}

void TestPlaceParts::refuses_addresses_data() {
    QTest::addColumn<QString>("text");
    for (const char* text :
         {"", "   ", "ftp://host/", "file:///etc/passwd", "https://", "https://me:secret@host/",
          "https://host/?token=1", "https://host/#x", "host name", "https://host:99999/"})
        QTest::newRow(text) << QString(text);
}

void TestPlaceParts::refuses_addresses() {
    QFETCH(QString, text);
    const auto address = parse_server_address(text);
    QVERIFY2(!address, address ? qPrintable(address.value().toString()) : "");
    QVERIFY(!address.failure().message.isEmpty());
    QVERIFY(!address.failure().message.contains("secret"));
}

void TestPlaceParts::knows_where_a_token_could_be_read() {
    QVERIFY(sends_in_clear(QUrl("http://host/")));
    QVERIFY(!sends_in_clear(QUrl("https://host/")));
    QVERIFY(!sends_in_clear(QUrl("http://localhost:1/")));
    QVERIFY(!sends_in_clear(QUrl("http://[::1]/")));
}

// --- Batches

void TestPlaceParts::batches_keep_order_and_lose_nothing() {
    EventBatcher batcher;
    std::vector<int> seen;
    int batches = 0;
    connect(&batcher, &EventBatcher::batch, this, [&](const std::vector<Event>& events) {
        ++batches;
        for (const Event& event : events)
            seen.push_back(std::stoi(event.cursor));
    });
    QSignalSpy losses(&batcher, &EventBatcher::lost);
    constexpr int count = 5'000;
    std::thread engine([&batcher] {
        for (int i = 0; i < count; ++i)
            batcher.add(event_of(i));
    });
    QTRY_COMPARE(seen.size(), std::size_t{count});
    engine.join();
    QVERIFY(std::ranges::is_sorted(seen));
    QVERIFY(batches < count / 10);
    QCOMPARE(losses.size(), 0);
}

void TestPlaceParts::a_flood_is_told_as_a_loss() {
    EventBatcher batcher;
    std::vector<std::string> seen;
    connect(&batcher, &EventBatcher::batch, this, [&seen](const std::vector<Event>& events) {
        for (const Event& event : events)
            seen.push_back(event.cursor);
    });
    connect(&batcher, &EventBatcher::lost, this, [&seen] { seen.push_back("lost"); });
    for (std::size_t i = 0; i <= EventBatcher::max_pending; ++i)
        batcher.add(event_of(1));
    batcher.add(event_of(2));
    QTRY_COMPARE(seen.size(), std::size_t{2});
    QCOMPARE(seen.front(), std::string("lost"));
    QCOMPARE(seen.back(), std::string("2"));
}

// --- Tokens

void TestPlaceParts::tokens_are_kept_in_a_private_file() {
    const QTemporaryDir folder;
    const QString path = folder.filePath("new/tokens.json");
    Credentials credentials({.keychain = false, .file = path});
    const QUrl server("https://host/thumbs/");
    const auto read = [&](const QUrl& of) {
        return ask<QString>([&](auto... to) { credentials.read(of, to...); });
    };
    const auto write = [&](const QUrl& of, const QString& token) {
        return ask<Credentials::Kept>([&](auto... to) { credentials.write(of, token, to...); });
    };
    QCOMPARE(read(server).value(), QString());
    QVERIFY(write(server, "one token").value() == Credentials::Kept::file);
    QVERIFY(write(QUrl("https://other/"), "another").ok());
    QCOMPARE(read(server).value(), QString("one token"));
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    QVERIFY((QFileInfo(path).permissions() & others) == QFile::Permissions());
    QVERIFY(write(server, {}).ok());
    QCOMPARE(read(server).value(), QString());
    QCOMPARE(read(QUrl("https://other/")).value(), QString("another"));
}

void TestPlaceParts::a_file_that_others_can_read_is_refused() {
    const QTemporaryDir folder;
    const TokenFile file(folder.filePath("tokens.json"));
    QVERIFY(file.write("https://host/", "known to all"));
    QFile::setPermissions(folder.filePath("tokens.json"),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup);
    const auto token = file.read("https://host/");
    QVERIFY(!token);
    QVERIFY(token.failure().message.contains("others"));
    // A new token makes it private again.
    QVERIFY(file.write("https://host/", "fresh"));
    QCOMPARE(file.read("https://host/").value(), QString("fresh"));
    // A link may lead anywhere.
    QVERIFY(QFile::link(folder.filePath("tokens.json"), folder.filePath("link.json")));
    QVERIFY(!TokenFile(folder.filePath("link.json")).read("https://host/"));
}

void TestPlaceParts::a_damaged_file_is_replaced() {
    const QTemporaryDir folder;
    const QString path = folder.filePath("tokens.json");
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write("{\"https://host/\": ");
    }
    const TokenFile file(path);
    QVERIFY(!file.read("https://host/"));
    QVERIFY(file.write("https://host/", "fresh"));
    QCOMPARE(file.read("https://host/").value(), QString("fresh"));
    QVERIFY(!TokenFile(folder.filePath("tokens.json/below")).write("x", "y"));
}

void TestPlaceParts::without_a_keychain_there_is_the_file() {
    if (qEnvironmentVariableIsSet("THUMBJOBS_TEST_KEYCHAIN"))
        return;
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    const QTemporaryDir folder;
    Credentials credentials({.file = folder.filePath("tokens.json")});
    const QUrl server("https://host/");
    const auto kept =
        ask<Credentials::Kept>([&](auto... to) { credentials.write(server, "a secret", to...); });
    QVERIFY2(kept, kept ? "" : qPrintable(kept.failure().message));
    QVERIFY(kept.value() == Credentials::Kept::file);
    QCOMPARE(ask<QString>([&](auto... to) { credentials.read(server, to...); }).value(),
             QString("a secret"));
}

/// Only where the environment has a keychain that is open: CTest runs this beside one.
void TestPlaceParts::tokens_are_kept_in_the_keychain() {
    if (!qEnvironmentVariableIsSet("THUMBJOBS_TEST_KEYCHAIN"))
        return;
    const QTemporaryDir folder;
    const QString path = folder.filePath("tokens.json");
    const QUrl server("https://host/");
    QVERIFY(TokenFile(path).write("https://host/", "of old"));
    Credentials credentials({.file = path});
    const auto read = [&] {
        return ask<QString>([&](auto... to) { credentials.read(server, to...); });
    };
    const auto write = [&](const QString& token) {
        return ask<Credentials::Kept>([&](auto... to) { credentials.write(server, token, to...); });
    };
    QCOMPARE(read().value(), QString("of old"));
    QVERIFY(write("a secret").value() == Credentials::Kept::keychain);
    QCOMPARE(TokenFile(path).read("https://host/").value(), QString());
    QCOMPARE(read().value(), QString("a secret"));
    QVERIFY(write({}).ok());
    QCOMPARE(read().value(), QString());
}

} // namespace

QTEST_MAIN(TestPlaceParts)
#include "tst_place_parts.moc"
