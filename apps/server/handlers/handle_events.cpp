#include "events/event_hub.h"
#include "handlers/answers.h"
#include "handlers/handlers.h"

#include <utility>

namespace thumbd {
namespace {

EventFilter filter_of(const Parameters& parameters) {
    EventFilter filter;
    if (const auto job = parameters.text("job")) {
        filter.job = thumbjobs::JobId::parse(*job);
        if (!filter.job)
            throw BadRequest(bad_parameter("job", *job, "a job's id"));
    }
    for (const auto& name : parameters.list("status")) {
        const auto state = thumbjobs::parse_job_state(name);
        if (!state)
            throw BadRequest(bad_parameter("status", name,
                                           "queued, processing, succeeded, failed and cancelled"));
        filter.states.push_back(*state);
    }
    return filter;
}

} // namespace

void handle_events(Services& services, const ExchangePtr& exchange) {
    const auto parameters = parameters_of(*exchange);
    auto since = parameters.text("since");
    if (const auto id = parameters.text("last_event_id"))
        since = id;
    // A browser that reconnects knows better than the URL it was first given.
    if (const auto id = exchange->header("Last-Event-ID"); !id.empty())
        since = std::string(id);
    services.events.open(exchange, filter_of(parameters), std::move(since));
}

} // namespace thumbd
