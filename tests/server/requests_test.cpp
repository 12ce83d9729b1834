#include "events/job_waiters.h"
#include "handlers/byte_range.h"
#include "handlers/job_json.h"
#include "handlers/query.h"
#include "handlers/submit_options.h"
#include "handlers/upload.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <atomic>
#include <future>
#include <limits>

using namespace thumbd;
using thumbjobs::Milliseconds;
using thumbjobs::SubmitRequest;

namespace {

/// The detail of the BadRequest or Error that `work` throws; empty if it throws none.
template <typename Work>
QString refusal(Work work) {
    try {
        work();
    } catch (const BadRequest& error) {
        return QString::fromStdString(error.problem().detail);
    } catch (const thumbjobs::Error& error) {
        return QString::fromStdString(error.what());
    }
    return {};
}

QString query_refusal(std::string_view query) {
    return refusal([&] {
        SubmitRequest request;
        apply_submit_parameters(Parameters::parse(query), request);
    });
}

QString spec_refusal(std::string_view json) {
    return refusal([&] {
        SubmitRequest request;
        apply_submit_spec(json, request);
    });
}

http::Body body_of(const char* text) {
    http::Body body;
    body.memory = text;
    body.size = static_cast<std::uint64_t>(body.memory.size());
    return body;
}

QString form_refusal(const char* text, std::string_view type = "multipart/form-data; boundary=B") {
    return refusal([&] {
        SubmitRequest request;
        read_upload(body_of(text), type, request);
    });
}

thumbjobs::Event ended(const thumbjobs::JobId& id) {
    thumbjobs::Event event;
    event.id = id;
    event.job.emplace();
    event.job->id = id;
    event.job->state = thumbjobs::JobState::succeeded;
    return event;
}

thumbjobs::JobId new_id() {
    return thumbjobs::JobId::generate(thumbjobs::Clock::system().wall());
}

} // namespace

class RequestsTest : public QObject {
    Q_OBJECT

private slots:
    void queries_are_decoded() {
        const auto query = Parameters::parse("a=1&b=x%20y+z&c&d=&status=q,r&status=s");
        QCOMPARE(query.text("a").value_or(""), std::string("1"));
        QCOMPARE(query.text("b").value_or(""), std::string("x y z"));
        QCOMPARE(query.flag("c").value_or(false), true);
        QCOMPARE(query.text("d").value_or("-"), std::string());
        QCOMPARE(query.list("status"), (std::vector<std::string>{"q", "r", "s"}));
        QVERIFY(!query.text("e"));
        QVERIFY(!refusal([] { Parameters::parse("a=%zz"); }).isEmpty());
        QVERIFY(!refusal([] { Parameters::parse("a=%ff"); }).isEmpty());
        QVERIFY(!refusal([] { Parameters::parse("a=%00"); }).isEmpty());
        QVERIFY(refusal([&] { (void)Parameters::parse("a=1&a=2").text("a"); }).contains("twice"));
        QVERIFY(refusal([] {
                    constexpr Parameter known{"limit", "{}", ""};
                    Parameters::parse("lmit=1").refuse_unknown({&known, 1});
                }).contains("\"lmit\"; this call takes limit"));
        std::string many;
        for (int i = 0; i < 200; ++i)
            many += "a=1&";
        QVERIFY(refusal([&] { Parameters::parse(many); }).contains("too many"));
    }

    void options_of_the_query_make_one_rendition() {
        SubmitRequest request;
        apply_submit_parameters(
            Parameters::parse(
                "width=64&height=32&fit=cover&gravity=north-east&format=webp&quality=70"
                "&background=%23ff0000&enlarge=true&priority=-5&filename=a%2Fb.jpg"),
            request);
        QCOMPARE(request.renditions.size(), std::size_t{1});
        const auto& spec = request.renditions.front();
        QCOMPARE(spec.width, 64);
        QCOMPARE(spec.height, 32);
        QVERIFY(spec.fit == thumbjobs::Fit::cover);
        QVERIFY(spec.gravity == thumbjobs::Gravity::north_east);
        QVERIFY(spec.format == thumbjobs::OutputFormat::webp);
        QCOMPARE(spec.quality, 70);
        QCOMPARE(spec.background.value_or(0), 0xff0000ffU);
        QVERIFY(spec.enlarge);
        QCOMPARE(request.priority, -5);
        QCOMPARE(request.filename, std::string("a/b.jpg"));
    }

