#include "handlers/answers.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/query.h"
#include "handlers/submit_options.h"
#include "routes/json_text.h"

#include <thumbjobs/engine.h>

#include <utility>

namespace thumbd {
namespace {

thumbjobs::ListQuery list_query(const Parameters& parameters) {
    thumbjobs::ListQuery query;
    for (const auto& name : parameters.list("status")) {
        const auto state = thumbjobs::parse_job_state(name);
        if (!state)
            throw BadRequest(bad_parameter("status", name,
                                           "queued, processing, succeeded, failed and cancelled"));
        query.states.push_back(*state);
    }
    query.limit = static_cast<int>(parameters.integer("limit", 1, 500).value_or(50));
    query.cursor = parameters.text("cursor").value_or("");
    if (const auto order = parameters.text("order")) {
        if (*order != "asc" && *order != "desc")
            throw BadRequest(bad_parameter("order", *order, "asc or desc"));
        query.ascending = *order == "asc";
    }
    return query;
}

std::string page_json(const thumbjobs::JobPage& page) {
    std::string text = R"({"jobs":[)";
    for (const auto& job : page.jobs) {
        if (&job != &page.jobs.front())
            text += ',';
        text += job_json(job);
    }
    text += R"(],"next_cursor":)" +
            (page.next_cursor.empty() ? "null" : json_quoted(page.next_cursor)) +
            R"(,"events_cursor":)" + json_quoted(page.events_cursor) + '}';
    return text;
}

/// Calls that change one job and answer with it.
void change_job(Services& services, const ExchangePtr& exchange,
                thumbjobs::Job (thumbjobs::Engine::*change)(const thumbjobs::JobId&)) {
    parameters_of(*exchange);
    run_for_job(services, exchange,
                [&services, change](http::Exchange& open, const thumbjobs::JobId& id) {
                    answer_job(open, 200, (services.engine.*change)(id));
                });
}

} // namespace

void handle_list_jobs(Services& services, const ExchangePtr& exchange) {
    auto query = list_query(parameters_of(*exchange));
    run_blocking(services, exchange, [&services, query = std::move(query)](http::Exchange& open) {
        answer_json(open, 200, page_json(services.engine.list(query)));
    });
}

void handle_get_job(Services& services, const ExchangePtr& exchange) {
    const auto parameters = parameters_of(*exchange);
    const auto longest = parameters.text("wait");
    const auto timeout = longest ? parse_wait("wait", *longest) : thumbjobs::Milliseconds(0);
    run_for_job(
        services, exchange, [&services, timeout](http::Exchange& open, const thumbjobs::JobId& id) {
            const auto wait = begin_wait(services, timeout);
            auto job = services.engine.get(id);
            if (!job)
                open.respond(to_response(no_such_job(id.to_string())));
            else
                answer_when_ended(services, open.shared_from_this(), std::move(*job), wait, 200);
        });
}

void handle_delete_job(Services& services, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    run_for_job(services, exchange, [&services](http::Exchange& open, const thumbjobs::JobId& id) {
        services.engine.remove(id);
        open.respond(204, {});
    });
}

void handle_cancel_job(Services& services, const ExchangePtr& exchange) {
    change_job(services, exchange, &thumbjobs::Engine::cancel);
}

void handle_retry_job(Services& services, const ExchangePtr& exchange) {
    change_job(services, exchange, &thumbjobs::Engine::retry);
}

} // namespace thumbd
