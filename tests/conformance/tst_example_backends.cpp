// The job store and the storage that the examples show: custom_job_store and custom_storage.
#include "conformance/job_store_conformance.h"
#include "conformance/storage_conformance.h"
#include "examples/cpp/map_store.h"
#include "examples/cpp/vault.h"
#include "support/fake_clock.h"

#include <QCoreApplication>

namespace {

using namespace thumbjobs;

class MapFixture final : public test::StoreFixture {
public:
    std::shared_ptr<JobStore> open(BackendContext context) override {
        return std::make_shared<MapStore>(clock_, context.event_history);
    }
    bool shares_content() const override { return false; }
    void advance(Milliseconds time) override { clock_.advance(time); }
    const Clock& clock() const override { return clock_; }

private:
    test::FakeClock clock_;
};

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication app(argc, argv);
    test::JobStoreConformance stores([] { return std::make_unique<MapFixture>(); });
    test::StorageConformance storages({.open = [] { return std::make_shared<Vault>(1LL << 30); },
                                       .reset = [] {},
                                       .shared = false});
    return QTest::qExec(&stores, argc, argv) + QTest::qExec(&storages, argc, argv);
}
