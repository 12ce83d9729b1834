// The conformance suites, run on a job store and a storage that are written in Python
// (dict_store.py, dict_storage.py), in an interpreter that this program embeds.
#include "bindings/python/src/casters.h"
#include "bindings/python/src/process.h"
#include "conformance/job_store_conformance.h"
#include "conformance/storage_conformance.h"
#include "support/fake_clock.h"

#include <QCoreApplication>
#include <pybind11/embed.h>

#include <cstdlib>
#include <initializer_list>
#include <iostream>

namespace py = pybind11;

namespace {

using namespace thumbjobs;
using python::hold;

template <class T>
std::shared_ptr<T> make(const char* file, const char* type, const py::dict& options = {}) {
    return hold<T>(py::module_::import(file).attr(type)(**options));
}

class DictFixture final : public test::StoreFixture {
public:
    std::shared_ptr<JobStore> open(BackendContext context) override {
        const py::gil_scoped_acquire gil;
        py::dict options;
        options["wall"] = py::cpp_function([clock = &clock_] { return clock->wall(); });
        options["boot"] = py::cpp_function([clock = &clock_] { return clock->boot(); });
        options["history"] = context.event_history;
        return make<JobStore>("dict_store", "DictStore", options);
    }
    bool shares_content() const override { return false; }
    void advance(Milliseconds time) override { clock_.advance(time); }
    const Clock& clock() const override { return clock_; }

private:
    test::FakeClock clock_;
};

std::shared_ptr<Storage> open_storage() {
    const py::gil_scoped_acquire gil;
    return make<Storage>("dict_storage", "DictStorage");
}

/// Says why not, if not; without them, each of the suites' functions would fail in threads of its
/// own.
bool can_import(std::initializer_list<const char*> modules) {
    try {
        for (const char* const name : modules)
            py::module_::import(name);
        return true;
    } catch (const py::error_already_set& error) {
        std::cerr << "What the suites run on cannot be imported, with PYTHONPATH="
                  << qEnvironmentVariable("PYTHONPATH").toStdString() << ":\n"
                  << error.what() << std::endl;
        return false;
    }
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication app(argc, argv);
    const py::scoped_interpreter interpreter(false); // leaves signals alone
    if (!can_import({"thumbjobs", "dict_store", "dict_storage"}))
        return EXIT_FAILURE;
    const py::gil_scoped_release released; // the suites' threads take it when they call Python
    test::JobStoreConformance stores([] { return std::make_unique<DictFixture>(); });
    test::StorageConformance storages({.open = open_storage, .reset = [] {}, .shared = false});
    return QTest::qExec(&stores, argc, argv) + QTest::qExec(&storages, argc, argv);
}
