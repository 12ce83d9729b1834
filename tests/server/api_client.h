#pragma once

#include "http/raw_client.h"

#include <thumbjobs/blob.h>

#include <QJsonObject>
#include <QString>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thumbd::test {

struct Answer : RawResponse {
    QJsonObject json() const;

    /// A member of the JSON body, as text.
    QString text(const char* member) const;

    /// `code` of a problem document; empty if the answer is none, or does not keep its form.
    QString problem_code() const;
};

/// Talks to a thumbd on loopback over one keep-alive connection, opened again where needed. One
/// thread at a time.
class ApiClient {
public:
    explicit ApiClient(std::uint16_t port) : port_(port) {}

    std::string host = "localhost"; ///< Of the Host field.
    std::string token;              ///< Sent as bearer token unless empty.

    /// `headers` are whole lines, each with its CRLF.
    Answer request(std::string_view method, std::string_view target, std::string_view headers = {},
                   std::string_view body = {});

    Answer get(std::string_view target, std::string_view headers = {}) {
        return request("GET", target, headers);
    }
    Answer post(std::string_view target, std::string_view body = {},
                std::string_view headers = {}) {
        return request("POST", target, headers, body);
    }
    Answer remove(std::string_view target) { return request("DELETE", target); }

    /// POSTs an image as application/octet-stream.
    Answer submit(const thumbjobs::Bytes& image, std::string_view query = {},
                  std::string_view headers = {});

    /// Submits and waits for the end; the job, empty if it did not succeed.
    QJsonObject submit_and_wait(const thumbjobs::Bytes& image, std::string_view query = {});

private:
    const std::uint16_t port_;
    std::optional<RawClient> connection_;
};

/// The characters of an image file.
std::string_view text_of(const thumbjobs::Bytes& bytes);

/// The value of a metric, by its name with labels, in Prometheus' text; 0 if it is not there.
double metric(const std::string& text, const QString& name);

/// `/v1/jobs/<id of the job><rest>`
std::string path_of(const QJsonObject& job, std::string_view rest = {});

} // namespace thumbd::test