    void options_out_of_range_are_named_data() {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("name");
        QTest::newRow("width 0") << QByteArray("width=0") << "width";
        QTest::newRow("width") << QByteArray("width=10001") << "width";
        QTest::newRow("height") << QByteArray("height=1e3") << "height";
        QTest::newRow("fit") << QByteArray("fit=squeeze") << "fit";
        QTest::newRow("gravity") << QByteArray("gravity=up") << "gravity";
        QTest::newRow("format") << QByteArray("format=bmp") << "format";
        QTest::newRow("quality") << QByteArray("quality=101") << "quality";
        QTest::newRow("background") << QByteArray("background=mauve-ish") << "background";
        QTest::newRow("enlarge") << QByteArray("enlarge=perhaps") << "enlarge";
        QTest::newRow("priority") << QByteArray("priority=101") << "priority";
        QTest::newRow("huge") << QByteArray("priority=-99999999999999999999") << "priority";
    }
    void options_out_of_range_are_named() {
        QFETCH(QByteArray, query);
        QFETCH(QString, name);
        const auto message = query_refusal(query.toStdString());
        QVERIFY2(message.startsWith(name + ": "), qPrintable(message));
    }

    void specs_are_read() {
        SubmitRequest request;
        apply_submit_spec(R"({"renditions":[{"name":"small","width":10},{"name":"large",
            "width":200,"height":200,"fit":"cover"}],"priority":3,"filename":"x.png",
            "metadata":{"album":"Summer"}})",
                          request);
        QCOMPARE(request.renditions.size(), std::size_t{2});
        QCOMPARE(request.renditions[1].name, std::string("large"));
        QCOMPARE(request.priority, 3);
        QCOMPARE(request.metadata.at("album"), std::string("Summer"));
        QVERIFY(spec_refusal("{").contains("not a JSON document"));
        QVERIFY(spec_refusal("[]").contains("object"));
        QVERIFY(spec_refusal(R"({"rendition":[]})").contains("unknown member \"rendition\""));
        QVERIFY(spec_refusal(R"({"priority":"high"})").contains("priority"));
        QVERIFY(spec_refusal(R"({"priority":101})").contains("priority"));
        QVERIFY(spec_refusal(R"({"renditions":[{"width":0}]})").contains("width"));
        QVERIFY(spec_refusal(R"({"renditions":[{"wdth":1}]})").contains("wdth"));
        QVERIFY(!spec_refusal(std::string(100'000, '[')).isEmpty());
    }

    void forms_are_read() {
        SubmitRequest request;
        read_upload(body_of("--B\r\nContent-Disposition: form-data; name=\"width\"\r\n\r\n7\r\n"
                            "--B\r\nContent-Disposition: form-data; name=\"file\"; "
                            "filename=\"cat.png\"\r\nContent-Type: image/png\r\n\r\nPIXELS\r\n"
                            "--B--\r\n"),
                    "multipart/form-data; boundary=B", request);
        QCOMPARE(request.filename, std::string("cat.png"));
        QCOMPARE(request.renditions.front().width, 7);
        QCOMPARE(request.image->size(), 6);
        const auto bytes = request.image->read_all();
        QCOMPARE(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                 std::string("PIXELS"));
        std::array<std::byte, 4> part{};
        QCOMPARE(request.image->read(4, part), std::size_t{2});
        QVERIFY(part[0] == std::byte{'L'});
    }

    void faulty_forms_are_refused() {
        QVERIFY(form_refusal("--B--\r\n").contains("no part \"file\""));
        QVERIFY(form_refusal("garbage").size() > 0);
        QVERIFY(form_refusal("--B--\r\n", "multipart/form-data").contains("boundary"));
        QVERIFY(
            form_refusal("--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--B--\r\n")
                .contains("Unknown form field \"x\""));
        const auto file =
            QByteArray("--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n1\r\n");
        QVERIFY(form_refusal((file + file + "--B--\r\n").constData()).contains("twice"));
    }

    void content_types_are_judged() {
        for (const auto type : {"", "image/jpeg", "IMAGE/PNG", "application/octet-stream",
                                "multipart/form-data; boundary=x"})
            check_upload_type(type);
        QVERIFY(refusal([] {
                    check_upload_type("application/x-www-form-urlencoded");
                }).contains("not taken"));
        QVERIFY(!refusal([] { check_upload_type("text/html"); }).isEmpty());
    }

    void waits_are_read() {
        QCOMPARE(preferred_wait("wait=5").value(), Milliseconds(5000));
        QCOMPARE(preferred_wait("respond-async, WAIT = 10").value(), Milliseconds(10'000));
        QVERIFY(!preferred_wait("respond-async"));
        QVERIFY(!preferred_wait(""));
        QVERIFY(!refusal([] { preferred_wait("wait=soon"); }).isEmpty());
        QCOMPARE(parse_wait("wait", "2.5"), Milliseconds(2500));
        for (const auto text : {"", "-1", "1s", "inf", "nan", "1e9", "99999999999"})
            QVERIFY2(!refusal([&] { parse_wait("wait", text); }).isEmpty(), text);
    }

    void ranges_follow_rfc_9110_data() {
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<int>("kind");
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<qint64>("length");
        const int whole = 0, part = 1, unsatisfiable = 2;
        QTest::newRow("none") << QByteArray("") << whole << 0LL << 100LL;
        QTest::newRow("first") << QByteArray("bytes=0-9") << part << 0LL << 10LL;
        QTest::newRow("open") << QByteArray("bytes=90-") << part << 90LL << 10LL;
        QTest::newRow("suffix") << QByteArray("bytes=-10") << part << 90LL << 10LL;
        QTest::newRow("long suffix") << QByteArray("bytes=-1000") << part << 0LL << 100LL;
        QTest::newRow("beyond") << QByteArray("bytes=99-1000") << part << 99LL << 1LL;
        QTest::newRow("after") << QByteArray("bytes=100-") << unsatisfiable << -1LL << -1LL;
        QTest::newRow("empty suffix") << QByteArray("bytes=-0") << unsatisfiable << -1LL << -1LL;
        QTest::newRow("several") << QByteArray("bytes=0-1,3-4") << whole << 0LL << 100LL;
        QTest::newRow("backwards") << QByteArray("bytes=9-1") << whole << 0LL << 100LL;
        QTest::newRow("unit") << QByteArray("pixels=0-1") << whole << 0LL << 100LL;
        QTest::newRow("dash") << QByteArray("bytes=-") << whole << 0LL << 100LL;
        QTest::newRow("text") << QByteArray("bytes=a-b") << whole << 0LL << 100LL;
        QTest::newRow("huge") << QByteArray("bytes=99999999999999999999-") << whole << 0LL << 100LL;
        QTest::newRow("largest") << QByteArray("bytes=0-9223372036854775807") << part << 0LL
                                 << 100LL;
    }
    void ranges_follow_rfc_9110() {
        QFETCH(QByteArray, field);
        QFETCH(int, kind);
        QFETCH(qint64, offset);
        QFETCH(qint64, length);
        const auto range = parse_byte_range(field.toStdString(), 100);
        QCOMPARE(static_cast<int>(range.kind), kind);
        if (kind != 2) {
            QCOMPARE(range.offset, offset);
            QCOMPARE(range.length, length);
        }
    }

    void file_names_cannot_break_out() {
        QCOMPARE(content_disposition(true, "cat.png"),
                 std::string("attachment; filename=\"cat.png\""));
        QCOMPARE(content_disposition(false, ""), std::string("inline"));
        const auto hostile = content_disposition(true, "a\"; x=\"\r\nSet-Cookie: b\\");
        QVERIFY(hostile.find('\n') == std::string::npos);
        QVERIFY(hostile.find("a\"") == std::string::npos);
        QCOMPARE(content_disposition(true, "\xC3\xA4.png"),
                 std::string("attachment; filename=\"__.png\"; filename*=UTF-8''%C3%A4.png"));
        QCOMPARE(rendition_filename("holiday.png", "thumbnail", "image/jpeg"),
                 std::string("holiday-thumbnail.jpg"));
        QCOMPARE(rendition_filename("", "large", "image/webp"), std::string("large.webp"));
        QCOMPARE(rendition_filename(".hidden", "t", "image/png"), std::string(".hidden-t.png"));
    }

    void jobs_get_links_and_urls() {
        thumbjobs::Job job;
        job.id = new_id();
        job.original.filename = R"("renditions":[)";
        job.renditions = {{"a", "image/jpeg", 1, 2, 3, "sha256:00"},
                          {"b", "image/png", 4, 5, 6, "sha256:11"}};
        const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(job_json(job)));
        QVERIFY(document.isObject());
        const auto path = QString::fromStdString(job_path(job.id));
        const auto renditions = document["renditions"].toArray();
        QCOMPARE(renditions.size(), 2);
        QCOMPARE(renditions[1].toObject()["url"].toString(), path + "/renditions/b");
        QCOMPARE(renditions[0].toObject()["checksum"].toString(), QString("sha256:00"));
        QCOMPARE(document["filename"].toString(), QString(R"("renditions":[)"));
        QCOMPARE(document["links"]["self"].toString(), path);
        QVERIFY(document["links"].toObject().contains("original"));
        job.original.available = false;
        const auto dropped = QJsonDocument::fromJson(QByteArray::fromStdString(job_json(job)));
        QVERIFY(!dropped["links"].toObject().contains("original"));
    }

    void waiters_are_told_once() {
        JobWaiters waiters;
        const auto mine = new_id();
        const auto other = new_id();
        int called = 0;
        waiters.add(mine, waiters.now(), Milliseconds(60'000), [&](const thumbjobs::Job* job) {
            called += job != nullptr && job->id == mine ? 1 : 100;
        });
        waiters.on_event(ended(other));
        QCOMPARE(called, 0);
        auto processing = ended(mine);
        processing.job->state = thumbjobs::JobState::processing;
        waiters.on_event(processing);
        QCOMPARE(called, 0);
        waiters.on_event(ended(mine));
        waiters.on_event(ended(mine));
        QCOMPARE(called, 1);
        QCOMPARE(waiters.size(), std::size_t{0});
    }

    void waiters_end_by_time_removal_reset_and_close() {
        JobWaiters waiters;
        std::promise<bool> timed_out;
        auto answer = timed_out.get_future();
        waiters.add(new_id(), waiters.now(), Milliseconds(1),
                    [&](const thumbjobs::Job* job) { timed_out.set_value(job == nullptr); });
        QVERIFY(answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
        QVERIFY(answer.get());

        std::atomic<int> called = 0;
        const auto count = [&](const thumbjobs::Job*) { ++called; };
        const auto ticket = waiters.add(new_id(), waiters.now(), Milliseconds(60'000), count);
        QVERIFY(waiters.remove(ticket));
        QVERIFY(!waiters.remove(ticket));
        QCOMPARE(called, 0);
        const auto id = new_id();
        waiters.add(id, waiters.now(), Milliseconds(60'000), count);
        waiters.add(id, waiters.now(), Milliseconds(60'000), count);
        auto deleted = ended(id);
        deleted.kind = thumbjobs::Event::Kind::deleted;
        deleted.job.reset();
        waiters.on_event(deleted);
        QCOMPARE(called, 2);
        waiters.add(id, waiters.now(), Milliseconds(60'000), count);
        thumbjobs::Event reset;
        reset.kind = thumbjobs::Event::Kind::reset;
        waiters.on_event(reset);
        QCOMPARE(called, 3);
        waiters.add(id, waiters.now(), Milliseconds(60'000), count);
        waiters.close();
        QCOMPARE(called, 4);
        waiters.add(id, waiters.now(), Milliseconds(60'000), count);
        QCOMPARE(called, 5);
    }

    void an_end_between_the_look_and_the_wait_is_noticed() {
        JobWaiters waiters;
        std::atomic<int> called = 0;
        const auto count = [&](const thumbjobs::Job* job) { called += job == nullptr ? 1 : 100; };
        const auto mine = new_id();
        waiters.on_event(ended(mine)); // a retry began after it
        auto since = waiters.now();
        waiters.on_event(ended(new_id()));
        waiters.add(mine, since, Milliseconds(60'000), count);
        QCOMPARE(called, 0);
        waiters.on_event(ended(mine));
        QCOMPARE(called, 100);
        waiters.add(mine, since, Milliseconds(60'000), count);
        QCOMPARE(called, 101);
        QCOMPARE(waiters.size(), std::size_t{0});

        // Too many ends, or events that were missed, may hide it.
        since = waiters.now();
        for (int i = 0; i < 300; ++i)
            waiters.on_event(ended(new_id()));
        waiters.add(mine, since, Milliseconds(60'000), count);
        QCOMPARE(called, 102);
        since = waiters.now();
        thumbjobs::Event reset;
        reset.kind = thumbjobs::Event::Kind::reset;
        waiters.on_event(reset);
        waiters.add(mine, since, Milliseconds(60'000), count);
        QCOMPARE(called, 103);
    }
};

QTEST_GUILESS_MAIN(RequestsTest)
#include "requests_test.moc"
