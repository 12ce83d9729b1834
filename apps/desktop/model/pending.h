#pragma once

#include <thumbjobs/rendition.h>

#include <QByteArray>
#include <QString>

#include <memory>
#include <string>
#include <vector>

namespace desktop {

using Renditions = std::shared_ptr<const std::vector<thumbjobs::RenditionSpec>>;

/// A file that is to be submitted, as it outlives the app.
struct PendingFile {
    QString path{};
    std::string key{}; ///< For idempotency: what was submitted after all is not made twice.
    Renditions renditions{};
};

/// As bytes for a file; empty for none.
QByteArray write_pending(const std::vector<PendingFile>& files);

/// Reads what write_pending() wrote; passes over what is not valid.
std::vector<PendingFile> read_pending(const QByteArray& bytes);

} // namespace desktop
