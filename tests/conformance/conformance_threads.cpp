#include "conformance/job_store_conformance.h"

#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

namespace thumbjobs::test {

void JobStoreConformance::many_threads_lose_nothing() {
    constexpr int thread_count = 8;
    constexpr int jobs_each = 250;
    std::mutex mutex;
    std::vector<JobId> ids;
    std::multiset<JobId> completed;
    std::set<JobId> cancelled;
    std::set<std::string> claims;
    std::atomic<int> twice{0};
    std::atomic<int> unexpected{0};
    std::atomic<int> unfinished{thread_count * jobs_each};

    const auto work = [&](int number) {
        std::mt19937 random(static_cast<unsigned>(number));
        int nonce = 0;
        const auto next = [&] {
            return ClaimRequest{.worker = "worker-" + std::to_string(number),
                                .nonce = std::to_string(number) + "-" + std::to_string(++nonce),
                                .max_jobs = 1 + static_cast<int>(random() % 3),
                                .lease = 3'600 * second};
        };
        try {
            std::vector<JobId> own;
            for (int i = 0; i < jobs_each; ++i) {
                const NewJob job =
                    new_job([&](NewJob& made) { made.priority = static_cast<int>(random() % 3); });
                store_->create(job);
                own.push_back(job.id);
                if (random() % 5 == 0) { // cancel one of ours, wherever it is
                    const JobId& victim = own[random() % own.size()];
                    try {
                        store_->cancel(victim, {}, {});
                        const std::lock_guard lock(mutex);
                        if (cancelled.insert(victim).second)
                            --unfinished;
                    } catch (const Error& error) {
                        if (error.code() != ErrorCode::conflict)
                            ++unexpected;
                    }
                }
            }
            {
                const std::lock_guard lock(mutex);
                ids.insert(ids.end(), own.begin(), own.end());
            }
            std::vector<ClaimedJob> held = store_->claim(next()).jobs;
            while (unfinished > 0) {
                std::vector<ClaimedJob> more;
                for (const ClaimedJob& claimed : held) {
                    {
                        const std::lock_guard lock(mutex);
                        if (!claims.insert(claimed.lease.job.to_string() + claimed.lease.claim_id)
                                 .second)
                            ++twice;
                    }
                    try {
                        const ClaimRequest request = next();
                        ClaimResult result =
                            store_->complete(claimed.lease, completion(), &request);
                        --unfinished;
                        {
                            const std::lock_guard lock(mutex);
                            completed.insert(claimed.lease.job);
                        }
                        std::move(result.jobs.begin(), result.jobs.end(), std::back_inserter(more));
                    } catch (const Error& error) {
                        if (error.code() != ErrorCode::lease_lost)
                            ++unexpected;
                    }
                }
                held = std::move(more);
                if (held.empty())
                    held = store_->claim(next()).jobs;
            }
        } catch (const Error& error) {
            qWarning("%s %s", error.what(), error.detail().c_str());
            ++unexpected;
            unfinished = 0;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < thread_count; ++i)
        threads.emplace_back(work, i);
    for (std::thread& thread : threads)
        thread.join();

    QCOMPARE(unexpected.load(), 0);
    QCOMPARE(twice.load(), 0);
    QCOMPARE(ids.size(), static_cast<std::size_t>(thread_count * jobs_each));
    for (const JobId& id : ids) {
        const bool was_cancelled = cancelled.contains(id);
        QCOMPARE(completed.count(id), std::size_t{was_cancelled ? 0U : 1U});
        QCOMPARE(get(id).state, was_cancelled ? JobState::cancelled : JobState::succeeded);
    }
    check_indices(ids);
    // One event for each creation, claim, completion and cancellation, in every job's right order.
    std::map<JobId, JobState> last;
    std::size_t created = 0;
    for (const Event& event : all_events()) {
        const JobState state = event.job->state;
        const auto before = last.find(event.id);
        if (before == last.end()) {
            QCOMPARE(state, JobState::queued);
            ++created;
        } else {
            QVERIFY(before->second == JobState::queued || before->second == JobState::processing);
        }
        last[event.id] = state;
    }
    QCOMPARE(created, ids.size());
}

void JobStoreConformance::two_processes_share_a_store() {
    if (!fixture_->shares_content())
        QSKIP("this store is one process's own");
    const auto other = fixture_->open({});
    const Job a = submit();
    QVERIFY(other->find(std::span(&a.id, 1)).at(0)->job == a);
    ClaimRequest asked = request();
    asked.worker = "other";
    const ClaimResult claimed = other->claim(asked);
    QCOMPARE(claimed.jobs.size(), std::size_t{1});
    QVERIFY(store_->claim(request()).jobs.empty());
    store_->cancel(a.id, {}, {});
    EXPECT_ERROR(lease_lost, other->complete(claimed.jobs[0].lease, completion(), nullptr));
    QVERIFY(other->acquire("sweeper", "other", second));
    QVERIFY(!store_->acquire("sweeper", "this", second));
    QCOMPARE(other->events_end(), store_->events_end());
    QCOMPARE(other->stats().cancelled, 1);
    check_indices({a.id});
}

} // namespace thumbjobs::test
