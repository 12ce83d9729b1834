// Hostile Redis URLs: parse or refuse with one kind of error, and never tell the password.
#include "backends/redis/client/options.h"
#include "fuzz/require.h"

#include <cstddef>
#include <cstdint>

using namespace thumbjobs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        BackendUrl url = BackendUrl::parse(text);
        // These name files of this machine.
        if (url.options.contains("password_file") || url.options.contains("sentinel_password_file"))
            return 0;
        const redis::ClientOptions options = redis::ClientOptions::parse(url);
        require(!options.servers.empty());
        for (const redis::Endpoint& server : options.servers)
            require(!server.host.empty() && server.port != 0);
        require(options.connect_timeout.count() > 0 && options.command_timeout.count() > 0);
        require(options.tag().find('}') == options.tag().size() - 1);
        require(options.describe().find('@') == std::string::npos);

        // What is shown can be read again, and means the same servers.
        BackendUrl shown = BackendUrl::parse(options.describe());
        const redis::ClientOptions again = redis::ClientOptions::parse(shown);
        require(again.layout == options.layout && again.tls.enabled == options.tls.enabled);
        require(again.servers == options.servers && again.database == options.database);
    } catch (const Error& error) {
        require(error.code() == ErrorCode::invalid_argument);
    }
    return 0;
}
