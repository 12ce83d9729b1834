#include "src/orphan_sweeper.h"

#include "src/fail_point.h"
#include "src/keys.h"
#include "src/parallel.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>

namespace thumbjobs {
namespace {

constexpr int page_size = 1'000;

/// Longer than any page takes. Whoever dies with the lease delays the next sweep by this.
constexpr Milliseconds sweep_lease{120'000};

/// What was listed of one page and is old enough to be deleted.
struct Candidate {
    const StoredBlob* blob;
    ParsedKey key;
};

} // namespace

std::optional<int> OrphanSweeper::sweep(const CancelToken& stop) {
    if (!check_stamp() || !acquire())
        return std::nullopt;
    int deleted = 0;
    std::string cursor;
    do {
        const StoredBlobPage page = core_.storage.list(cursor, page_size);
        fail_point("sweep.listed");
        deleted += sweep_page(page.blobs);
        cursor = page.cursor;
    } while (!cursor.empty() && !stop.cancelled() && acquire());
    if (deleted > 0) {
        core_.watch.tell([&](Observer& observer) { observer.on_sweep(0, 0, deleted); });
        core_.watch.log(LogLevel::info,
                        "deleted " + std::to_string(deleted) + " blobs that no job names");
    }
    return deleted;
}

void OrphanSweeper::run(const CancelToken& stop) noexcept {
    try {
        sweep(stop);
    } catch (const std::exception& error) {
        core_.watch.log(LogLevel::warning, "the search for orphaned blobs ended early", error);
    } catch (...) {
        core_.watch.log(LogLevel::warning, "the search for orphaned blobs ended early",
                        to_string(ErrorCode::internal));
    }
}

bool OrphanSweeper::acquire() {
    return core_.store.acquire("orphan-sweeper", core_.options.worker_name, sweep_lease);
}

bool OrphanSweeper::check_stamp() {
    const std::string ours = core_.store.id();
    if (core_.storage.stamp(ours) == ours)
        return true;
    if (!foreign_said_.exchange(true))
        core_.watch.log(LogLevel::warning,
                        "the image storage belongs to another job store: nothing in it that looks "
                        "orphaned is deleted");
    return false;
}

/// The blobs were listed before their jobs are looked up: a job that is made in between names its
/// blob, and a blob that comes in between is not in the list.
int OrphanSweeper::sweep_page(const std::vector<StoredBlob>& blobs) {
    std::vector<Candidate> candidates;
    std::vector<JobId> ids;
    for (const StoredBlob& blob : blobs) {
        if (blob.age <= core_.options.orphan_grace)
            continue;
        if (const auto key = parse_key(blob.key)) {
            candidates.push_back({&blob, *key});
            ids.push_back(key->job);
        }
    }
    if (candidates.empty())
        return 0;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    const std::vector<std::optional<JobRecord>> records = core_.store.find(ids);
    std::unordered_map<JobId, const JobRecord*> jobs;
    for (std::size_t i = 0; i < ids.size() && i < records.size(); ++i)
        jobs.emplace(ids[i], records[i] ? &*records[i] : nullptr);

    std::vector<const StoredBlob*> orphans;
    for (const Candidate& candidate : candidates) {
        const JobRecord* const record = jobs.at(candidate.key.job);
        if (!record || !is_named(*record, candidate.blob->key, candidate.key))
            orphans.push_back(candidate.blob);
    }
    std::atomic<int> deleted = 0;
    for_each_in_parallel(orphans.size(), [&](std::size_t i) {
        if (core_.storage.remove(orphans[i]->key))
            ++deleted;
    });
    return deleted;
}

} // namespace thumbjobs
