// The promises of job_store.h on one Redis, on a master with Sentinels and on a cluster.
#include "conformance/job_store_model.h"
#include "conformance/redis_fixture.h"
#include "support/redis_groups.h"

#include <QCoreApplication>

namespace {

using namespace thumbjobs::test;

StoreFixtureFactory stores_on(const auto& servers) {
    return [&servers] {
        return std::make_unique<RedisFixture>(
            [&servers](const std::string& query) { return servers.url(query); });
    };
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication app(argc, argv);
    int failed = 0;
    {
        const RedisServer server;
        JobStoreConformance suite(stores_on(server));
        JobStoreModel model(stores_on(server));
        failed += QTest::qExec(&suite, argc, argv);
        failed += QTest::qExec(&model, argc, argv);
    }
    {
        const RedisSentinels servers;
        JobStoreConformance suite(stores_on(servers));
        failed += QTest::qExec(&suite, argc, argv);
    }
    {
        const RedisCluster servers;
        JobStoreConformance suite(stores_on(servers));
        failed += QTest::qExec(&suite, argc, argv);
    }
    return failed;
}
