#include "backends/s3/s3_client.h"

#include "backends/s3/credential_sources.h"
#include "backends/s3/s3_answers.h"
#include "backends/s3/s3_encoding.h"
#include "src/backoff.h"
#include "src/random.h"
#include "src/sha256.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <thread>
#include <utility>

namespace thumbjobs {
namespace {

template <std::size_t Count>
bool is_one_of(std::string_view code, const std::array<std::string_view, Count>& codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// The server asks for less, or for another try.
bool is_passing(int status, std::string_view code) {
    constexpr std::array<std::string_view, 9> codes{
        "SlowDown",        "Throttling",           "ThrottlingException",
        "TooManyRequests", "RequestLimitExceeded", "RequestTimeout",
        "InternalError",   "OperationAborted",     "ConditionalRequestConflict"};
    return (status >= 500 && status != 501 && status != 507) || status == 429 || status == 408 ||
           is_one_of(code, codes);
}

bool is_expired(std::string_view code) {
    constexpr std::array<std::string_view, 4> codes{"ExpiredToken", "ExpiredTokenException",
                                                    "InvalidToken", "TokenRefreshRequired"};
    return is_one_of(code, codes);
}

bool is_full(int status, std::string_view code) {
    constexpr std::array<std::string_view, 4> codes{"QuotaExceeded", "XMinioStorageFull",
                                                    "ServiceQuotaExceeded", "EntityTooLarge"};
    return status == 507 || is_one_of(code, codes);
}

/// What a code of the server's means to whoever set the storage up.
std::string_view hint(int status, std::string_view code) {
    if (code == "SignatureDoesNotMatch" || code == "InvalidAccessKeyId")
        return ": the credentials are not valid there";
    if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect" ||
        code == "TemporaryRedirect" || status == 301 || status == 307)
        return ": the bucket is in another region, or has another endpoint";
    if (code == "RequestTimeTooSkewed")
        return ": this machine's clock is wrong";
    if (code == "NoSuchBucket" || status == 404)
        return ": the bucket does not exist";
    if (is_expired(code))
        return ": the credentials have expired";
    if (code == "AccessDenied" || status == 403)
        return ": the credentials do not allow it";
    return "";
}

/// Seconds of Retry-After, if that is what it holds.
Milliseconds retry_after(const HttpResponse& response) {
    const std::string_view text = response.header("retry-after");
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size())
        return Milliseconds(0);
    return std::chrono::seconds(std::clamp(seconds, 0, 60));
}

std::string what_was_asked(const S3Call& call) {
    return call.method + ' ' + (call.key.empty() ? "the bucket" : call.key);
}

} // namespace

/// Why an attempt failed.
struct S3Client::Failure {
    Error error{ErrorCode::storage_unavailable, "The image storage was not asked."};
    bool again = false;
    bool credentials_refused = false; ///< New ones are at hand: try at once.
    Milliseconds wait{0};             ///< As the server asks.
};

S3Client::S3Client(S3Settings settings, const Variables& variables, const Clock& clock)
    : settings_(std::move(settings)),
      credentials_(find_credential_source(settings_, variables, pool_), clock) {}

HttpRequest S3Client::make_request(const S3Call& call, const std::string& payload_hash,
                                   const Credentials& credentials, Deadline deadline) const {
    HttpRequest request;
    request.method = call.method;
    request.url = settings_.bucket_url();
    if (!call.key.empty())
        request.url += '/' + s3_encode(call.key, true);
    else if (settings_.virtual_host)
        request.url += '/';
    if (!call.query.empty())
        request.url += '?' + s3_query(call.query);
    request.headers = call.headers;
    request.headers.push_back("x-amz-content-sha256: " + payload_hash);
    if (!credentials.session_token.empty())
        request.headers.push_back("x-amz-security-token: " + credentials.session_token);
    request.range = call.range;
    request.upload = call.upload;
    request.signature =
        HttpSignature{settings_.region, credentials.access_key_id, credentials.secret};
    request.ca_file = settings_.ca_file;
    request.through_proxy = true;
    request.deadline = deadline;
    // A stalled connection leaves time for others.
    request.stall =
        std::clamp(std::chrono::duration_cast<std::chrono::seconds>(settings_.timeout / 3),
                   std::chrono::seconds(1), std::chrono::seconds(10));
    request.connect_timeout =
        std::clamp(settings_.timeout / 3, Milliseconds(500), Milliseconds(5'000));
    request.on_head = call.on_head;
    request.target = call.target;
    request.max_body = call.max_body;
    return request;
}

std::optional<HttpResponse> S3Client::attempt(const S3Call& call, const std::string& payload_hash,
                                              Deadline deadline, Failure& failure) {
    const auto credentials = credentials_.get(deadline);
    HttpResponse response;
    try {
        response = pool_.perform(make_request(call, payload_hash, *credentials, deadline));
    } catch (const HttpError& error) {
        failure = {Error(ErrorCode::storage_unavailable, "The image storage does not answer.",
                         what_was_asked(call) + ": " + error.what()),
                   error.again()};
        return std::nullopt;
    }
    const int status = response.status;
    const std::string code = parse_error_code_of(response.text());
    const bool of_object = !call.key.empty() && code != "NoSuchBucket";
    if (response.succeeded() || status == 412 || status == 416 || (status == 404 && of_object))
        return response;

    const std::string shown = std::to_string(status) + (code.empty() ? "" : " (" + code + ')');
    if (is_full(status, code)) {
        failure = {Error(ErrorCode::storage_full,
                         "The image storage is full: it answers " + shown + '.',
                         what_was_asked(call))};
        return std::nullopt;
    }
    failure = {Error(ErrorCode::storage_unavailable,
                     "The image storage answers " + shown + std::string(hint(status, code)) + '.',
                     what_was_asked(call)),
               is_passing(status, code), false, retry_after(response)};
    // HEAD has no text that would say why; to ask for new credentials costs little.
    if (is_expired(code) || (status == 403 && credentials->expires && call.method == "HEAD")) {
        credentials_.reject(credentials);
        failure.again = failure.credentials_refused = true;
    }
    return std::nullopt;
}

/// Waits before the next attempt; false if the deadline would pass.
bool S3Client::pause(int attempt, const Failure& failure, Deadline deadline) const {
    RetryPolicy policy;
    policy.base_delay = settings_.first_pause;
    policy.max_delay = settings_.longest_pause;
    const Milliseconds delay = std::max(failure.wait, retry_delay(policy, attempt, random_u64()));
    if (std::chrono::steady_clock::now() + delay >= deadline)
        return false;
    std::this_thread::sleep_for(delay);
    return true;
}

HttpResponse S3Client::send(const S3Call& call) {
    const Deadline deadline = std::chrono::steady_clock::now() + settings_.timeout;
    // Of the whole body, before a byte is sent: a source that breaks leaves nothing at the server,
    // and the server notices any byte that is lost.
    const std::string payload_hash =
        call.upload ? sha256_hex(*call.upload) : sha256_hex(ByteView());
    const int most = call.max_attempts > 0 ? call.max_attempts : settings_.max_attempts;
    Failure failure;
    bool renewed = false;
    for (int count = 1;; ++count) {
        if (auto response = attempt(call, payload_hash, deadline, failure))
            return std::move(*response);
        if (failure.credentials_refused && !renewed) {
            renewed = true;
            continue;
        }
        if (!failure.again || count >= most || !pause(count, failure, deadline))
            throw failure.error;
    }
}

} // namespace thumbjobs
