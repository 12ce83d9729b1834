#include "conformance/storage_conformance.h"

#include <thumbjobs/registry.h>

#include <QCoreApplication>
#include <QTest>

using namespace thumbjobs;

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    test::StorageConformance suite({
        .open = [] { return Registry::builtin().open_storage("memory:", {}); },
        .reset = [] {},
        .shared = false,
    });
    return QTest::qExec(&suite, argc, argv);
}
