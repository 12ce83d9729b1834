#pragma once

/// The HTTP layer of thumbd: a strict gate in front of Qt's QHttpServer. Reading order:
///
///   headers.h, request_head.h  what a request consists of
///   framing.h, target.h        bytes to requests, strictly (no Qt)
///   multipart.h                multipart/form-data (no Qt); multipart_body.h on top of Body
///   options.h                  limits, time-outs and the application's hooks
///   trace.h                    W3C trace contexts
///   body.h, spool_file.h       a received body, in memory or in a file
///   exchange.h, event_stream.h what a handler works with
///   routing.h                  registering handlers with QHttpServer
///   server_pool.h              listening, threads, drain
///
/// Behind them: connection.h (the virtual socket that QHttpServer reads from and writes to),
/// wire.h (the real socket), gate_server.h (the accepting end), gate_state.h (what all
/// connections share), qt_compat.h (Qt 6.4 to 6.8).

#include "body.h"
#include "event_stream.h"
#include "exchange.h"
#include "headers.h"
#include "multipart.h"
#include "multipart_body.h"
#include "options.h"
#include "request_head.h"
#include "routing.h"
#include "server_pool.h"
