// Where the S3 storage finds its credentials, and how it keeps them fresh.
#include "backends/s3/credential_sources.h"
#include "backends/s3/profile_file.h"
#include "backends/s3_fixture.h"
#include "support/errors.h"
#include "support/fake_clock.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <thread>

using namespace thumbjobs;
using namespace thumbjobs::test;

namespace {

Deadline soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

std::string write_file(const QTemporaryDir& folder, const char* name, const char* text) {
    QFile file(folder.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0)
        throw std::runtime_error("cannot write a file");
    return file.fileName().toStdString();
}

std::string json_keys(const std::string& id, const std::string& expiration) {
    return R"({"Code":"Success","AccessKeyId":")" + id + R"(","SecretAccessKey":")" + secret_key +
           R"(","Token":"token-of-)" + id + R"(","Expiration":")" + expiration + R"("})";
}

S3Settings plain_settings(const std::string& options = {}) {
    return parse_s3_url(BackendUrl::parse("s3://bucket?region=eu-central-1" + options),
                        variables_of({}));
}

/// Credentials that a test hands out, with a count of how often.
class CountedSource final : public CredentialSource {
public:
    explicit CountedSource(std::function<Credentials(int)> make) : make_(std::move(make)) {}
    std::string describe() const override { return "the test"; }
    Credentials load(Deadline) override { return make_(++loads); }

    static inline std::atomic<int> loads = 0;

private:
    std::function<Credentials(int)> make_;
};

} // namespace

class TestS3Credentials : public QObject {
    Q_OBJECT

private:
    Credentials load(const std::map<std::string, std::string>& values,
                     const std::string& options = {}) {
        HttpPool pool;
        return find_credential_source(plain_settings(options), variables_of(values), pool)
            ->load(soon());
    }

private slots:
    void init() { CountedSource::loads = 0; }

    void of_the_environment() {
        const Credentials found = load({{"AWS_ACCESS_KEY_ID", "id"},
                                        {"AWS_SECRET_ACCESS_KEY", "secret"},
                                        {"AWS_SESSION_TOKEN", "token"}});
        QCOMPARE(found.access_key_id, std::string("id"));
        QCOMPARE(found.secret, std::string("secret"));
        QCOMPARE(found.session_token, std::string("token"));
        QVERIFY(!found.expires);
    }

    void of_profiles() {
        const QTemporaryDir folder;
        const std::string config = write_file(folder, "config",
                                              "[default]\nregion = eu-west-1\n"
                                              "[profile images]\nregion=eu-west-3 # Paris\n"
                                              "s3 =\n  max_concurrent_requests = 1\n");
        const std::string keys = write_file(
            folder, "credentials",
            "# keys\n[default]\naws_access_key_id = one\naws_secret_access_key = s1\n\n"
            "[images]\naws_access_key_id=two\naws_secret_access_key=s=2\naws_session_token=t2\n"
            "[empty]\n");
        std::map<std::string, std::string> values{{"AWS_CONFIG_FILE", config},
                                                  {"AWS_SHARED_CREDENTIALS_FILE", keys}};
        QCOMPARE(load(values).access_key_id, std::string("one"));
        QCOMPARE(load(values, "&profile=images").secret, std::string("s=2"));
        QCOMPARE(parse_s3_url(BackendUrl::parse("s3://bucket?profile=images"), variables_of(values))
                     .region,
                 std::string("eu-west-3"));
        values["AWS_PROFILE"] = "images";
        QCOMPARE(load(values).session_token, std::string("t2"));
        // What the URL names wins over the environment, and must be there.
        values["AWS_ACCESS_KEY_ID"] = "other";
        values["AWS_SECRET_ACCESS_KEY"] = "other";
        QCOMPARE(load(values, "&profile=default").access_key_id, std::string("one"));
        EXPECT_ERROR(load(values, "&profile=empty"), invalid_argument);
        EXPECT_ERROR(load(values, "&profile=nobody"), invalid_argument);
    }

