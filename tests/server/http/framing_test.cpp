#include "framing.h"

#include <QTest>

#include <string>
#include <string_view>

using namespace thumbd::http;
using namespace std::string_literals;

namespace {

struct Outcome {
    int status = 0; ///< 0 when nothing was refused.
    std::string text;
};

/// Frames `bytes` in pieces of `step`, and tells all that came of it in one text.
Outcome frame(std::string_view bytes, std::size_t step = std::string_view::npos,
              std::uint64_t max_body = 1024) {
    RequestFramer framer;
    Outcome outcome;
    while (!bytes.empty()) {
        std::string_view input = bytes.substr(0, step);
        bytes.remove_prefix(input.size());
        for (;;) {
            const RequestFramer::Event event = framer.next(input);
            if (event == RequestFramer::Event::need_more) {
                break;
            }
            if (event == RequestFramer::Event::refused) {
                outcome.status = framer.refusal().status;
                return outcome;
            }
            if (event == RequestFramer::Event::head) {
                outcome.text += framer.head().method + ' ' + framer.head().path + '{';
                framer.limit_body(max_body);
            } else if (event == RequestFramer::Event::body) {
                outcome.text += framer.body();
            } else {
                outcome.text += '}';
                framer.restart();
            }
        }
    }
    return outcome;
}

std::string get(std::string_view target, std::string_view headers = "Host: x\r\n") {
    return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view headers, std::string_view body = {}) {
    return "POST /up HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view chunks) {
    return post("Transfer-Encoding: chunked\r\n", chunks);
}

void add(const char* name, const std::string& bytes, int status, const char* text = "") {
    QTest::newRow(name) << QByteArray::fromStdString(bytes) << status << QByteArray(text);
}

} // namespace

class FramingTest : public QObject {
    Q_OBJECT

private slots:
    void frames_as_it_should_data();
    void frames_as_it_should();
    void decodes_the_target();
    void tells_keep_alive();
    void refuses_a_body_by_its_length_before_reading_it();
    void knows_when_it_is_between_requests();
    void bounds_the_cost_of_small_chunks();
};

