#include "conformance/job_store_conformance.h"
#include "support/fake_clock.h"

#include <QCoreApplication>

namespace {

using namespace thumbjobs;

class MemoryFixture final : public test::StoreFixture {
public:
    std::shared_ptr<JobStore> open(BackendContext context) override {
        context.clock = &clock_;
        return Registry::builtin().open_store("memory:", context);
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
    test::JobStoreConformance suite([] { return std::make_unique<MemoryFixture>(); });
    return QTest::qExec(&suite, argc, argv);
}
