#pragma once

#include "backends/redis/client/client.h"

namespace thumbjobs::redis {

/// A transition or question: its script, and the crash suite's points before it is sent and after
/// it was answered.
struct Operation {
    Script script;
    const char* before;
    const char* after;
};

/// All that the store asks of Redis; scripts/*.lua, each behind scripts/common.lua.
struct Operations {
    Operation acquire, cancel, claim, complete, create, events, fail, find, forget, give_back, list,
        logs, mark_decoding, open, probe, remove, renew, report_progress, retry, stats, sweep,
        tombstones, wake;
};

/// Made at the first call. Thread-safe.
const Operations& operations();

} // namespace thumbjobs::redis
