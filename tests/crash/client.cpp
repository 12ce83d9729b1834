#include "crash/client.h"

#include "support/http_client.h"

#include <boost/json.hpp>

#include <stdexcept>

namespace thumbjobs::test {
namespace {

namespace json = boost::json;

SeenJob read_job(const json::value& value) {
    return {.id = json::value_to<std::string>(value.at("id")),
            .status = json::value_to<std::string>(value.at("status")),
            .attempts = static_cast<int>(value.at("attempts").to_number<int>()),
            .crashes = static_cast<int>(value.at("crashes").to_number<int>())};
}

/// One request; nothing if the connection broke off.
std::optional<HttpAnswer> ask(std::uint16_t port, std::string_view method,
                              const std::string& target, const std::string& headers = {},
                              ByteView body = {}) {
    try {
        return HttpClient(port).request(method, target, headers, body);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

[[noreturn]] void unexpected(const std::string& call, const HttpAnswer& answer) {
    throw std::runtime_error(call + " answered " + std::to_string(answer.status) + ": " +
                             answer.body.substr(0, 300));
}

HttpAnswer require(std::uint16_t port, const std::string& target) {
    const auto answer = ask(port, "GET", target);
    if (!answer)
        throw std::runtime_error("GET " + target + " was not answered");
    if (answer->status != 200)
        unexpected("GET " + target, *answer);
    return *answer;
}

} // namespace

std::optional<std::string> Client::submit(ByteView image, const std::string& key) const {
    const auto answer =
        ask(port_, "POST", "/v1/jobs",
            "Content-Type: application/octet-stream\r\nIdempotency-Key: " + key + "\r\n", image);
    if (!answer)
        return std::nullopt;
    if (answer->status == 503) // it is going down, and says so
        return std::nullopt;
    if (answer->status != 202 && answer->status != 200)
        unexpected("POST /v1/jobs", *answer);
    return read_job(json::parse(answer->body)).id;
}

bool Client::remove(const std::string& id) const {
    const auto answer = ask(port_, "DELETE", "/v1/jobs/" + id);
    return answer && answer->status == 204;
}

bool Client::cancel(const std::string& id) const {
    const auto answer = ask(port_, "POST", "/v1/jobs/" + id + "/cancel");
    return answer && answer->status == 200;
}

std::optional<SeenJob> Client::job(const std::string& id) const {
    const auto answer = ask(port_, "GET", "/v1/jobs/" + id);
    if (!answer || answer->status == 404)
        return std::nullopt;
    if (answer->status != 200)
        unexpected("GET /v1/jobs/" + id, *answer);
    return read_job(json::parse(answer->body));
}

std::vector<SeenJob> Client::list(const std::string& status) const {
    std::vector<SeenJob> jobs;
    std::string cursor;
    do {
        const std::string target = "/v1/jobs?limit=500" +
                                   (status.empty() ? "" : "&status=" + status) +
                                   (cursor.empty() ? "" : "&cursor=" + cursor);
        const json::value page = json::parse(require(port_, target).body);
        for (const json::value& job : page.at("jobs").as_array())
            jobs.push_back(read_job(job));
        const json::value& next = page.at("next_cursor");
        cursor = next.is_null() ? "" : json::value_to<std::string>(next);
    } while (!cursor.empty());
    return jobs;
}

std::map<std::string, std::int64_t> Client::counts() const {
    const json::value stats = json::parse(require(port_, "/v1/stats").body);
    std::map<std::string, std::int64_t> result;
    for (const auto& [state, count] : stats.at("jobs").as_object())
        result[std::string(state)] = count.to_number<std::int64_t>();
    return result;
}

std::string Client::thumbnail(const std::string& id) const {
    const auto answer = ask(port_, "GET", "/v1/jobs/" + id + "/thumbnail");
    return answer && answer->status == 200 ? answer->body : std::string();
}

int Client::successes(const std::string& id) const {
    const json::value log = json::parse(require(port_, "/v1/jobs/" + id + "/logs").body);
    int count = 0;
    for (const json::value& line : log.at("lines").as_array())
        count += line.at("status").as_string() == "succeeded" ? 1 : 0;
    return count;
}

} // namespace thumbjobs::test
