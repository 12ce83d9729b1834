#include "backends/memory/memory_index.h"

namespace thumbjobs {
namespace {

MemoryIndex::ReadyKey ready_key(const MemoryJob& job) {
    return {-job.entry.record.job.priority, job.number, job.entry.record.job.id};
}

} // namespace

void MemoryIndex::add(const MemoryJob& item) {
    const Job& job = item.entry.record.job;
    const std::tuple due{item.entry.due, item.number, job.id};
    if (item.entry.record.deleted) {
        tombstones.insert(due);
        return;
    }
    by_state[static_cast<std::size_t>(job.state)].insert(job.id);
    if (!item.idempotency_key.empty())
        keys.emplace(item.idempotency_key, job.id);
    if (job.state == JobState::queued)
        delayed.insert(due); // promote() sees to those that are ready
    if (job.state == JobState::processing) {
        leases.insert(due);
        by_nonce[item.nonce].insert(ready_key(item));
    }
    if (job.expires_at)
        expiring.emplace(*job.expires_at, item.number, job.id);
}

void MemoryIndex::remove(const MemoryJob& item) {
    const Job& job = item.entry.record.job;
    const std::tuple due{item.entry.due, item.number, job.id};
    if (item.entry.record.deleted) {
        tombstones.erase(due);
        return;
    }
    by_state[static_cast<std::size_t>(job.state)].erase(job.id);
    if (!item.idempotency_key.empty())
        keys.erase(item.idempotency_key);
    if (job.state == JobState::queued) {
        delayed.erase(due);
        ready_since.erase(due);
        ready.erase(ready_key(item));
    }
    if (job.state == JobState::processing) {
        leases.erase(due);
        const auto batch = by_nonce.find(item.nonce);
        batch->second.erase(ready_key(item));
        if (batch->second.empty())
            by_nonce.erase(batch);
    }
    if (job.expires_at)
        expiring.erase({*job.expires_at, item.number, job.id});
}

void MemoryIndex::promote(BootTime now, const std::map<JobId, MemoryJob>& jobs) {
    while (!delayed.empty() && std::get<BootTime>(*delayed.begin()) <= now) {
        const auto first = delayed.begin();
        ready.insert(ready_key(jobs.at(std::get<JobId>(*first))));
        ready_since.insert(*first);
        delayed.erase(first);
    }
}

} // namespace thumbjobs
