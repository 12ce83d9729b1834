#pragma once

#include "place/result.h"

#include <QString>

namespace desktop {

/// Tokens by server in a JSON file of mode 0600. Blocks; one thread at a time.
class TokenFile {
public:
    explicit TokenFile(QString path) : path_(std::move(path)) {}

    /// Empty if the file or the entry is not there. Refuses a file that is not the user's own or
    /// that others may read.
    Result<QString> read(const QString& server) const;

    /// Replaces the file as a whole, or not at all. An empty token is removed. An unusable file is
    /// replaced, so that its other entries are gone.
    Result<Done> write(const QString& server, const QString& token) const;

private:
    const QString path_;
};

} // namespace desktop
