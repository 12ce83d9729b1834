#include "support/certificates.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace thumbjobs::test {
namespace {

/// Runs `openssl WORDS` quietly. The words are ours: nothing needs quotes.
void openssl(const std::string& words) {
    const int status = std::system(("openssl " + words + " >/dev/null 2>&1").c_str());
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error("openssl failed: " + words);
}

constexpr const char* new_key = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

} // namespace

Certificates::Certificates(const std::string& folder) : folder_(folder) {
    openssl("req -x509 -days 1 -subj /CN=test-authority -addext basicConstraints=critical,CA:TRUE" +
            std::string(new_key) + " -keyout " + path("ca.key") + " -out " + ca());
    issue("server", "DNS:localhost,IP:127.0.0.1");
    issue("client", "DNS:client");
}

void Certificates::issue(const std::string& name, const std::string& alternatives) const {
    const std::string base = folder_ + '/' + name;
    std::ofstream(base + ".ext") << "subjectAltName=" << alternatives << '\n';
    openssl("req -subj /CN=" + name + new_key + " -keyout " + base + ".key -out " + base + ".csr");
    openssl("x509 -req -days 1 -in " + base + ".csr -CA " + ca() + " -CAkey " + path("ca.key") +
            " -CAcreateserial -extfile " + base + ".ext -out " + base + ".crt");
}

} // namespace thumbjobs::test
