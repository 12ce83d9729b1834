// The one file that names all backends: a line for each.
#include "backends/decoders/decoders.h"
#include "backends/filesystem/filesystem_storage.h"
#include "backends/memory/memory_storage.h"
#include "backends/memory/memory_store.h"
#include "backends/sandbox/sandbox_resizer.h"
#include "backends/sqlite/sqlite_store.h"
#ifdef THUMBJOBS_WITH_REDIS
#include "backends/redis/storage/redis_storage.h"
#include "backends/redis/store/redis_store.h"
#endif

#include <thumbjobs/registry.h>

#ifdef THUMBJOBS_WITH_S3
#include "backends/s3/s3_storage.h"
#endif

#include <utility>

namespace thumbjobs {
namespace {

template <auto Open>
std::shared_ptr<Resizer> open_decoder(BackendUrl url, const BackendContext& context) {
    return (decoders().*Open)(std::move(url), context);
}

} // namespace

const Registry& Registry::builtin() {
    static const Registry registry = [] {
        Registry all;
        all.add_storage("file", open_filesystem_storage);
        all.add_storage("memory", open_memory_storage);
#ifdef THUMBJOBS_WITH_S3
        all.add_storage("s3", open_s3_storage);
#endif
        all.add_store("memory", open_memory_store);
        all.add_store("sqlite", open_sqlite_store);
        all.add_resizer("jpeg", open_decoder<&Decoders::jpeg>);
        all.add_resizer("png", open_decoder<&Decoders::png>);
        all.add_resizer("sandbox", open_sandbox_resizer);
        all.add_resizer("vips", open_decoder<&Decoders::vips>);
        all.add_resizer("webp", open_decoder<&Decoders::webp>);
#ifdef THUMBJOBS_WITH_REDIS
        for (const char* const scheme : {"redis", "rediss", "redis+sentinel", "rediss+sentinel",
                                         "redis+cluster", "rediss+cluster"}) {
            all.add_storage(scheme, redis::open_redis_storage);
            all.add_store(scheme, open_redis_store);
        }
#endif
        return all;
    }();
    return registry;
}

} // namespace thumbjobs
