#pragma once

#include "http.h"
#include "mailbox.h"
#include "raw_client.h"

#include <QTemporaryDir>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace thumbd::test {

/// A server on a free port with small routes that show what the gate does:
///
///   GET  /hello          "hello"
///   GET  /status/<arg>   that status, with a body
///   GET  /about          what the exchange knows about the request, a line each
///   POST /echo           the body, at most 64 KiB of it
///   POST /up             "BYTES memory" or "BYTES file", at most `max_upload`
///   GET  /held           is put into `held`, for the test to answer
///   GET  /throw, /drop   handlers that throw or forget to answer
///   GET  /stream/<arg>   that many bytes from a producer that answers at once
///   GET  /events         an event stream, put into `streams`
///   *    /refused        401 by the policy
///
/// Access records and what the handlers' failures said are collected.
class TestGate {
public:
    static constexpr std::uint64_t max_upload = 64ull << 20;

    explicit TestGate(http::Limits limits = {}, http::ListenOptions listen = default_listen());

    static http::ListenOptions default_listen();

    RawClient client(int receive_buffer = 0) const {
        return RawClient(pool->port(), receive_buffer);
    }

    QTemporaryDir spool_directory;
    Mailbox<std::shared_ptr<http::Exchange>> held;
    Mailbox<std::shared_ptr<http::EventStream>> streams;
    Mailbox<http::AccessRecord> records;
    Mailbox<std::string> failures;
    std::atomic<std::uint64_t> produced{0}; ///< Bytes that /stream's producers have given.
    std::unique_ptr<http::ServerPool> pool; ///< Ends before what its handlers refer to.

private:
    void add_routes(QHttpServer& server);
};

/// Kilobytes that the process holds in memory now, or at most since reset_peak_memory().
long resident_memory();
long peak_memory();
void reset_peak_memory();

} // namespace thumbd::test