    void of_the_home_folder() {
        const QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkdir(".aws"));
        write_file(folder, ".aws/credentials",
                   "[default]\naws_access_key_id = home\naws_secret_access_key = s\n");
        QCOMPARE(load({{"HOME", folder.path().toStdString()}}).access_key_id, std::string("home"));
    }

    void of_a_container() {
        const QTemporaryDir folder;
        const std::string token = write_file(folder, "token", "first-token\n");
        ScriptedServer server([](const ScriptedRequest&) {
            return ScriptedReply{.body = json_keys("pod", "2030-01-01T00:00:00Z")};
        });
        HttpPool pool;
        const auto source = find_credential_source(
            plain_settings(),
            variables_of({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url() + "/v1/credentials"},
                          {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token}}),
            pool);
        const Credentials found = source->load(soon());
        QCOMPARE(found.access_key_id, std::string("pod"));
        QCOMPARE(found.session_token, std::string("token-of-pod"));
        QCOMPARE(found.expires, parse_time("2030-01-01T00:00:00Z"));
        QCOMPARE(server.requests().back().target, std::string("/v1/credentials"));
        QCOMPARE(server.requests().back().headers["authorization"], std::string("first-token"));
        write_file(folder, "token", "second-token");
        source->load(soon());
        QCOMPARE(server.requests().back().headers["authorization"], std::string("second-token"));
    }

    void a_container_endpoint_elsewhere_needs_tls() {
        EXPECT_ERROR(load({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.org/keys"}}),
                     invalid_argument);
        EXPECT_ERROR(
            load({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1.example.org/"}}),
            invalid_argument);
    }

    void of_a_web_identity() {
        const QTemporaryDir folder;
        const std::string token = write_file(folder, "token", "the.jwt+token");
        ScriptedServer server([](const ScriptedRequest&) {
            return ScriptedReply{
                .body = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/"
                        "2011-06-15/\"><AssumeRoleWithWebIdentityResult><Credentials>"
                        "<AccessKeyId>role</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                        "<SessionToken>t</SessionToken>"
                        "<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>"
                        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"};
        });
        const std::map<std::string, std::string> values{
            {"AWS_WEB_IDENTITY_TOKEN_FILE", token},
            {"AWS_ROLE_ARN", "arn:aws:iam::1:role/images"},
            {"AWS_ROLE_SESSION_NAME", "pod-1"},
            {"AWS_ENDPOINT_URL_STS", server.url()}};
        const Credentials found = load(values);
        QCOMPARE(found.access_key_id, std::string("role"));
        QCOMPARE(found.expires, parse_time("2030-01-01T00:00:00Z"));
        const ScriptedRequest asked = server.requests().back();
        QCOMPARE(asked.method, std::string("POST"));
        QCOMPARE(asked.body, std::string("Action=AssumeRoleWithWebIdentity&"
                                         "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fimages&"
                                         "RoleSessionName=pod-1&Version=2011-06-15&"
                                         "WebIdentityToken=the.jwt%2Btoken"));
        QVERIFY(!asked.headers.contains("authorization"));

        server.set_script([](const ScriptedRequest&) {
            return ScriptedReply{.status = 400,
                                 .body =
                                     "<ErrorResponse><Error><Code>InvalidIdentityToken</Code>"
                                     "<Message>the.jwt+token</Message></Error></ErrorResponse>"};
        });
        const QString words = message_of([&] { load(values); });
        QVERIFY2(words.contains("400 (InvalidIdentityToken)"), qPrintable(words));
        QVERIFY(!words.contains("the.jwt"));
    }

    void of_the_instance() {
        std::atomic<int> faults = 1;
        ScriptedServer server([&](const ScriptedRequest& request) -> ScriptedReply {
            if (request.method == "PUT" && faults-- > 0)
                return {.status = 503};
            if (request.method == "PUT" && request.target == "/latest/api/token")
                return {.body = "session"};
            const auto token = request.headers.find("x-aws-ec2-metadata-token");
            if (token == request.headers.end() || token->second != "session")
                return {.status = 401};
            if (request.target == "/latest/meta-data/iam/security-credentials/")
                return {.body = "my-role"};
            if (request.target == "/latest/meta-data/iam/security-credentials/my-role")
                return {.body = json_keys("instance", "2030-01-01T00:00:00Z")};
            return {.status = 404};
        });
        const Credentials found = load({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url()}});
        QCOMPARE(found.access_key_id, std::string("instance"));
        QCOMPARE(found.session_token, std::string("token-of-instance"));
    }

    void none_at_all_is_said() {
        const std::map<std::string, std::string> none{{"AWS_EC2_METADATA_DISABLED", "true"}};
        EXPECT_ERROR(load(none), invalid_argument);
        QVERIFY(message_of([&] { load(none); }).contains("AWS_ACCESS_KEY_ID"));
    }

    void damaged_answers_are_refused_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("no JSON") << "{";
        QTest::newRow("no keys") << R"({"Code":"Failed","Message":"no"})";
        QTest::newRow("not text") << R"({"AccessKeyId":1,"SecretAccessKey":2})";
    }

    void damaged_answers_are_refused() {
        QFETCH(QString, text);
        ScriptedServer server(
            [&](const ScriptedRequest&) { return ScriptedReply{.body = text.toStdString()}; });
        EXPECT_ERROR(load({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url()}}),
                     storage_unavailable);
    }

    void renewed_before_they_expire() {
        FakeClock clock;
        CredentialCache cache(std::make_unique<CountedSource>([&](int load) {
                                  return Credentials{"id-" + std::to_string(load), "s", "",
                                                     clock.wall() + std::chrono::hours(1)};
                              }),
                              clock);
        QCOMPARE(cache.get(soon())->access_key_id, std::string("id-1"));
        clock.advance(std::chrono::minutes(54));
        QCOMPARE(cache.get(soon())->access_key_id, std::string("id-1"));
        clock.advance(std::chrono::minutes(2));
        QCOMPARE(cache.get(soon())->access_key_id, std::string("id-2"));
    }

    void a_failed_renewal_keeps_the_old_ones() {
        FakeClock clock;
        CredentialCache cache(std::make_unique<CountedSource>([&](int load) -> Credentials {
                                  if (load > 1)
                                      throw Error(ErrorCode::storage_unavailable, "no");
                                  return {"id", "s", "", clock.wall() + std::chrono::hours(1)};
                              }),
                              clock);
        cache.get(soon());
        clock.advance(std::chrono::minutes(56));
        QCOMPARE(cache.get(soon())->access_key_id, std::string("id"));
        QCOMPARE(cache.get(soon())->access_key_id, std::string("id"));
        QCOMPARE(CountedSource::loads.load(), 2); // and not with every request
        clock.advance(std::chrono::minutes(5));
        EXPECT_ERROR(cache.get(soon()), storage_unavailable);
    }

    void many_threads_load_once() {
        CredentialCache cache(std::make_unique<CountedSource>([](int) {
                                  return Credentials{"id", "s", "", std::nullopt};
                              }),
                              Clock::system());
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] { cache.get(soon()); });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(CountedSource::loads.load(), 1);
    }

    /// A server that finds the token expired: new ones are fetched, and the request is repeated.
    void an_expired_token_is_replaced() {
        std::atomic<int> handed_out = 0;
        ScriptedServer keys([&](const ScriptedRequest&) {
            return ScriptedReply{
                .body = json_keys("key-" + std::to_string(++handed_out), "2099-01-01T00:00:00Z")};
        });
        ScriptedServer server([](const ScriptedRequest& request) {
            const bool old =
                request.headers.at("authorization").find("key-1/") != std::string::npos;
            if (old && !is_probe(request))
                return error_reply(400, "ExpiredToken");
            return is_probe(request) ? ScriptedReply{} : object_reply(request, "image");
        });
        S3Storage storage(settings_for(server),
                          variables_of({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", keys.url()}}),
                          Clock::system());
        QCOMPARE(storage.open("a/b")->size(), std::int64_t{5});
        QCOMPARE(handed_out.load(), 2);
        QCOMPARE(server.requests().back().headers["x-amz-security-token"],
                 std::string("token-of-key-2"));
    }
};

QTEST_GUILESS_MAIN(TestS3Credentials)
#include "tst_s3_credentials.moc"
