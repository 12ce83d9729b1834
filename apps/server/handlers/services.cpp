#include "handlers/services.h"

#include "handlers/query.h"
#include "routes/problem.h"

#include <utility>

namespace thumbd {

void run_blocking(Services& services, const ExchangePtr& exchange,
                  std::function<void(http::Exchange&)> work, std::string job_id) {
    const bool posted = services.executor.post(
        [&services, exchange, work = std::move(work), job_id = std::move(job_id)] {
            if (exchange->client_gone())
                return;
            try {
                work(*exchange);
            } catch (const std::exception& error) {
                answer_error(services, *exchange, error, job_id);
            }
        });
    if (!posted)
        exchange->respond(to_response(
            {503, "overloaded", "Too many requests wait already; try again soon.", {}, 1}));
}

void answer_error(Services& services, http::Exchange& exchange, const std::exception& error,
                  std::string_view job_id) {
    if (const auto* bad = dynamic_cast<const BadRequest*>(&error)) {
        exchange.respond(to_response(bad->problem()));
        return;
    }
    Problem problem;
    std::string_view detail;
    if (const auto* known = dynamic_cast<const thumbjobs::Error*>(&error)) {
        problem = to_problem(*known, job_id);
        detail = known->detail();
    } else {
        problem =
            to_problem(thumbjobs::Error(thumbjobs::ErrorCode::internal, error.what()), job_id);
    }
    if (problem.status >= 500)
        services.logger.write(problem.status == 500 ? thumbjobs::LogLevel::error
                                                    : thumbjobs::LogLevel::warning,
                              error.what(),
                              {{"job_id", job_id},
                               {"request_id", exchange.request_id()},
                               {"code", problem.code},
                               {"detail", detail}});
    exchange.respond(to_response(problem));
}

void run_for_job(Services& services, const ExchangePtr& exchange,
                 std::function<void(http::Exchange&, const thumbjobs::JobId&)> work) {
    const auto id = thumbjobs::JobId::parse(exchange->argument(0));
    if (!id) {
        exchange->respond(to_response(no_such_job(exchange->argument(0))));
        return;
    }
    run_blocking(
        services, exchange,
        [id = *id, work = std::move(work)](http::Exchange& open) { work(open, id); },
        id->to_string());
}

} // namespace thumbd
