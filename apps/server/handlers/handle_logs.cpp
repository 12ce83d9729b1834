#include "handlers/answers.h"
#include "handlers/handlers.h"
#include "routes/json_text.h"

#include <thumbjobs/time.h>

#include <string>
#include <utility>
#include <vector>

namespace thumbd {
namespace {

struct LogRequest {
    thumbjobs::LogQuery query;
    bool as_text = false;
};

LogRequest log_request(const Parameters& parameters) {
    LogRequest request;
    if (const auto level = parameters.text("level")) {
        const auto least = thumbjobs::parse_log_level(*level);
        if (!least)
            throw BadRequest(bad_parameter("level", *level, "debug, info, warning or error"));
        request.query.min_level = *least;
    }
    if (const auto since = parameters.text("since")) {
        request.query.since = thumbjobs::parse_time(*since);
        if (!request.query.since)
            throw BadRequest(bad_parameter("since", *since, "a time as 2026-01-31T09:30:00Z"));
    }
    request.query.limit = static_cast<int>(parameters.integer("limit", 1, 1000).value_or(200));
    if (const auto format = parameters.text("format")) {
        if (*format != "json" && *format != "text")
            throw BadRequest(bad_parameter("format", *format, "json or text"));
        request.as_text = *format == "text";
    }
    return request;
}

std::string line_json(const thumbjobs::LogLine& line) {
    JsonObject object;
    object.add("sequence", static_cast<std::int64_t>(line.sequence))
        .add("time", thumbjobs::format_time(line.time))
        .add("level", to_string(line.level))
        .add("job_id", line.job.to_string())
        .add("status", to_string(line.state))
        .add("message", line.message)
        .add("worker", line.worker)
        .add("request_id", line.request_id);
    return object.text();
}

std::string line_text(const thumbjobs::LogLine& line) {
    std::string level(to_string(line.level));
    level.resize(8, ' ');
    std::string text = thumbjobs::format_time(line.time) + ' ' + level + line.message +
                       " job_id=" + line.job.to_string() +
                       " status=" + std::string(to_string(line.state));
    if (!line.worker.empty())
        text += " worker=" + line.worker;
    if (!line.request_id.empty())
        text += " request_id=" + line.request_id;
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20)
            c = ' ';
    return text + '\n';
}

void answer_lines(http::Exchange& exchange, const std::vector<thumbjobs::LogLine>& lines,
                  bool as_text) {
    std::string text;
    for (const auto& line : lines) {
        if (as_text)
            text += line_text(line);
        else
            text += (text.empty() ? "" : ",\n") + line_json(line);
    }
    if (as_text)
        answer_text(exchange, 200, text);
    else
        answer_json(exchange, 200, R"({"lines":[)" + text + "]}");
}

} // namespace

void handle_logs(Services& services, const ExchangePtr& exchange) {
    const auto parameters = parameters_of(*exchange);
    auto request = log_request(parameters);
    if (const auto job = parameters.text("job")) {
        request.query.job = thumbjobs::JobId::parse(*job);
        if (!request.query.job)
            throw BadRequest(bad_parameter("job", *job, "a job's id"));
    }
    run_blocking(services, exchange, [&services, request](http::Exchange& open) {
        answer_lines(open, services.engine.logs(request.query), request.as_text);
    });
}

void handle_job_logs(Services& services, const ExchangePtr& exchange) {
    auto request = log_request(parameters_of(*exchange));
    run_for_job(services, exchange,
                [&services, request](http::Exchange& open, const thumbjobs::JobId& id) mutable {
                    request.query.job = id;
                    if (services.engine.get(id))
                        answer_lines(open, services.engine.logs(request.query), request.as_text);
                    else
                        open.respond(to_response(no_such_job(id.to_string())));
                });
}

} // namespace thumbd
