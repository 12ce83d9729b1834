#include "backends/s3/http_pool.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstring>
#include <ctime>
#include <exception>
#include <span>

namespace thumbjobs {
namespace {

constexpr std::size_t max_idle = 64;
constexpr std::size_t max_error_body = 64 << 10;
constexpr std::size_t max_headers = 200;

struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

/// Keeps SIGPIPE from this thread: OpenSSL writes to sockets in a way that can raise it.
class NoBrokenPipe {
public:
    NoBrokenPipe() noexcept {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~NoBrokenPipe() {
        if (!was_pending_) {
            const timespec at_once{};
            while (sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
            }
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoBrokenPipe(const NoBrokenPipe&) = delete;
    NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

private:
    sigset_t pipe_;
    sigset_t before_;
    bool was_pending_;
};

/// One request under way: what libcurl's callbacks work on. None lets an exception through C.
class Transfer {
public:
    explicit Transfer(const HttpRequest& request) : request_(request) {}

    HttpResponse response;
    std::exception_ptr failure; ///< Of the uploaded blob, or of memory.
    bool ended_early = false;   ///< By on_head.
    bool too_long = false;
    bool stalled = false;

    static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<Transfer*>(self)->guarded(
            [&](Transfer& transfer) {
                return transfer.take_header({data, size}) ? size : 0;
            },
            0);
    }
    static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
        return static_cast<Transfer*>(self)->guarded(
            [&](Transfer& transfer) {
                return transfer.take_body(std::as_bytes(std::span(data, size))) ? size : 0;
            },
            0);
    }
    static std::size_t on_read(char* target, std::size_t, std::size_t size, void* self) {
        return static_cast<Transfer*>(self)->guarded(
            [&](Transfer& transfer) {
                return transfer.give_body(std::as_writable_bytes(std::span(target, size)));
            },
            CURL_READFUNC_ABORT);
    }
    static int on_seek(void* self, curl_off_t offset, int origin) {
        if (origin != SEEK_SET)
            return CURL_SEEKFUNC_CANTSEEK;
        static_cast<Transfer*>(self)->sent_ = offset;
        return CURL_SEEKFUNC_OK;
    }

    /// Called at least once a second. libcurl's own limit on slowness looks at the mean of several
    /// seconds, and so notices a stall late.
    static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t,
                           curl_off_t sent) {
        auto& transfer = *static_cast<Transfer*>(self);
        const auto now = std::chrono::steady_clock::now();
        if (const curl_off_t moved = received + sent; moved != transfer.moved_) {
            transfer.moved_ = moved;
            transfer.moved_at_ = now;
        }
        transfer.stalled = now - transfer.moved_at_ > transfer.request_.stall;
        return transfer.stalled ? 1 : 0;
    }

private:
    template <typename Action>
    std::size_t guarded(Action action, std::size_t failed) noexcept {
        try {
            return action(*this);
        } catch (...) {
            failure = std::current_exception();
            return failed;
        }
    }

    bool take_header(std::string_view line) {
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
            line.remove_suffix(1);
        if (line.starts_with("HTTP/")) { // the final answer's head replaces that of a 100
            response.headers.clear();
            const std::size_t space = line.find(' ');
            response.status = 0;
            for (std::size_t i = space + 1; space != line.npos && i < line.size(); ++i) {
                if (line[i] < '0' || line[i] > '9' || response.status > 99)
                    break;
                response.status = response.status * 10 + (line[i] - '0');
            }
            return true;
        }
        if (line.empty())
            return end_head();
        const std::size_t colon = line.find(':');
        if (colon == line.npos || response.headers.size() >= max_headers)
            return true;
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string_view value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        response.headers.emplace_back(std::move(name), value);
        return true;
    }

    bool end_head() {
        if (response.status < 200 || !request_.on_head || request_.on_head(response))
            return true;
        ended_early = true;
        return false;
    }

    bool take_body(ByteView bytes) {
        if (!response.succeeded()) { // of an error's text, the beginning will do
            const std::size_t room =
                max_error_body - std::min(max_error_body, response.body.size());
            bytes = bytes.first(std::min(bytes.size(), room));
            response.body.insert(response.body.end(), bytes.begin(), bytes.end());
            return true;
        }
        if (request_.target) {
            if (bytes.size() > request_.target->size() - response.received) {
                too_long = true;
                return false;
            }
            std::copy(bytes.begin(), bytes.end(),
                      request_.target->subspan(response.received).begin());
        } else {
            if (bytes.size() > request_.max_body - response.body.size()) {
                too_long = true;
                return false;
            }
            response.body.insert(response.body.end(), bytes.begin(), bytes.end());
        }
        response.received += bytes.size();
        return true;
    }

    std::size_t give_body(std::span<std::byte> target) {
        const std::int64_t left = request_.upload->size() - sent_;
        target =
            target.first(static_cast<std::size_t>(std::min(left, std::int64_t(target.size()))));
        const std::size_t got = target.empty() ? 0 : request_.upload->read(sent_, target);
        sent_ += static_cast<std::int64_t>(got);
        return got;
    }