void FramingTest::frames_as_it_should_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("text");

    add("get", get("/"), 0, "GET /{}");
    add("three in a row", get("/a") + post("Content-Length: 2\r\n", "xy") + get("/b"), 0,
        "GET /a{}POST /up{xy}GET /b{}");
    add("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0, "GET /{}");
    add("empty line first", "\r\n" + get("/"), 0, "GET /{}");
    add("two empty lines first", "\r\n\r\n" + get("/"), 0, "GET /{}");
    add("many empty lines", "\r\n\r\n\r\n\r\n" + get("/"), 400);
    add("no Host", get("/", ""), 400);
    add("two Hosts", get("/", "Host: x\r\nHost: x\r\n"), 400);
    add("bad Host", get("/", "Host: a b@c:99999/..\r\n"), 400);
    add("Host with a bad port", get("/", "Host: x:99999\r\n"), 400);
    add("empty Host", get("/", "Host:\r\n"), 400);
    add("Host with port", get("/", "Host: x.example:8080\r\n"), 0, "GET /{}");
    add("Host IPv6", get("/", "Host: [::1]:8080\r\n"), 0, "GET /{}");

    add("garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello\r\n\r\n"s, 400);
    add("bad request line", "FOO\r\n\r\n", 400);
    add("lower-case method", "get / HTTP/1.1\r\nHost: x\r\n\r\n", 0, "get /{}");
    add("HTTP/9.9", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505);
    add("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    add("HTTP/1.10", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400);
    add("two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    add("bare LF", "GET / HTTP/1.1\nHost: x\n\n", 400);
    add("bare LF between fields", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400);
    add("bare CR in a field", get("/", "Host: x\r\nA: b\rc\r\n"), 400);

    add("bare LF in the second request", get("/a") + get("/b", "Host\n: x\r\n"), 400, "GET /a{}");

    add("field without colon", get("/", "Host: x\r\nfoo bar\r\n"), 400);
    add("space before colon", get("/", "Host : x\r\n"), 400);
    add("empty field name", get("/", "Host: x\r\n: y\r\n"), 400);
    add("folded field", get("/", "Host: x\r\nX: a\r\n b\r\n"), 400);
    add("folded first field", get("/", " X: a\r\nHost: x\r\n"), 400);
    add("NUL in a field", get("/", "Host: x\r\nX: a\0b\r\n"s), 400);
    add("9 KB field", get("/", "Host: x\r\nX: " + std::string(9000, 'a') + "\r\n"), 431);
    std::string many = "Host: x\r\n";
    for (int i = 0; i < 101; ++i) {
        many += "X" + std::to_string(i) + ": 1\r\n";
    }
    add("101 fields and a smuggled request",
        post(many.substr(9) + "Content-Length: 40\r\n", get("/smuggled")), 431);
    add("endless head", "GET / HTTP/1.1\r\nX: " + std::string(40'000, 'a'), 431);
    add("endless fields", "GET / HTTP/1.1\r\n" + std::string(40'000, 'a'), 431);
    add("endless request line", "GET /" + std::string(40'000, 'a'), 414);
    add("long target", get("/" + std::string(5000, 'a')), 414);

    add("length and chunked", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"), 400);
    add("chunked and length", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), 400);
    add("two lengths", post("Content-Length: 3\r\nContent-Length: 5\r\n", "abcde"), 400);
    add("two equal lengths", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400);
    add("length list", post("Content-Length: 3, 3\r\n", "abc"), 400);
    add("negative length", post("Content-Length: -3\r\n", "abc"), 400);
    add("signed length", post("Content-Length: +3\r\n", "abc"), 400);
    add("hexadecimal length", post("Content-Length: 0x3\r\n", "abc"), 400);
    add("empty length", post("Content-Length:\r\n", "abc"), 400);
    add("length 2^64-1", post("Content-Length: 18446744073709551615\r\n", "abc"), 400);
    add("length 2^64+3", post("Content-Length: 18446744073709551619\r\n", "abc"), 400);
    add("length 10^15", post("Content-Length: 1000000000000000\r\n", "abc"), 413);
    add("body without length", post("", "abc"), 0, "POST /up{}");
    add("body without length, not the beginning of a request", post("", "\"abc\""), 400);
    add("length 0", post("Content-Length: 0\r\n"), 0, "POST /up{}");
    add("body at the limit", post("Content-Length: 1024\r\n"), 0, "POST /up{");
    add("body over the limit", post("Content-Length: 1025\r\n", "x"), 413);

    add("xchunked", post("Transfer-Encoding: xchunked\r\n"), 501);
    add("chunked, twice", post("Transfer-Encoding: chunked, chunked\r\n"), 501);
    add("gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501);
    add("identity", post("Transfer-Encoding: identity\r\n"), 501);
    add("chunked in two fields",
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
    add("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    add("chunks", chunked("3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\n\r\n"), 0, "POST /up{abcdefgh}");
    add("chunks and the next", chunked("3\r\nabc\r\n0\r\nT: 1\r\nU: 2\r\n\r\n") + get("/n"), 0,
        "POST /up{abc}GET /n{}");
    add("no chunks at all", chunked("0\r\n\r\n"), 0, "POST /up{}");
    add("chunk size zz", chunked("zz\r\nabc\r\n0\r\n\r\n"), 400);
    add("chunk size negative", chunked("-5\r\nabc\r\n0\r\n\r\n"), 400);
    add("chunk size empty", chunked("\r\nabc\r\n0\r\n\r\n"), 400);
    add("chunk size 0x3", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400);
    add("chunk size of 17 digits", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"), 400);
    add("chunk size over the limit", chunked("401\r\nabc"), 413);
    add("chunks over the limit", chunked("400\r\n" + std::string(1024, 'a') + "\r\n1\r\nb\r\n"),
        413);
    add("chunk without its end", chunked("3\r\nabcX\r\n0\r\n\r\n"), 400);
    add("chunk line with bare LF", chunked("3\nabc\r\n0\r\n\r\n"), 400);
    add("endless chunk line", chunked("1;" + std::string(5000, 'a')), 400);
    add("endless trailer", chunked("0\r\nT: " + std::string(9000, 'a')), 431);
    add("bad trailer", chunked("0\r\nT\r\n\r\n"), 400);
    add("length in a trailer", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400);

    add("Expect", post("Content-Length: 3\r\nExpect: 100-continue\r\n", "abc"), 0, "POST /up{abc}");
    add("other Expect", post("Content-Length: 3\r\nExpect: 200-ok\r\n"), 417);

    add("absolute form", get("http://evil/hdr?q=1"), 400);
    add("authority form", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    add("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    add("escaped slash", get("/a%2Fb"), 400);
    add("escaped backslash", get("/a%5cb"), 400);
    add("escaped dots and slashes", get("/..%2f..%2fetc"), 400);
    add("dot dot", get("/a/../b"), 400);
    add("dot dot at the end", get("/a/.."), 400);
    add("escaped dot dot", get("/a/%2e%2e/b"), 400);
    add("dot", get("/a/./b"), 400);
    add("three dots", get("/a/.../b"), 0, "GET /a/.../b{}");
    add("escaped NUL", get("/%00x"), 400);
    add("escaped NUL in the query", get("/x?a=%00"), 400);
    add("escaped control character", get("/%0a"), 400);
    add("bad escape", get("/%zz"), 400);
    add("cut-off escape", get("/%4"), 400);
    add("cut-off escape in the query", get("/?a=%4"), 400);
    add("invalid UTF-8", get("/%ff%fe"), 400);
    add("overlong UTF-8", get("/%c0%af"), 400);
    add("surrogate", get("/%ed%a0%80"), 400);
    add("UTF-8", get("/%C3%A9"), 0, "GET /\xc3\xa9{}");
    add("raw UTF-8", get("/\xc3\xa9"), 400);
    add("fragment", get("/a?b=c#d"), 400);
    add("double slash", get("//json"), 0, "GET //json{}");
    add("query", get("/json?x=[1]&y=%20+"), 0, "GET /json{}");
}

void FramingTest::frames_as_it_should() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    QFETCH(QByteArray, text);
    const std::string input = bytes.toStdString();
    for (const std::size_t step : {input.size(), std::size_t(1), std::size_t(2), std::size_t(7)}) {
        const Outcome outcome = frame(input, step);
        QCOMPARE(outcome.status, status);
        if (status == 0 || !text.isEmpty()) {
            QCOMPARE(QByteArray::fromStdString(outcome.text), text);
        }
    }
}

void FramingTest::decodes_the_target() {
    RequestFramer framer;
    const std::string bytes = get("/v1/a%20b/%C3%A9?x=%2F&y=1+2");
    std::string_view input = bytes;
    QCOMPARE(framer.next(input), RequestFramer::Event::head);
    QCOMPARE(framer.head().path, "/v1/a b/\xc3\xa9");
    QCOMPARE(framer.head().query, "x=%2F&y=1+2");
    QCOMPARE(framer.head().target, "/v1/a%20b/%C3%A9?x=%2F&y=1+2");
    QCOMPARE(framer.next(input), RequestFramer::Event::complete);
}

void FramingTest::tells_keep_alive() {
    const auto keeps = [](const std::string& bytes) {
        RequestFramer framer;
        std::string_view input = bytes;
        return framer.next(input) == RequestFramer::Event::head && framer.head().keep_alive;
    };
    QVERIFY(keeps(get("/")));
    QVERIFY(!keeps(get("/", "Host: x\r\nConnection: close\r\n")));
    QVERIFY(!keeps(get("/", "Host: x\r\nConnection: foo, Close\r\n")));
    QVERIFY(!keeps(get("/", "Host: x\r\nConnection: keep-alive\r\nConnection: close\r\n")));
    QVERIFY(!keeps("GET / HTTP/1.0\r\n\r\n"));
    QVERIFY(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

void FramingTest::refuses_a_body_by_its_length_before_reading_it() {
    RequestFramer framer;
    const std::string bytes = post("Content-Length: 2000\r\n");
    std::string_view input = bytes;
    QCOMPARE(framer.next(input), RequestFramer::Event::head);
    framer.limit_body(1999);
    QCOMPARE(framer.next(input), RequestFramer::Event::refused);
    QCOMPARE(framer.refusal().status, 413);
    QVERIFY(framer.refusal().detail.find("1999") != std::string::npos);
}

void FramingTest::knows_when_it_is_between_requests() {
    RequestFramer framer;
    std::string_view input = "\r\n";
    QCOMPARE(framer.next(input), RequestFramer::Event::need_more);
    QVERIFY(framer.between_requests());
    input = "G";
    QCOMPARE(framer.next(input), RequestFramer::Event::need_more);
    QVERIFY(!framer.between_requests());
    const std::string rest = get("/").substr(1);
    input = rest;
    QCOMPARE(framer.next(input), RequestFramer::Event::head);
    QVERIFY(framer.is_complete());
    framer.restart();
    QVERIFY(framer.between_requests());
    QVERIFY(!framer.is_complete());
}

void FramingTest::bounds_the_cost_of_small_chunks() {
    std::string chunks;
    for (int i = 0; i < 50'000; ++i) {
        chunks += "1;" + std::string(60, 'a') + "\r\nz\r\n";
    }
    QCOMPARE(frame(chunked(chunks), std::string_view::npos, 1 << 20).status, 400);
}

QTEST_GUILESS_MAIN(FramingTest)
#include "framing_test.moc"
