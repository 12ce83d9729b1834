#include "crash/invariants.h"

#include <thumbjobs/thumbjobs.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

namespace thumbjobs::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> stored_keys(Storage& storage) {
    std::vector<std::string> keys;
    std::string cursor;
    do {
        const StoredBlobPage page = storage.list(cursor, 1000);
        for (const StoredBlob& blob : page.blobs)
            keys.push_back(blob.key);
        cursor = page.cursor;
    } while (!cursor.empty());
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::vector<Job> all_jobs(Engine& engine) {
    std::vector<Job> jobs;
    ListQuery query{.limit = 500};
    do {
        const JobPage page = engine.list(query);
        jobs.insert(jobs.end(), page.jobs.begin(), page.jobs.end());
        query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
    return jobs;
}

/// The ids of all listed jobs, and of those that only the storage still tells of: tombstones.
std::vector<JobId> known_ids(Engine& engine, const std::vector<std::string>& stored) {
    std::set<JobId> ids;
    for (const Job& job : all_jobs(engine))
        ids.insert(job.id);
    for (const std::string& key : stored)
        if (const auto id = JobId::parse(key.substr(0, key.find('/'))))
            ids.insert(*id);
    return {ids.begin(), ids.end()};
}

std::vector<std::string> named_keys(JobStore& store, const std::vector<JobId>& ids) {
    std::vector<std::string> keys;
    for (const auto& record : store.find(ids)) {
        if (!record)
            continue;
        keys.push_back(record->original_key);
        keys.insert(keys.end(), record->rendition_keys.begin(), record->rendition_keys.end());
    }
    std::erase(keys, std::string());
    std::sort(keys.begin(), keys.end());
    return keys;
}

} // namespace

bool eventually(std::chrono::milliseconds patience, const std::function<bool()>& condition) {
    // Nothing signals this condition: the pause between two looks is all that the variable is for.
    std::mutex mutex;
    std::condition_variable never;
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::unique_lock lock(mutex);
        never.wait_for(lock, 20ms);
    }
    return true;
}

std::string check_succeeded(const Client& client, const std::set<std::string>& ids) {
    std::string wrong;
    eventually(60s, [&] {
        wrong.clear();
        std::map<std::string, SeenJob> listed;
        for (SeenJob& job : client.list()) {
            const std::string id = job.id;
            if (!listed.emplace(id, std::move(job)).second)
                wrong = "job " + id + " is listed twice";
        }
        for (const std::string& id : ids) {
            const auto found = listed.find(id);
            if (found == listed.end())
                wrong = "acknowledged job " + id + " is lost";
            else if (found->second.status != "succeeded")
                wrong = "job " + id + " is " + found->second.status;
        }
        return wrong.empty();
    });
    if (!wrong.empty())
        return wrong;
    for (const std::string& id : ids) {
        if (client.thumbnail(id).empty())
            return "job " + id + " has succeeded and has no thumbnail";
        if (const int count = client.successes(id); count != 1)
            return "job " + id + " was committed " + std::to_string(count) + " times";
    }
    return {};
}

std::string check_indices(const Client& client) {
    const auto counts = client.counts();
    std::set<std::string> seen;
    for (const JobState state : all_job_states) {
        const std::string name(to_string(state));
        const auto jobs = client.list(name);
        if (static_cast<std::int64_t>(jobs.size()) != counts.at(name))
            return std::to_string(jobs.size()) + " jobs are listed as " + name + ", but " +
                   std::to_string(counts.at(name)) + " are counted";
        for (const SeenJob& job : jobs)
            if (!seen.insert(job.id).second)
                return "job " + job.id + " is listed in two states";
    }
    if (client.list().size() != seen.size())
        return "the listing of all states differs from the listings of each";
    return {};
}

std::string check_nothing_left(const std::string& data_dir) {
    const auto options = EngineOptions::in_directory(data_dir);
    return check_nothing_left(options.store, options.storage);
}

std::string check_nothing_left(const std::string& store_url, const std::string& storage_url) {
    EngineOptions options;
    options.store = store_url;
    options.storage = storage_url;
    options.workers = 0;
    options.lease = 1s;
    options.storage_timeout = 1s;
    options.housekeeping_interval = 50ms;
    options.orphan_grace = 1ms;
    options.orphan_interval = 0ms;
    options.job_store = Registry::builtin().open_store(options.store, {});
    options.image_storage = Registry::builtin().open_storage(options.storage, {});
    JobStore& store = *options.job_store;
    Storage& storage = *options.image_storage;
    const auto engine = Engine::open(options);

    // The sweeper's lease may still be the dead process's.
    std::optional<int> swept;
    if (!eventually(60s, [&] { return (swept = engine->sweep_orphans()).has_value(); }))
        return "the orphan sweeper did not get its lease";
    const auto stored = stored_keys(storage);
    const std::vector<JobId> ids = known_ids(*engine, stored);
    const auto named = named_keys(store, ids);
    if (stored != named) {
        std::vector<std::string> difference;
        std::set_symmetric_difference(stored.begin(), stored.end(), named.begin(), named.end(),
                                      std::back_inserter(difference));
        return "after the sweep " + std::to_string(difference.size()) +
               " blobs are orphans or missing, the first " + difference.front();
    }

    for (const Job& job : all_jobs(*engine))
        engine->remove(job.id);
    engine->start();
    // Tombstones of thumbd's own stand for its lease and its time-out of the storage, 31 s.
    const bool gone = eventually(90s, [&] {
        const auto records = store.find(ids);
        return std::none_of(records.begin(), records.end(),
                            [](const auto& record) { return record.has_value(); });
    });
    engine->stop();
    if (!gone)
        return "removed jobs leave tombstones";
    if (const auto rest = stored_keys(storage); !rest.empty())
        return "removed jobs leave " + std::to_string(rest.size()) + " blobs, the first " +
               rest.front();
    return {};
}

} // namespace thumbjobs::test
