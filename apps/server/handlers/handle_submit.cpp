#include "handlers/answers.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/submit_options.h"
#include "handlers/upload.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace thumbd {
namespace {

/// Everything that the head says of a submit.
thumbjobs::SubmitRequest request_from_head(const http::Exchange& exchange) {
    thumbjobs::SubmitRequest request;
    apply_submit_parameters(parameters_of(exchange), request);
    if (const auto key = exchange.head().headers.find("Idempotency-Key")) {
        if (key->empty())
            throw BadRequest(
                bad_parameter("Idempotency-Key", *key, "1 to 255 printable ASCII characters"));
        request.idempotency_key = *key;
    }
    request.request_id = exchange.request_id();
    request.traceparent = exchange.context().traceparent;
    return request;
}

/// Whole seconds, as Preference-Applied states them.
std::string seconds_text(thumbjobs::Milliseconds time) {
    return std::to_string((time.count() + 999) / 1000);
}

void submit(Services& services, const ExchangePtr& exchange, thumbjobs::SubmitRequest& request,
            std::optional<thumbjobs::Milliseconds> preferred) {
    read_upload(exchange->take_body(), exchange->header("Content-Type"), request);
    const auto wait = begin_wait(services, preferred.value_or(thumbjobs::Milliseconds(0)));
    auto result = services.engine.submit(request);
    request.image.reset();
    services.metrics.observe_stage("receive", exchange->receive_duration());
    http::Headers headers{{"Location", job_path(result.job.id)}};
    if (preferred)
        headers.add("Preference-Applied",
                    "wait=" + seconds_text(std::min(*preferred, services.settings.max_wait)));
    if (!result.created)
        headers.add("Idempotency-Replayed", "true");
    const int unfinished_status = result.created ? 202 : 200;
    if (preferred)
        answer_when_ended(services, exchange, std::move(result.job), wait, unfinished_status,
                          std::move(headers));
    else
        answer_job(*exchange, unfinished_status, result.job, std::move(headers));
}

} // namespace

void handle_submit(Services& services, const ExchangePtr& exchange) {
    check_upload_type(exchange->header("Content-Type"));
    auto request = std::make_shared<thumbjobs::SubmitRequest>(request_from_head(*exchange));
    const auto wait = preferred_wait(exchange->header("Prefer"));
    run_blocking(services, exchange, [&services, request, wait](http::Exchange& open) {
        submit(services, open.shared_from_this(), *request, wait);
    });
}

} // namespace thumbd
