#include "auth/tokens.h"
#include "http/trace.h"
#include "routes/guard.h"
#include "routes/json_text.h"
#include "routes/openapi.h"
#include "routes/problem.h"
#include "routes/route_table.h"
#include "web/static_assets.h"

#include <thumbjobs/memory_full.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSet>
#include <QTest>

using namespace thumbd;

namespace {

http::RequestHead head(std::string method, std::string path, http::Headers headers = {}) {
    http::RequestHead result;
    result.method = std::move(method);
    result.target = path;
    result.path = std::move(path);
    result.headers = std::move(headers);
    result.headers.set_default("Host", "localhost:8080");
    return result;
}

QJsonObject body_of(const http::Response& response) {
    return QJsonDocument::fromJson(response.body).object();
}

/// Every `$ref` below `value`.
void collect_references(const QJsonValue& value, QSet<QString>& found) {
    if (value.isArray()) {
        for (const auto& item : value.toArray())
            collect_references(item, found);
    } else if (value.isObject()) {
        const auto object = value.toObject();
        for (auto member = object.begin(); member != object.end(); ++member) {
            if (member.key() == "$ref")
                found << member.value().toString();
            collect_references(member.value(), found);
        }
    }
}

} // namespace

class RoutesTest : public QObject {
    Q_OBJECT

    Settings settings_;
    Tokens tokens_{"", [](bool, const std::string&) {}};
    RouteGuard guard_{settings_, tokens_};

    int refused(const http::RequestHead& request) {
        const auto policy = guard_.decide(request, {});
        return policy.refuse ? policy.refuse->status : 0;
    }

private slots:
    void init() {
        settings_ = {};
        settings_.max_upload_bytes = 1 << 20;
    }

    void paths_are_matched() {
        QVERIFY(match_route("GET", "/v1/jobs").route->id == RouteId::list_jobs);
        QVERIFY(match_route("HEAD", "/v1/jobs/x").route->id == RouteId::get_job);
        QVERIFY(match_route("GET", "/v1/jobs/x/renditions/a").route->id == RouteId::get_rendition);
        QVERIFY(match_route("DELETE", "/session").route->id == RouteId::close_session);
        for (const auto path : {"/v1/jobs/", "/v1//jobs", "/v1/jobs/x/", "/v1/jobs//thumbnail",
                                "/v1/jobs/x/renditions/", "/v1", "", "/v1/jobs/x/y/z/w"})
            QVERIFY2(match_route("GET", path).allow.empty(), path);
        QCOMPARE(match_route("PATCH", "/v1/jobs/x").allow,
                 std::string("GET, HEAD, DELETE, OPTIONS"));
    }

    void no_two_rows_and_no_asset_answer_the_same_call() {
        QSet<QString> seen;
        for (const auto& route : route_table()) {
            const auto key = QString::fromStdString(std::string(to_string(route.method)) + ' ' +
                                                    std::string(route.pattern));
            QVERIFY2(!seen.contains(key), qPrintable(key));
            seen << key;
        }
        for (const auto& entry : static_assets())
            QVERIFY(match_route("GET", entry.path).allow.empty());
    }

    void wrong_methods_and_paths_are_refused_from_the_head() {
        QCOMPARE(refused(head("GET", "/v1/jobs")), 0);
        QCOMPARE(refused(head("GET", "/nowhere")), 404);
        QCOMPARE(refused(head("PUT", "/v1/jobs")), 405);
        QCOMPARE(refused(head("POST", "/")), 405);
        const auto options = guard_.decide(head("OPTIONS", "/v1/jobs"), {});
        QCOMPARE(options.refuse->status, 204);
        QCOMPARE(std::string(options.refuse->headers.get("Allow")),
                 std::string("POST, GET, HEAD, OPTIONS"));
        QCOMPARE(guard_.decide(head("GET", "/v1/jobs/abc"), {}).route,
                 std::string("/v1/jobs/{id}"));
    }

