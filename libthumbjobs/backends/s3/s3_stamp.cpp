#include "backends/s3/s3_stamp.h"

#include "backends/common/storage_checks.h"
#include "backends/s3/s3_answers.h"
#include "src/random.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <thread>

namespace thumbjobs {
namespace {

constexpr const char* only_if_absent = "If-None-Match: *";

} // namespace

std::optional<S3Stamp::Reading> S3Stamp::read() {
    const HttpResponse response =
        client_.send({.key = client_.settings().prefix + "stamp", .max_body = 1024});
    if (response.status == 404)
        return std::nullopt;
    Reading reading{std::string(response.text()), client_.settings().settle};
    if (!response.succeeded() || !is_store_id(reading.id))
        throw Error(ErrorCode::storage_unavailable, "The image storage's stamp is damaged.",
                    client_.settings().describe());
    const auto now = date_of(response);
    const auto written = parse_http_date(response.header("last-modified"));
    if (now && written)
        reading.age = std::max(*now - *written, Milliseconds(0));
    return reading;
}

/// Writes the stamp; false if another one stands there already.
bool S3Stamp::write(const std::string& store_id, bool conditional) {
    const BlobPtr blob = copy_blob(as_bytes(store_id));
    S3Call call{.method = "PUT",
                .key = client_.settings().prefix + "stamp",
                .headers = {"Content-Type: text/plain"},
                .upload = blob.get()};
    if (conditional)
        call.headers.emplace_back(only_if_absent);
    return client_.send(call).succeeded();
}

/// Whether a conditional PUT over an object is refused, tried on an object made for it.
bool S3Stamp::server_decides() {
    const BlobPtr blob = copy_blob(as_bytes("thumbjobs"));
    S3Call put{.method = "PUT",
               .key = client_.settings().prefix + "checks/" + random_hex(16),
               .headers = {"Content-Type: text/plain"},
               .upload = blob.get()};
    client_.send(put);
    put.headers.emplace_back(only_if_absent);
    bool refused = false;
    try {
        refused = client_.send(put).status == 412;
    } catch (const Error&) { // some servers refuse the header itself: they do not decide, either
        client_.send({.method = "DELETE", .key = put.key});
        return false;
    }
    client_.send({.method = "DELETE", .key = put.key});
    return refused;
}

/// The word of the last writer, once no other can come.
std::string S3Stamp::settled(const Reading& reading) {
    const Milliseconds settle = client_.settings().settle;
    if (reading.age > settle + std::chrono::seconds(1))
        return reading.id;
    std::this_thread::sleep_for(settle);
    if (const auto again = read())
        return again->id;
    throw_gone();
}

void S3Stamp::throw_gone() const {
    throw Error(ErrorCode::storage_unavailable, "The image storage's stamp is gone again.",
                client_.settings().describe());
}

std::string S3Stamp::take(const std::string& store_id) {
    const Milliseconds settle = client_.settings().settle;
    auto present = read();
    if (present && present->age > settle + std::chrono::seconds(1))
        return present->id;
    const bool decided = server_decides();
    if (!present && decided) {
        if (write(store_id, true))
            return store_id;
        present = read();
    } else if (!present) {
        const auto looked = std::chrono::steady_clock::now();
        present = read();
        if (!present) {
            write(store_id, false);
            if (std::chrono::steady_clock::now() - looked > settle / 2)
                throw Error(ErrorCode::storage_unavailable,
                            "The image storage is too slow to be stamped safely now.",
                            client_.settings().describe());
            present = read();
        }
    }
    if (!present)
        throw_gone();
    return decided ? present->id : settled(*present);
}

} // namespace thumbjobs
