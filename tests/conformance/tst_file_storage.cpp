#include "backends/filesystem/filesystem_storage.h"
#include "conformance/storage_conformance.h"

#include <thumbjobs/registry.h>

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>

using namespace thumbjobs;

namespace {

/// Empties the storage but keeps its folders: making them anew takes longer than most tests.
void remove_files(const QString& folder) {
    QDirIterator files(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext())
        QFile::remove(files.next());
}

} // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    const auto reset = [&folder] { remove_files(folder.path()); };

    test::StorageConformance suite({
        .open = [&] { return Registry::builtin().open_storage("file:" + path, {}); },
        .reset = reset,
    });
    // Filesystems without unnamed files, and relaxed durability, take other ways.
    test::StorageConformance other_ways({
        .open =
            [&] {
                return std::make_shared<FilesystemStorage>(
                    path, FilesystemStorage::Settings{.durable = false, .unnamed_files = false});
            },
        .reset = reset,
    });
    const int failures = QTest::qExec(&suite, argc, argv);
    return failures + QTest::qExec(&other_ways, argc, argv);
}
