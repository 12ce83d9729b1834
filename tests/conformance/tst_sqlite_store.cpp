#include "conformance/job_store_conformance.h"
#include "conformance/job_store_model.h"
#include "support/fake_clock.h"

#include <QCoreApplication>
#include <QTemporaryDir>

namespace {

using namespace thumbjobs;

class SqliteFixture final : public test::StoreFixture {
public:
    std::shared_ptr<JobStore> open(BackendContext context) override {
        context.clock = &clock_;
        // How the disk keeps its word is not this suite's subject.
        context.relaxed_durability = true;
        return Registry::builtin().open_store("sqlite:" + folder_.filePath("jobs.db").toStdString(),
                                              context);
    }
    bool shares_content() const override { return true; }
    void advance(Milliseconds time) override { clock_.advance(time); }
    const Clock& clock() const override { return clock_; }

private:
    QTemporaryDir folder_;
    test::FakeClock clock_;
};

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication app(argc, argv);
    const auto factory = [] { return std::make_unique<SqliteFixture>(); };
    test::JobStoreConformance suite(factory);
    test::JobStoreModel model(factory);
    const int failed = QTest::qExec(&suite, argc, argv);
    return failed + QTest::qExec(&model, argc, argv);
}
