#include "conformance/job_store_model.h"
#include "conformance/redis_fixture.h"
#include "support/redis_server.h"

#include <QCoreApplication>

int main(int argc, char** argv) {
    using namespace thumbjobs::test;
    const QCoreApplication app(argc, argv);
    const RedisServer server;
    const auto factory = [&server] { return std::make_unique<RedisFixture>(server.url() + "?"); };
    JobStoreConformance suite(factory);
    JobStoreModel model(factory);
    const int failed = QTest::qExec(&suite, argc, argv);
    return failed + QTest::qExec(&model, argc, argv);
}
