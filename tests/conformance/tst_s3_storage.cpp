// Runs the suite of Storage on S3: on a server of its own, or on the one that
// THUMBJOBS_TEST_S3_URL names (docs/operations.md), whose credentials come from the environment as
// those of thumbd do.
#include "backends/s3/s3_storage.h"
#include "conformance/storage_conformance.h"
#include "src/random.h"
#include "support/blobs.h"
#include "support/errors.h"
#include "support/s3_server.h"

#include <QCoreApplication>
#include <QTest>

#include <sys/resource.h>

#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

using namespace thumbjobs;

namespace {

/// A prefix of the bucket that nobody has used: an empty storage.
class FreshPrefix {
public:
    explicit FreshPrefix(const test::S3Server* server) : server_(server) {}

    void next() { prefix_ = "run-" + random_hex(8); }

    std::string url() const {
        if (server_)
            return server_->url(prefix_);
        const std::string given = std::getenv("THUMBJOBS_TEST_S3_URL");
        const std::size_t mark = std::min(given.find('?'), given.size());
        std::string base = given.substr(0, mark);
        while (base.ends_with('/'))
            base.pop_back();
        return base + '/' + prefix_ + given.substr(mark);
    }

    std::shared_ptr<Storage> open() const { return Registry::builtin().open_storage(url(), {}); }

    /// Removes all but the stamp.
    void clean() const {
        const auto storage = open();
        std::string cursor;
        do {
            const StoredBlobPage page = storage->list(cursor, 1000);
            for (const StoredBlob& blob : page.blobs)
                storage->remove(blob.key);
            cursor = page.cursor;
        } while (!cursor.empty());
    }

private:
    const test::S3Server* server_;
    std::string prefix_;
};

} // namespace

/// On servers that are set up otherwise.
class PlainServer : public QObject {
    Q_OBJECT

private slots:
    void stamp_race_has_one_winner() {
        const test::S3Server server({.conditional = false});
        S3Settings settings =
            parse_s3_url(BackendUrl::parse(server.url("plain")), environment_variable);
        settings.settle = std::chrono::seconds(4);
        // Or s3rver may take the folder away under a stamp that is being written.
        S3Storage(settings, environment_variable, Clock::system())
            .put("kept/original", *copy_blob(as_bytes("x")), BlobKind::original);
        constexpr int racers = 6;
        std::vector<std::string> answers(racers);
        std::vector<std::thread> threads;
        for (int i = 0; i < racers; ++i)
            threads.emplace_back([&, i] {
                S3Storage storage(settings, environment_variable, Clock::system());
                answers[static_cast<std::size_t>(i)] = storage.stamp("store-" + std::to_string(i));
            });
        for (std::thread& thread : threads)
            thread.join();
        for (const std::string& answer : answers)
            QCOMPARE(answer, answers.front());
        QVERIFY(answers.front().starts_with("store-"));
        QCOMPARE(server.objects("plain"), 1);
    }

    /// The server reads files of each object that it lists: not of all at once.
    void a_bucket_of_more_objects_than_open_files_is_listed() {
        const test::S3Server server;
        const rlimit few{300, 300};
        QCOMPARE(prlimit(server.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
        constexpr int count = 400;
        const auto storage = Registry::builtin().open_storage(server.url("many"), {});
        for (int i = 0; i < count; ++i)
            storage->put("job-" + std::to_string(i) + "/original", *copy_blob(as_bytes("x")),
                         BlobKind::original);
        Registry::builtin().open_storage(server.url("many"), {}); // looks at the bucket
        int listed = 0;
        std::string cursor;
        do {
            const StoredBlobPage page = storage->list(cursor, 150);
            listed += static_cast<int>(page.blobs.size());
            cursor = page.cursor;
        } while (!cursor.empty());
        QCOMPARE(listed, count);
    }

    void wrong_secret_is_refused() {
        const test::S3Server server;
        const Variables variables = [](const char* name) -> std::optional<std::string> {
            if (std::string_view(name) == "AWS_ACCESS_KEY_ID")
                return "S3RVER";
            if (std::string_view(name) == "AWS_SECRET_ACCESS_KEY")
                return "not-the-secret";
            return std::nullopt;
        };
        const S3Settings settings = parse_s3_url(BackendUrl::parse(server.url("x")), variables);
        EXPECT_ERROR(S3Storage(settings, variables, Clock::system()), storage_unavailable);
    }
};

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    std::optional<test::S3Server> server;
    if (std::getenv("THUMBJOBS_TEST_S3_URL") == nullptr) {
        for (const std::string& entry : test::S3Server::environment()) {
            const std::size_t equals = entry.find('=');
            setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
        }
        server.emplace();
    }
    FreshPrefix place(server ? &*server : nullptr);
    bool used = false;
    test::StorageConformance suite({
        .open = [&] { return place.open(); },
        .reset =
            [&] {
                if (used && !server)
                    place.clean();
                used = true;
                place.next();
            },
    });
    int failures = QTest::qExec(&suite, argc, argv);
    if (!server) {
        place.clean();
        return failures;
    }
    PlainServer plain;
    return failures + QTest::qExec(&plain, argc, argv);
}

#include "tst_s3_storage.moc"
