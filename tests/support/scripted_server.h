#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace thumbjobs::test {

/// A request as it came; header names in lower case.
struct ScriptedRequest {
    std::string method{};
    std::string target{};
    std::map<std::string, std::string> headers{};
    std::string body{};
};

/// What the script makes of a request.
struct ScriptedReply {
    enum class How {
        answer,
        reset,    ///< The connection is reset without an answer.
        stall,    ///< No answer comes, and the connection stays.
        truncate, ///< The head announces the body, half of it comes, and the connection ends.
    };
    int status = 200;
    std::string body{};
    std::map<std::string, std::string> headers{}; ///< Beside Content-Length and Date.
    How how = How::answer;
};

/// An HTTP server in the test's own process, on a free port of 127.0.0.1, that answers as the test
/// says. Thread-safe; the script is called by one thread at a time.
class ScriptedServer {
public:
    using Script = std::function<ScriptedReply(const ScriptedRequest&)>;

    explicit ScriptedServer(Script script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    void set_script(Script script);

    /// All requests so far, in the order in which they were answered.
    std::vector<ScriptedRequest> requests() const;

    int connections() const;

private:
    void accept_all();
    void serve(int connection);
    ScriptedReply reply_to(ScriptedRequest request);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    Script script_; // guarded by mutex_, as all below
    std::vector<ScriptedRequest> requests_;
    std::set<int> open_;
    std::vector<std::thread> threads_;
    int connections_ = 0;
    bool stopping_ = false;
    std::mutex script_mutex_;
    std::thread acceptor_;
};

} // namespace thumbjobs::test
