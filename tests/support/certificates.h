#pragma once

#include <string>

namespace thumbjobs::test {

/// A certificate authority made on the spot by the openssl program, in a folder of the caller's,
/// with a server certificate for `localhost` and 127.0.0.1 and one for a client. Valid for a day.
class Certificates {
public:
    /// Throws std::runtime_error when openssl fails.
    explicit Certificates(const std::string& folder);

    std::string ca() const { return path("ca.crt"); }
    std::string server_cert() const { return path("server.crt"); }
    std::string server_key() const { return path("server.key"); }
    std::string client_cert() const { return path("client.crt"); }
    std::string client_key() const { return path("client.key"); }

private:
    std::string path(const char* name) const { return folder_ + '/' + name; }
    void issue(const std::string& name, const std::string& alternatives) const;

    std::string folder_;
};

} // namespace thumbjobs::test
