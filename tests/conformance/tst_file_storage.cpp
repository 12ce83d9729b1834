#include "backends/filesystem/filesystem_storage.h"
#include "conformance/storage_conformance.h"

#include <thumbjobs/registry.h>

#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

using namespace thumbjobs;

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    std::optional<QTemporaryDir> folder;
    const auto reset = [&folder] { folder.emplace(); };
    const auto path = [&folder] { return folder->path().toStdString(); };

    StorageConformance suite({
        .open = [&] { return Registry::builtin().open_storage("file:" + path(), {}); },
        .reset = reset,
    });
    // Filesystems without unnamed files take another way.
    StorageConformance with_named_files({
        .open =
            [&] {
                return std::make_shared<FilesystemStorage>(
                    path(), FilesystemStorage::Settings{.unnamed_files = false});
            },
        .reset = reset,
    });
    const int failures = QTest::qExec(&suite, argc, argv);
    return failures + QTest::qExec(&with_named_files, argc, argv);
}