    const HttpRequest& request_;
    std::int64_t sent_ = 0;
    curl_off_t moved_ = 0; ///< Bytes, in both directions.
    std::chrono::steady_clock::time_point moved_at_ = std::chrono::steady_clock::now();
};

/// Whether trying again can help.
bool is_passing(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_AGAIN:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
        return true;
    default:
        return false;
    }
}

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(handle, option, value); code != CURLE_OK)
        throw HttpError(std::string("libcurl: ") + curl_easy_strerror(code), false);
}

void set_body(CURL* handle, const HttpRequest& request, Transfer& transfer) {
    if (request.upload) {
        set(handle, CURLOPT_UPLOAD, 1L);
        set(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.upload->size()));
        set(handle, CURLOPT_READFUNCTION, &Transfer::on_read);
        set(handle, CURLOPT_READDATA, &transfer);
        set(handle, CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
        set(handle, CURLOPT_SEEKDATA, &transfer);
        // libcurl asks for leave to send; nobody waits for the answer, which would cost each PUT
        // a round trip.
        set(handle, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
    } else if (!request.form.empty()) {
        set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.form.size()));
        set(handle, CURLOPT_POSTFIELDS, request.form.c_str());
    } else if (request.method == "HEAD") {
        set(handle, CURLOPT_NOBODY, 1L);
    }
    if (!(request.upload && request.method == "PUT") && request.method != "HEAD")
        set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_limits(CURL* handle, const HttpRequest& request) {
    const auto left = std::chrono::duration_cast<Milliseconds>(request.deadline -
                                                               std::chrono::steady_clock::now());
    if (left.count() <= 0)
        throw HttpError("the deadline has passed", false);
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    set(handle, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::min(left, request.connect_timeout).count()));
}

void set_security(CURL* handle, const HttpRequest& request) {
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    set(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!request.ca_file.empty())
        set(handle, CURLOPT_CAINFO, request.ca_file.c_str());
    if (!request.through_proxy)
        set(handle, CURLOPT_NOPROXY, "*");
    if (const auto& signature = request.signature) {
        set(handle, CURLOPT_AWS_SIGV4, ("aws:amz:" + signature->region + ":s3").c_str());
        set(handle, CURLOPT_USERNAME, signature->access_key_id.c_str());
        set(handle, CURLOPT_PASSWORD, signature->secret.c_str());
    }
}

HeaderList make_headers(const std::vector<std::string>& lines) {
    HeaderList list;
    for (const std::string& line : lines) {
        if (std::any_of(line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }))
            throw HttpError("a header's value holds a control character", false);
        curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
        if (longer == nullptr)
            throw std::bad_alloc();
        list.release();
        list.reset(longer);
    }
    return list;
}

} // namespace

std::string_view HttpResponse::header(std::string_view name) const noexcept {
    for (const auto& [present, value] : headers)
        if (present == name)
            return value;
    return {};
}

HttpPool::HttpPool() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK)
        throw HttpError(std::string("libcurl: ") + curl_easy_strerror(started), false);
}

HttpPool::~HttpPool() = default;

void HttpPool::Free::operator()(void* handle) const noexcept {
    const NoBrokenPipe quiet; // closing a TLS connection writes to it
    curl_easy_cleanup(handle);
}

/// The handle that was used last: its connection is the likeliest to be still open.
HttpPool::Handle HttpPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            Handle handle = std::move(idle_.back());
            idle_.pop_back();
            return handle;
        }
    }
    Handle handle(curl_easy_init());
    if (!handle)
        throw std::bad_alloc();
    return handle;
}

void HttpPool::put_back(Handle handle) {
    curl_easy_reset(handle.get()); // forgets the secrets, keeps the connection
    const std::lock_guard lock(mutex_);
    if (idle_.size() < max_idle)
        idle_.push_back(std::move(handle));
}

HttpResponse HttpPool::perform(const HttpRequest& request) {
    const NoBrokenPipe quiet;
    Handle owner = take();
    CURL* const handle = owner.get();
    Transfer transfer(request);
    const HeaderList headers = make_headers(request.headers);
    std::array<char, CURL_ERROR_SIZE> reason{};

    set(handle, CURLOPT_ERRORBUFFER, reason.data());
    set(handle, CURLOPT_URL, request.url.c_str());
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(handle, CURLOPT_HTTPHEADER, headers.get());
    set(handle, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(handle, CURLOPT_HEADERDATA, &transfer);
    set(handle, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(handle, CURLOPT_WRITEDATA, &transfer);
    set(handle, CURLOPT_NOPROGRESS, 0L);
    set(handle, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    set(handle, CURLOPT_XFERINFODATA, &transfer);
    if (!request.range.empty())
        set(handle, CURLOPT_RANGE, request.range.c_str());
    set_body(handle, request, transfer);
    set_security(handle, request);
    set_limits(handle, request);

    const CURLcode code = curl_easy_perform(handle);
    put_back(std::move(owner));
    if (transfer.failure)
        std::rethrow_exception(transfer.failure);
    if (transfer.ended_early)
        return std::move(transfer.response);
    if (transfer.too_long)
        throw HttpError("the answer is longer than was asked for", false);
    if (transfer.stalled)
        throw HttpError("the connection stalls", true);
    if (code != CURLE_OK)
        throw HttpError(reason[0] != '\0' ? reason.data() : curl_easy_strerror(code),
                        is_passing(code));
    return std::move(transfer.response);
}

} // namespace thumbjobs
