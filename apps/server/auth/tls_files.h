#pragma once

#include "file_stamp.h"

#include <QSslConfiguration>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

namespace thumbd {

/// The certificate and the key that connections are encrypted with. They are read again when their
/// files change, so that a renewed certificate needs no restart. Thread-safe.
class TlsFiles {
public:
    /// Tells the log what happened to the files.
    using Notice = std::function<void(bool error, const std::string& message)>;

    /// PEM files: the certificate with its chain, and its RSA or EC key without a password. Throws
    /// ConfigError naming the file when they cannot be used or don't belong together.
    TlsFiles(std::string certificate, std::string key, Notice notice);

    /// For a new connection. Looks at the files at most once a second.
    QSslConfiguration current();

    /// Reads the files again; faulty ones leave what there was, and are told.
    void reload();

private:
    struct Stamps {
        FileStamp certificate;
        FileStamp key;
        friend bool operator==(const Stamps&, const Stamps&) = default;
    };

    Stamps stamps() const;
    QSslConfiguration read() const;

    const std::string certificate_;
    const std::string key_;
    const Notice notice_;

    std::mutex mutex_;
    Stamps stamps_;
    QSslConfiguration configuration_;
    std::chrono::steady_clock::time_point checked_;
};

} // namespace thumbd
