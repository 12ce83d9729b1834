#include "conformance/storage_conformance.h"

#include <thumbjobs/registry.h>

#include <QCoreApplication>
#include <QTest>

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    StorageConformance suite({
        .open = [] { return thumbjobs::Registry::builtin().open_storage("memory:", {}); },
        .reset = [] {},
        .shared = false,
    });
    return QTest::qExec(&suite, argc, argv);
}
