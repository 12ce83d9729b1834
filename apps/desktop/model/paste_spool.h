#pragma once

#include "model/disk_thread.h"

#include <QByteArray>
#include <QString>

#include <functional>
#include <vector>

namespace desktop {

/// A folder for pasted images, which are no files and would be gone with the app before they are
/// submitted. On the GUI thread; what it does, the disk thread does.
class PasteSpool {
public:
    /// The folder is made when it is needed. `disk` outlives the spool.
    PasteSpool(DiskThread& disk, QString folder) : disk_(disk), folder_(std::move(folder)) {}

    /// Writes the image, for its owner's eyes only. Tells the file's path, empty if it could not be
    /// written, unless the disk thread is gone by then.
    void keep(const QByteArray& bytes, std::function<void(const QString& path)> done);

    /// Deletes a file that keep() has told of.
    void drop(const QString& path);

    /// Deletes all files of a spool's folder but these. Blocks for the disk.
    static void clean(const QString& folder, const QStringList& wanted);

private:
    DiskThread& disk_;
    QString folder_;
};

} // namespace desktop
