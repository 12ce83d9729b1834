#pragma once

#include "model/row.h"

#include <QByteArray>
#include <QString>

#include <vector>

namespace desktop {

/// What happens where a file of the name is there already.
enum class Collision {
    rename,    ///< The new file gets a number: `cat (2).jpg`.
    overwrite, ///< The new file takes the place of the old one, unless that is an original.
    skip,      ///< The new file is not written.
};

/// A file of the user's that no saving may replace: known by its inode or its path, whatever the
/// name or link that leads to it.
struct Original {
    Source source{};
    qint64 bytes = 0; ///< Where the source is not known, a file of this size and
    QString name{};   ///< of this name is taken for it.
};

struct Written {
    enum class Outcome { written, skipped, failed };
    Outcome outcome = Outcome::failed;
    QString path{};    ///< Where it is, if it was written.
    QString message{}; ///< Why not, as a sentence.
};

/// Writes a file so that it is there as a whole or not at all, also after a crash: a temporary file
/// in the same folder, synced, then moved to its name. With Collision::rename and skip, no file
/// that another program makes at the same moment is lost either. A link in the place of the name is
/// replaced, not followed. `name` must be a safe file name. Blocks for the disk.
Written write_file(const QString& folder, const QString& name, const QByteArray& bytes,
                   Collision collision, const std::vector<Original>& originals);

/// Makes the names of files that were written to it durable. Blocks for the disk.
void sync_folder(const QString& folder);

} // namespace desktop
