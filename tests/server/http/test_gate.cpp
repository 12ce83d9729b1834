#include "test_gate.h"

#include <QHttpServer>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace thumbd::test {

using namespace http;

namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

BodyPolicy policy(const RequestHead& head, const Peer& /*peer*/) {
    BodyPolicy policy;
    if (head.path == "/up") {
        policy.max_bytes = TestGate::max_upload;
        policy.spool = true;
        policy.route = "/up";
    } else if (head.path == "/refused") {
        policy.refuse = Response{401, {{"WWW-Authenticate", "Bearer"}}, "no"};
    }
    return policy;
}

long memory_line(const char* name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name)) {
            return std::stol(line.substr(line.find(':') + 1));
        }
    }
    return 0;
}

} // namespace

ListenOptions TestGate::default_listen() {
    ListenOptions listen;
    listen.address = "127.0.0.1:0";
    return listen;
}

TestGate::TestGate(Limits limits, ListenOptions listen) {
    GateOptions options;
    options.limits = std::move(limits);
    options.limits.spool_directory = spool_directory.path().toStdString();
    options.hooks.policy = policy;
    options.hooks.common_headers = [](const RequestContext& context, Headers& headers) {
        headers.set("X-Request-Id", context.request_id);
    };
    options.hooks.access_log = [this](const AccessRecord& record) { records.put(record); };
    options.hooks.handler_failed = [this](const RequestContext&, const std::string& what) {
        failures.put(what);
    };
    pool = std::make_unique<ServerPool>(std::move(listen), std::move(options),
                                        [this](QHttpServer& server) { add_routes(server); });
}

void TestGate::add_routes(QHttpServer& server) {
    using Method = QHttpServerRequest::Method;
    const Headers text{{"Content-Type", "text/plain"}};
    route(server, "/hello", Method::Get,
          [text](const ExchangePtr& exchange) { exchange->respond(200, text, "hello"); });
    route(server, "/status/<arg>", Method::Get, [text](const ExchangePtr& exchange) {
        exchange->respond(std::stoi(exchange->argument(0)), text, "body");
    });
    route(server, "/about", Method::Get, [text](const ExchangePtr& exchange) {
        std::ostringstream about;
        about << exchange->method() << '\n'
              << exchange->query() << '\n'
              << exchange->header("x-test") << '\n'
              << exchange->peer().address << '\n'
              << exchange->tls() << '\n'
              << exchange->request_id() << '\n';
        exchange->respond(200, text, QByteArray::fromStdString(about.str()));
    });
    route(server, "/echo", Method::Post, [text](const ExchangePtr& exchange) {
        exchange->respond(200, text, exchange->take_body().memory);
    });
    route(server, "/up", Method::Post, [text](const ExchangePtr& exchange) {
        const Body body = exchange->take_body();
        const std::string answer =
            std::to_string(body.size) + (body.in_file() ? " file" : " memory");
        exchange->respond(202, text, QByteArray::fromStdString(answer));
    });
    route(server, "/held", Method::Get,
          [this](const ExchangePtr& exchange) { held.put(exchange); });
    route(server, "/throw", Method::Get,
          [](const ExchangePtr&) { throw std::runtime_error("thrown on purpose"); });
    route(server, "/drop", Method::Get, [](const ExchangePtr&) {});
    route(server, "/stream/<arg>", Method::Get, [this, text](const ExchangePtr& exchange) {
        exchange->respond_stream(200, text, std::stoull(exchange->argument(0)),
                                 [this](std::size_t most, const ChunkSink& deliver) {
                                     produced += most;
                                     deliver(QByteArray(static_cast<qsizetype>(most), 's'));
                                 });
    });
    route(server, "/events", Method::Get,
          [this](const ExchangePtr& exchange) { streams.put(exchange->begin_event_stream({})); });
}

long resident_memory() {
    return memory_line("VmRSS");
}

long peak_memory() {
    return memory_line("VmHWM");
}

void reset_peak_memory() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

} // namespace thumbd::test
