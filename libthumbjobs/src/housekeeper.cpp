#include "src/housekeeper.h"

#include "src/fail_point.h"
#include "src/keys.h"
#include "src/parallel.h"

namespace thumbjobs {

void remove_blobs(const Core& core, const JobRecord& record) {
    for (const std::string& key : all_keys(record))
        core.storage.remove(key);
}

void Housekeeper::run(const CancelToken& stop) noexcept {
    try {
        sweep(stop);
        bury(stop);
        if (std::exchange(failing_, false))
            core_.watch.log(LogLevel::info, "housekeeping goes on");
    } catch (const std::exception& error) {
        if (!std::exchange(failing_, true))
            core_.watch.log(LogLevel::warning, "housekeeping waits", error);
    } catch (...) {
        failing_ = true;
    }
}

void Housekeeper::sweep(const CancelToken& stop) {
    const SweepRequest request{.worker = core_.options.worker_name,
                               .max_crashes = core_.options.retry.max_crashes,
                               .retention = core_.options.retention,
                               .tombstone_delay = core_.tombstone_delay()};
    bool more = true;
    while (more && !stop.cancelled()) {
        const SweepResult result = core_.store.sweep(request);
        more = result.more;
        if (result.requeued == 0 && result.expired == 0)
            continue;
        core_.watch.tell([&](Observer& observer) {
            observer.on_sweep(result.requeued, result.expired, 0);
            for (int i = 0; i < result.crashed; ++i)
                observer.on_crash(ErrorCode::decoder_crashed);
        });
        core_.watch.log(LogLevel::info, "swept: " + std::to_string(result.requeued) +
                                            " expired leases (" + std::to_string(result.crashed) +
                                            " crashes, " + std::to_string(result.failed) +
                                            " jobs failed), " + std::to_string(result.expired) +
                                            " jobs past their retention");
    }
}

void Housekeeper::bury(const CancelToken& stop) {
    constexpr int batch = 100;
    while (!stop.cancelled()) {
        const std::vector<JobRecord> records = core_.store.tombstones(batch);
        if (records.empty())
            return;
        std::vector<char> cleared(records.size()); // bytes, since threads write beside each other
        for_each_in_parallel(records.size(), [&](std::size_t i) {
            cleared[i] = !stop.cancelled() && clear(records[i]) ? 1 : 0;
        });
        std::vector<JobId> gone;
        gone.reserve(records.size());
        for (std::size_t i = 0; i < records.size(); ++i)
            if (cleared[i] != 0)
                gone.push_back(records[i].job.id);
        fail_point("tombstone.blobs_gone");
        core_.store.forget(gone);
        fail_point("tombstone.forgotten");
        if (records.size() < batch || gone.empty())
            return;
        sweep(stop); // expired leases do not wait for a slow storage
    }
}

/// False if one blob cannot be removed, which shall not hold up the other jobs; throws if none can.
bool Housekeeper::clear(const JobRecord& record) {
    try {
        remove_blobs(core_, record);
        return true;
    } catch (const Error& error) {
        core_.storage.probe();
        core_.watch.log(LogLevel::warning, "the images of a removed job could not be deleted yet",
                        record.job, to_string(error.code()), error.detail());
        return false;
    }
}

} // namespace thumbjobs
