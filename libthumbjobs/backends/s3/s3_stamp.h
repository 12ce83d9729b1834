#pragma once

#include "backends/s3/s3_client.h"

#include <optional>
#include <string>

namespace thumbjobs {

/// The object that names the job store a bucket's images belong to: written once, by the first of
/// any number of processes.
///
/// Where the server honours `If-None-Match: *`, it decides the race. Where it does not, the object
/// is written plainly by all who found none, each within half of the time `settle` from its look;
/// whoever reads it lets that time pass since it was last written, and so reads the last writer's
/// word. (L. Lamport, "A Fast Mutual Exclusion Algorithm", 1987, describes the idea, M. Fischer's.)
class S3Stamp {
public:
    explicit S3Stamp(S3Client& client) : client_(client) {}

    /// As Storage::stamp() says.
    std::string take(const std::string& store_id);

private:
    struct Reading {
        std::string id;
        Milliseconds age{}; ///< By the server's clock, in whole seconds.
    };

    std::optional<Reading> read();
    std::string settled(const Reading& reading);
    [[noreturn]] void throw_gone() const;
    bool write(const std::string& store_id, bool conditional);
    bool server_decides();

    S3Client& client_;
};

} // namespace thumbjobs
