#include "multipart.h"
#include "multipart_body.h"

#include <QTemporaryDir>
#include <QTest>

#include <stdexcept>
#include <string>
#include <string_view>

using namespace thumbd::http;
using namespace std::string_literals;

namespace {

const std::string boundary = "----WebKitX";

/// Parses `body` in pieces of `step` and tells all that came of it in one text.
std::string parse(std::string_view body, std::size_t step = std::string_view::npos,
                  MultipartLimits limits = {}) {
    std::string text;
    std::string data;
    std::uint64_t next_offset = 0;
    bool consistent = true;
    const std::string_view whole = body;
    MultipartParser parser(boundary,
                           {.part =
                                [&](const PartHead& head) {
                                    text += head.name + '|' + head.filename.value_or("-") + '|' +
                                            head.content_type + '|';
                                    data.clear();
                                    next_offset = 0;
                                },
                            .data =
                                [&](std::uint64_t offset, std::string_view bytes) {
                                    consistent =
                                        consistent && (next_offset == 0 || offset == next_offset);
                                    next_offset = offset + bytes.size();
                                    data += bytes;
                                },
                            .end =
                                [&](std::uint64_t offset, std::uint64_t size) {
                                    consistent = consistent && whole.substr(offset, size) == data;
                                    text += data + ';';
                                }},
                           limits);
    while (!body.empty() && parser.status() == MultipartParser::Status::more) {
        const std::string_view piece = body.substr(0, step);
        body.remove_prefix(piece.size());
        parser.feed(piece);
    }
    switch (parser.status()) {
    case MultipartParser::Status::more:
        text += "MORE";
        break;
    case MultipartParser::Status::done:
        text += "DONE";
        break;
    case MultipartParser::Status::failed:
        text += "FAILED";
        break;
    }
    return consistent ? text : "INCONSISTENT";
}

std::string part(std::string_view headers, std::string_view data) {
    return "--" + boundary + "\r\n" + std::string(headers) + "\r\n\r\n" + std::string(data) +
           "\r\n";
}

std::string field(std::string_view name, std::string_view value) {
    return part("Content-Disposition: form-data; name=\"" + std::string(name) + "\"", value);
}

const std::string closing = "--" + boundary + "--\r\n";

} // namespace

class MultipartTest : public QObject {
    Q_OBJECT

private slots:
    void finds_the_boundary();
    void parses_as_it_should_data();
    void parses_as_it_should();
    void bounds_parts();
    void flags_every_truncation();
    void gives_ranges_of_a_body_in_memory_and_in_a_file();
};

void MultipartTest::finds_the_boundary() {
    QCOMPARE(multipart_boundary("multipart/form-data; boundary=\"a b\"").value_or(""), "a b");
    QCOMPARE(multipart_boundary("Multipart/Form-Data;boundary=xyz;charset=utf-8").value_or(""),
             "xyz");
    for (const char* bad : {"text/plain; boundary=x", "multipart/form-data",
                            "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a ",
                            "multipart/form-data; boundary=a; boundary=b",
                            "multipart/form-data; boundary=a\"b", "multipart/mixed; boundary=x"}) {
        QVERIFY2(!multipart_boundary(bad), bad);
    }
    QVERIFY(!multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'x')));
}