    void bodies_are_bounded_by_the_route() {
        const auto upload = guard_.decide(head("POST", "/v1/jobs"), {});
        QVERIFY(upload.spool);
        QCOMPARE(upload.max_bytes, std::uint64_t{1 << 20});
        const auto form = guard_.decide(
            head("POST", "/upload", {{"Content-Type", "Multipart/form-data; boundary=x"}}), {});
        QVERIFY(form.max_bytes > upload.max_bytes);
        const auto cancel = guard_.decide(head("POST", "/v1/jobs/x/cancel"), {});
        QVERIFY(!cancel.spool);
        QVERIFY(cancel.max_bytes <= 64 * 1024);
    }

    void workers_serve_health_metrics_and_logs_only() {
        settings_.role = Role::worker;
        for (const auto path : {"/livez", "/readyz", "/metrics", "/logs"})
            QCOMPARE(refused(head("GET", path)), 0);
        const auto policy = guard_.decide(head("GET", "/v1/jobs"), {});
        QCOMPARE(policy.refuse->status, 404);
        QVERIFY(body_of(*policy.refuse).value("detail").toString().contains("--role worker"));
        QCOMPARE(refused(head("GET", "/")), 404);
    }

    void foreign_host_names_are_refused_without_tokens() {
        for (const auto host :
             {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3"})
            QCOMPARE(refused(head("GET", "/v1/jobs", {{"Host", host}})), 0);
        for (const auto host : {"evil.example", "localhost.evil.example", "127.0.0.1.nip.io"})
            QCOMPARE(refused(head("GET", "/v1/jobs", {{"Host", host}})), 403);
        settings_.public_hosts = {"thumbs.example"};
        QCOMPARE(refused(head("GET", "/v1/jobs", {{"Host", "Thumbs.Example:8080"}})), 0);
        QCOMPARE(refused(head("GET", "/v1/jobs", {{"Host", "evil.example"}})), 403);
        settings_.public_hosts = {"*"};
        QCOMPARE(refused(head("GET", "/v1/jobs", {{"Host", "evil.example"}})), 0);
    }

    void other_sites_cannot_write() {
        const auto post = [this](http::Headers headers) {
            return refused(head("POST", "/v1/jobs", std::move(headers)));
        };
        QCOMPARE(post({}), 0); // no browser
        QCOMPARE(post({{"Origin", "http://localhost:8080"}}), 0);
        QCOMPARE(post({{"Origin", "http://LOCALHOST:8080"}}), 0);
        QCOMPARE(post({{"Origin", "http://localhost:9999"}}), 403);
        QCOMPARE(post({{"Origin", "https://evil.example"}}), 403);
        QCOMPARE(post({{"Origin", "null"}}), 403);
        QCOMPARE(post({{"Sec-Fetch-Site", "cross-site"}}), 403);
        QCOMPARE(post({{"Sec-Fetch-Site", "same-site"}}), 403);
        QCOMPARE(post({{"Sec-Fetch-Site", "same-origin"}}), 0);
        QCOMPARE(refused(head("DELETE", "/v1/jobs/x", {{"Origin", "http://evil.example"}})), 403);
        QCOMPARE(refused(head("GET", "/v1/jobs", {{"Origin", "http://evil.example"}})), 0);
    }

    void headers_are_read() {
        QCOMPARE(bearer_token("bearer  abc ").value_or(""), std::string_view("abc"));
        QVERIFY(!bearer_token("Basic abc"));
        QVERIFY(!bearer_token(""));
        QCOMPARE(find_cookie("a=1; thumbd_session=x.y; b=2", session_cookie),
                 std::string_view("x.y"));
        QVERIFY(find_cookie("xthumbd_session=1", session_cookie).empty());
        QVERIFY(find_cookie(";;=;", session_cookie).empty());
    }

    void traces_are_taken_over_or_made() {
        const std::string given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        QCOMPARE(http::traceparent_of("id", given), given);
        const auto made = http::traceparent_of("id", "00-zzz");
        QVERIFY(http::is_traceparent(made));
        QCOMPARE(http::traceparent_of("id", {}), made);
        QVERIFY(http::traceparent_of("another", {}) != made);
        QVERIFY(!http::is_traceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
    }

    void problems_have_the_form_of_rfc_9457() {
        const auto response = to_response({429, "queue_full", "Too many.", "id-1", 5});
        QCOMPARE(response.status, 429);
        QCOMPARE(std::string(response.headers.get("Content-Type")),
                 std::string("application/problem+json"));
        QCOMPARE(std::string(response.headers.get("Retry-After")), std::string("5"));
        const auto body = body_of(response);
        QCOMPARE(body.value("type").toString(), QString("about:blank"));
        QCOMPARE(body.value("title").toString(), QString("Too Many Requests"));
        QCOMPARE(body.value("status").toInt(), 429);
        QCOMPARE(body.value("code").toString(), QString("queue_full"));
        QCOMPARE(body.value("job_id").toString(), QString("id-1"));
        const auto internal =
            to_problem(thumbjobs::Error(thumbjobs::ErrorCode::internal, "secret path"));
        QCOMPARE(internal.status, 500);
        QVERIFY(internal.detail.find("secret") == std::string::npos);
        for (const auto code :
             {thumbjobs::ErrorCode::queue_full, thumbjobs::ErrorCode::storage_full,
              thumbjobs::ErrorCode::store_unavailable})
            QVERIFY(to_problem(thumbjobs::Error(code, "x")).retry_after > 0);
        QCOMPARE(to_problem(thumbjobs::Error(thumbjobs::ErrorCode::storage_full, "x")).status, 507);
        const auto full = to_problem(thumbjobs::MemoryFull("Redis is full."));
        QCOMPARE(full.status, 503);
        QCOMPARE(full.code, std::string("storage_full"));
        QVERIFY(full.retry_after > 0);
    }

    void json_text_is_escaped_and_repaired() {
        QCOMPARE(json_quoted("a\"b\\c\n\x01"), std::string("\"a\\\"b\\\\c\\n\\u0001\""));
        QCOMPARE(json_quoted("\xff"
                             "a\xc3"),
                 std::string("\"\xEF\xBF\xBD"
                             "a\xEF\xBF\xBD\""));
        QCOMPARE(json_quoted("\xc3\xa4"), std::string("\"\xc3\xa4\""));
    }

    void openapi_describes_every_route() {
        QJsonParseError error;
        const auto text = QByteArray::fromStdString(openapi_document());
        const auto document = QJsonDocument::fromJson(text, &error).object();
        QVERIFY2(error.error == QJsonParseError::NoError, qPrintable(error.errorString()));
        QCOMPARE(document.value("openapi").toString(), QString("3.1.0"));
        QVERIFY(!document.value("info").toObject().value("title").toString().isEmpty());
        const auto paths = document.value("paths").toObject();
        int operations = 0;
        QSet<QString> ids;
        for (const auto& path : paths)
            operations += static_cast<int>(path.toObject().size());
        QCOMPARE(operations, static_cast<int>(route_table().size()));
        for (const auto& route : route_table()) {
            const auto pattern = QString::fromStdString(std::string(route.pattern));
            const auto method = QString::fromStdString(std::string(to_string(route.method)));
            const auto operation =
                paths.value(pattern).toObject().value(method.toLower()).toObject();
            QVERIFY2(!operation.isEmpty(), qPrintable(method + ' ' + pattern));
            ids << operation.value("operationId").toString();
            QCOMPARE(operation.value("responses").toObject().size(),
                     static_cast<int>(route.statuses.size()));
            for (const auto& parameter : operation.value("parameters").toArray()) {
                const auto object = parameter.toObject();
                QVERIFY(object.value("schema").isObject());
                QVERIFY(QStringList({"path", "query", "header"})
                            .contains(object.value("in").toString()));
            }
            for (const auto& response : operation.value("responses").toObject())
                QVERIFY(response.toObject().contains("description"));
        }
        QCOMPARE(ids.size(), operations);
    }

    void openapi_references_resolve() {
        const auto document =
            QJsonDocument::fromJson(QByteArray::fromStdString(openapi_document())).object();
        QSet<QString> references;
        collect_references(document, references);
        QVERIFY(references.size() > 5);
        const auto schemas = document.value("components").toObject().value("schemas").toObject();
        for (const auto& reference : references) {
            const QString prefix = "#/components/schemas/";
            QVERIFY2(reference.startsWith(prefix) && schemas.contains(reference.mid(prefix.size())),
                     qPrintable(reference));
        }
    }
};

QTEST_GUILESS_MAIN(RoutesTest)
#include "routes_test.moc"
