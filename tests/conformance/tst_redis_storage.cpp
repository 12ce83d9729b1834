#include "conformance/storage_conformance.h"
#include "support/redis_groups.h"

#include <thumbjobs/registry.h>

#include <QCoreApplication>
#include <QTest>

using namespace thumbjobs;

namespace {

/// The suite on the server or servers of one URL, to which options can be appended. Each test has a
/// namespace of its own.
int run_suite(const std::string& url, int argc, char** argv) {
    int number = 0;
    test::StorageConformance suite({
        .open =
            [&] {
                const std::string name = "&namespace=suite-" + std::to_string(number);
                return Registry::builtin().open_storage(url + name, {});
            },
        .reset = [&] { ++number; },
    });
    return QTest::qExec(&suite, argc, argv);
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const test::RedisServer server;
    int failures = run_suite(server.url("connections=8"), argc, argv);
    const test::RedisSentinels sentinels;
    failures += run_suite(sentinels.url(), argc, argv);
    const test::RedisCluster cluster;
    return failures + run_suite(cluster.url("connections=8"), argc, argv);
}
