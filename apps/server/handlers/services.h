#pragma once

#include "auth/tokens.h"
#include "config/settings.h"
#include "executor.h"
#include "http/exchange.h"
#include "logging/logger.h"
#include "metrics/metrics.h"
#include "routes/guard.h"

#include <thumbjobs/engine.h>

#include <atomic>
#include <functional>
#include <memory>

namespace thumbd {

class EventHub;
class JobWaiters;

using ExchangePtr = std::shared_ptr<http::Exchange>;

/// What handlers work with; all of it outlives them. Thread-safe as its parts are.
struct Services {
    const Settings& settings;
    thumbjobs::Engine& engine;
    Executor& executor;
    Tokens& tokens;
    RouteGuard& guard;
    Logger& logger;
    Metrics& metrics;
    JobWaiters& waiters;
    EventHub& events;
    const std::atomic<bool>& draining;
    std::function<MetricsSnapshot()> snapshot;
};

/// Runs `work` on the executor: it may call the engine, and answers the exchange. An Error out of
/// it is answered as its problem, with `job_id` if given, anything else with 500. A full executor
/// answers 503, a client that has gone meanwhile spares the work.
void run_blocking(Services& services, const ExchangePtr& exchange,
                  std::function<void(http::Exchange&)> work, std::string job_id = {});

/// Answers with the problem that `error` is to the client; faults of ours go to the log.
void answer_error(Services& services, http::Exchange& exchange, const std::exception& error,
                  std::string_view job_id = {});

/// run_blocking() for a call about the job whose id is the route's first path parameter. Answers
/// 404 for text that is none: ids are opaque, so a malformed one is merely unknown.
void run_for_job(Services& services, const ExchangePtr& exchange,
                 std::function<void(http::Exchange&, const thumbjobs::JobId&)> work);

} // namespace thumbd
