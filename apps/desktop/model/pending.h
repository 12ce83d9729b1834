#pragma once

#include <thumbjobs/rendition.h>

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <memory>
#include <string>
#include <vector>

namespace desktop {

using Renditions = std::shared_ptr<const std::vector<thumbjobs::RenditionSpec>>;

/// An image that is to be submitted, as it outlives the app.
struct PendingFile {
    QString path{};
    std::string key{}; ///< For idempotency: what was submitted after all is not made twice.
    Renditions renditions{};
    QString pasted_name{}; ///< Of a pasted image, whose file is ours; else empty.
};

/// Files and folders that are to be looked through, or have been in part.
struct PendingScan {
    QStringList paths{};
    QString after{}; ///< The last file that became a row; empty: none did.
    Renditions renditions{};
};

/// What an app that ends leaves to be done.
struct Pending {
    std::vector<PendingFile> files{};
    std::vector<PendingScan> scans{};

    bool empty() const noexcept { return files.empty() && scans.empty(); }
};

/// As bytes for a file; empty for nothing.
QByteArray write_pending(const Pending& pending);

/// Reads what write_pending() wrote; passes over what is not valid.
Pending read_pending(const QByteArray& bytes);

} // namespace desktop
