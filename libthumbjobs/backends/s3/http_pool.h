#pragma once

#include <thumbjobs/blob.h>
#include <thumbjobs/time.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thumbjobs {

/// A point of the monotonic clock until which a call may last.
using Deadline = std::chrono::steady_clock::time_point;

/// What libcurl signs a request with (AWS Signature Version 4).
struct HttpSignature {
    std::string region;
    std::string access_key_id;
    std::string secret;
};

struct HttpResponse;

/// One HTTP request. What it refers to outlives the call.
struct HttpRequest {
    std::string method = "GET";
    std::string url;
    std::vector<std::string> headers{}; ///< `Name: value`; all are signed.
    std::string range{};                ///< `0-99`; not signed.
    const Blob* upload = nullptr;       ///< Streamed as the body.
    std::string form{};                 ///< Or a body in memory, if not empty.
    std::optional<HttpSignature> signature{};
    std::string ca_file{};      ///< Instead of the system's certificates.
    bool through_proxy = false; ///< As the environment says (https_proxy and so on).
    Deadline deadline{};
    Milliseconds connect_timeout{5'000};
    std::chrono::seconds stall{10}; ///< Without a byte in either direction.

    /// Told of the head of the answer; false ends the transfer there, successfully.
    std::function<bool(const HttpResponse&)> on_head{};

    /// Where the body of a 2xx answer goes, if not to HttpResponse::body.
    std::optional<std::span<std::byte>> target{};
    std::size_t max_body = 1 << 20; ///< Of HttpResponse::body; a longer 2xx answer is an HttpError.
};

struct HttpResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers{}; ///< Names in lower case.
    Bytes body{};
    std::size_t received = 0; ///< Bytes of the body, wherever they went.

    /// The value of the first header of that name, in lower case; empty if absent.
    std::string_view header(std::string_view name) const noexcept;
    std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(body.data()), body.size()};
    }
    bool succeeded() const noexcept { return status >= 200 && status < 300; }
};

/// No whole answer came. what() is libcurl's sentence, which holds no secret.
class HttpError : public std::runtime_error {
public:
    HttpError(const std::string& what, bool again) : std::runtime_error(what), again_(again) {}

    /// Whether the same request may succeed: it was a broken connection or a time-out, not, for
    /// instance, a certificate.
    bool again() const noexcept { return again_; }

private:
    bool again_;
};

/// Sends requests over connections that are kept alive. Certificates are always verified,
/// redirects never followed. Thread-safe; each thread that is in perform() has a connection.
class HttpPool {
public:
    HttpPool();
    ~HttpPool();
    HttpPool(const HttpPool&) = delete;
    HttpPool& operator=(const HttpPool&) = delete;

    /// Throws HttpError, or what the uploaded blob's read() throws.
    HttpResponse perform(const HttpRequest& request);

private:
    struct Free {
        void operator()(void* handle) const noexcept;
    };
    using Handle = std::unique_ptr<void, Free>;

    Handle take();
    void put_back(Handle handle);

    std::mutex mutex_;
    std::vector<Handle> idle_; // guarded by mutex_
};

} // namespace thumbjobs
