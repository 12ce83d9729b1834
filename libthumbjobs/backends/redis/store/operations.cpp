#include "backends/redis/store/operations.h"

#include "backends/redis/store/script_text.h"

namespace thumbjobs::redis {
namespace {

#include "redis_store_scripts.inc"

} // namespace

// `store.NAME.before_commit` is what the SQLite store calls the same points.
#define TJ_OPERATION(name)                                                                         \
    .name = {.script = Script(#name, script_text(common_script, name##_script)),                   \
             .before = "store." #name ".before_commit",                                            \
             .after = "store." #name ".after_commit"}

const Operations& operations() {
    static const Operations all{
        TJ_OPERATION(acquire),       TJ_OPERATION(cancel), TJ_OPERATION(claim),
        TJ_OPERATION(complete),      TJ_OPERATION(create), TJ_OPERATION(events),
        TJ_OPERATION(fail),          TJ_OPERATION(find),   TJ_OPERATION(forget),
        TJ_OPERATION(give_back),     TJ_OPERATION(list),   TJ_OPERATION(logs),
        TJ_OPERATION(mark_decoding), TJ_OPERATION(open),   TJ_OPERATION(probe),
        TJ_OPERATION(remove),        TJ_OPERATION(renew),  TJ_OPERATION(report_progress),
        TJ_OPERATION(retry),         TJ_OPERATION(stats),  TJ_OPERATION(sweep),
        TJ_OPERATION(tombstones),    TJ_OPERATION(wake)};
    return all;
}

#undef TJ_OPERATION

} // namespace thumbjobs::redis