void MultipartTest::parses_as_it_should_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("outcome");
    const auto add = [](const char* name, const std::string& body, const std::string& outcome) {
        QTest::newRow(name) << QByteArray::fromStdString(body)
                            << QByteArray::fromStdString(outcome);
    };
    add("one field", field("a", "v1") + closing, "a|-||v1;DONE");
    add("preamble and epilogue", "hello\r\n" + field("a", "v") + closing + "bye", "a|-||v;DONE");
    add("no preamble, no last line end", field("a", "v") + "--" + boundary + "--", "a|-||v;DONE");
    add("no parts", closing, "DONE");
    add("blanks after the boundary",
        "--" + boundary + " \t\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n" + closing,
        "a|-||v;DONE");
    add("file",
        part("Content-Disposition: form-data; name=\"f\"; filename=\"x.png\"\r\nContent-Type: "
             "image/png",
             "\x89PNG\r\n--\r\n"s) +
            closing,
        "f|x.png|image/png|\x89PNG\r\n--\r\n;DONE"s);
    add("data like a boundary",
        field("a", "\r\n--" + boundary.substr(0, 6) + "\r\n-" + "\r\r\n") + closing,
        "a|-||\r\n--" + boundary.substr(0, 6) + "\r\n-\r\r\n;DONE");
    add("empty data", field("a", "") + closing, "a|-||;DONE");
    add("empty data without its own line end",
        "--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n" + closing,
        "a|-||;DONE");
    add("escapes in a file name",
        part(R"(content-disposition: Form-Data; name=f; filename="q\"uo;te%22\path.png")", "") +
            closing,
        "f|q\"uo;te\"\\path.png||;DONE");
    add("extended file name",
        part("Content-Disposition: form-data; name=f; filename=\"e.jpg\"; "
             "filename*=UTF-8''%C3%A9.jpg",
             "") +
            closing,
        "f|\xc3\xa9.jpg||;DONE");
    add("UTF-8 file name",
        part("Content-Disposition: form-data; name=f; filename=\"\xc3\xa9.jpg\"", "x") + closing,
        "f|\xc3\xa9.jpg||x;DONE");

    add("no boundary at all", std::string(3000, 'x'), "FAILED");
    add("text after the boundary", "--" + boundary + "x\r\n\r\n", "FAILED");
    add("bare LF after the boundary", "--" + boundary + "\n\n", "FAILED");
    add("part without headers", "--" + boundary + "\r\n\r\nx\r\n" + closing, "FAILED");
    add("no disposition", part("Content-Type: text/plain", "x") + closing, "FAILED");
    add("no name", part("Content-Disposition: form-data", "x") + closing, "FAILED");
    add("another disposition", part("Content-Disposition: attachment; name=a", "x") + closing,
        "FAILED");
    add("two dispositions",
        part("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
             "x") +
            closing,
        "FAILED");
    add("two names", part("Content-Disposition: form-data; name=a; name=b", "x") + closing,
        "FAILED");
    add("unclosed quote", part("Content-Disposition: form-data; name=\"a", "x") + closing,
        "FAILED");
    add("name that is not UTF-8",
        part("Content-Disposition: form-data; name=\"\xff\"", "x") + closing, "FAILED");
    add("header without colon", part("Content-Disposition form-data", "x") + closing, "FAILED");
    add("NUL in a header", part("Content-Disposition: form-data; name=\"a\0\""s, "x") + closing,
        "FAILED");
    add("base64",
        part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "") +
            closing,
        "FAILED");
    add("large header",
        part("Content-Disposition: form-data; name=\"" + std::string(9000, 'a') + "\"", "x") +
            closing,
        "FAILED");
}

void MultipartTest::parses_as_it_should() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, outcome);
    const std::string bytes = body.toStdString();
    QCOMPARE(QByteArray::fromStdString(parse(bytes)), outcome);
    for (std::size_t step = 1; step < 20; ++step) {
        QCOMPARE(QByteArray::fromStdString(parse(bytes, step)), outcome);
    }
}

void MultipartTest::bounds_parts() {
    std::string body;
    for (int i = 0; i < 3; ++i) {
        body += field("a", "v");
    }
    body += closing;
    QCOMPARE(parse(body, 5, {.max_parts = 3}), "a|-||v;a|-||v;a|-||v;DONE");
    QCOMPARE(parse(body, 5, {.max_parts = 2}), "a|-||v;a|-||v;FAILED");
}

void MultipartTest::flags_every_truncation() {
    const std::string body = field("a", "v1") + field("b", "") + "--" + boundary + "--";
    for (std::size_t length = 0; length < body.size(); ++length) {
        const std::string outcome = parse(std::string_view(body).substr(0, length));
        QVERIFY2(outcome.ends_with("MORE"), outcome.c_str());
    }
    QVERIFY(parse(body).ends_with("DONE"));
}

void MultipartTest::gives_ranges_of_a_body_in_memory_and_in_a_file() {
    const std::string image(300'000, '\x7f');
    const std::string form = field("spec", "{}") +
                             part("Content-Disposition: form-data; name=file; filename=a", image) +
                             closing;
    Body in_memory;
    in_memory.memory = QByteArray::fromStdString(form);
    in_memory.size = form.size();

    const QTemporaryDir directory;
    Body in_file;
    in_file.file = SpoolFile::create(directory.path().toStdString());
    in_file.file.append(form);
    in_file.size = form.size();
    QCOMPARE(QDir(directory.path()).entryList(QDir::Files).size(), 0);

    for (const Body* body : {&in_memory, &in_file}) {
        const std::vector<FormPart> parts = read_form(*body, boundary);
        QCOMPARE(parts.size(), std::size_t(2));
        QCOMPARE(read_part(*body, parts[0], 10), "{}");
        QCOMPARE(parts[1].size, image.size());
        QCOMPARE(form.substr(parts[1].offset, parts[1].size), image);
        QVERIFY(read_part(*body, parts[1], image.size()) == image);
        QVERIFY_EXCEPTION_THROWN(read_part(*body, parts[1], 1000), std::length_error);
        QVERIFY_EXCEPTION_THROWN(read_form(*body, "another"), std::invalid_argument);
    }
    in_memory.memory.chop(4);
    QVERIFY_EXCEPTION_THROWN(read_form(in_memory, boundary), std::invalid_argument);
}

QTEST_GUILESS_MAIN(MultipartTest)
#include "multipart_test.moc"
