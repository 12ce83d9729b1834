#pragma once

#include "handlers/services.h"
#include "routes/route_table.h"

class QHttpServer;

namespace thumbd {

/// Answers one call, at once or later. On the exchange's loop thread; does not block.
using RouteHandler = void (*)(Services& services, const ExchangePtr& exchange);

// handle_submit.cpp
void handle_submit(Services& services, const ExchangePtr& exchange);

// handle_jobs.cpp
void handle_list_jobs(Services& services, const ExchangePtr& exchange);
void handle_get_job(Services& services, const ExchangePtr& exchange);
void handle_delete_job(Services& services, const ExchangePtr& exchange);
void handle_cancel_job(Services& services, const ExchangePtr& exchange);
void handle_retry_job(Services& services, const ExchangePtr& exchange);

// handle_images.cpp
void handle_thumbnail(Services& services, const ExchangePtr& exchange);
void handle_rendition(Services& services, const ExchangePtr& exchange);
void handle_original(Services& services, const ExchangePtr& exchange);

// handle_events.cpp
void handle_events(Services& services, const ExchangePtr& exchange);

// handle_logs.cpp
void handle_logs(Services& services, const ExchangePtr& exchange);
void handle_job_logs(Services& services, const ExchangePtr& exchange);

// handle_ops.cpp
void handle_stats(Services& services, const ExchangePtr& exchange);
void handle_metrics(Services& services, const ExchangePtr& exchange);
void handle_alive(Services& services, const ExchangePtr& exchange);
void handle_ready(Services& services, const ExchangePtr& exchange);
void handle_openapi(Services& services, const ExchangePtr& exchange);

// handle_session.cpp
void handle_get_session(Services& services, const ExchangePtr& exchange);
void handle_open_session(Services& services, const ExchangePtr& exchange);
void handle_close_session(Services& services, const ExchangePtr& exchange);

// handle_assets.cpp
void handle_asset(Services& services, const ExchangePtr& exchange);

/// Registers every row of the route table, and the static assets, with a loop's server.
void register_routes(QHttpServer& server, Services& services);

} // namespace thumbd
