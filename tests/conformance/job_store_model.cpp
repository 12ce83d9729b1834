#include "conformance/job_store_model.h"

#include <thumbjobs/json.h>

#include <algorithm>
#include <array>
#include <random>

namespace thumbjobs::test {
namespace {

std::string text_of(std::optional<WallTime> time) {
    return time ? format_time(*time) : "-";
}

std::string text_of(const Job& job) {
    return to_json(job) + " " + std::to_string(job.crashes) + "/" +
           std::to_string(job.max_attempts) + " " + text_of(job.next_attempt_at) + " " +
           text_of(job.expires_at) + " " + job.traceparent;
}

std::string text_of(const JobRecord& record) {
    std::string text = text_of(record.job) + " " + record.original_key + " " +
                       record.claim_id.substr(0, record.claim_id.find('-')) +
                       (record.deleted ? " deleted" : "");
    for (const std::string& key : record.rendition_keys)
        text += " " + key;
    return text;
}

/// The renditions of which the record says that the store keeps them: size and first byte.
std::string kept_by(JobStore& store, const JobRecord& record) {
    std::string text;
    for (std::size_t i = 0; i < record.rendition_keys.size(); ++i)
        if (record.rendition_keys[i].empty()) {
            try {
                const Bytes bytes = store.open_kept(record.job.id, i)->read_all();
                text += " " + std::to_string(bytes.size()) + ":" +
                        std::to_string(std::to_integer<int>(bytes.at(0)));
            } catch (const Error& error) {
                text.append(" ").append(to_string(error.code()));
            }
        }
    return text;
}

std::string text_of(std::optional<Milliseconds> duration) {
    return duration ? std::to_string(duration->count()) : "-";
}

std::string text_of(const ClaimResult& result) {
    std::string text = "next " + text_of(result.next_due);
    for (const ClaimedJob& claimed : result.jobs)
        text += "\n  " + std::to_string(claimed.lease.token) + " " + text_of(claimed.record);
    return text;
}

std::string text_of(const StoreStats& stats) {
    std::string text;
    for (const JobState state : all_job_states)
        text += std::to_string(stats.count(state)) + " ";
    return text + std::to_string(stats.delayed) + " " + text_of(stats.oldest_ready_age) + " " +
           std::to_string(stats.finished_last_minute);
}

std::string text_of(const SweepResult& swept) {
    return std::to_string(swept.requeued) + " " + std::to_string(swept.crashed) + " " +
           std::to_string(swept.failed) + " " + std::to_string(swept.expired) +
           (swept.more ? " more" : "");
}

std::string text_of(const Event& event) {
    return std::to_string(static_cast<int>(event.kind)) + " " + event.id.to_string() + " " +
           (event.job ? text_of(*event.job) : "");
}

std::string text_of(const LogLine& line) {
    return format_time(line.time) + " " + std::string(to_string(line.level)) + " " +
           line.job.to_string() + " " + std::string(to_string(line.state)) + " " + line.message +
           " " + line.worker;
}

/// The first line that differs.
std::string first_difference(std::string_view reference, std::string_view other) {
    const auto line = [](std::string_view& text) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view first = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return first;
    };
    for (int number = 1;; ++number) {
        const std::string_view expected = line(reference);
        const std::string_view found = line(other);
        if (expected != found || (reference.empty() && other.empty()))
            return ", line " + std::to_string(number) + "\nreference: " + std::string(expected) +
                   "\nthis:      " + std::string(found);
    }
}

/// The same lease in both stores: claim ids are random.
using Leases = std::array<Lease, 2>;

class History {
public:
    History(unsigned seed, StoreFixture& fixture)
        : random_(seed),
          fixture_(fixture),
          stores_{Registry::builtin().open_store("memory:", {.clock = &fixture.clock()}),
                  fixture.open({})} {}

    /// Does one random thing to both stores. Returns how they differ; empty when they do not.
    std::string step();

    /// Compares everything that can be listed.
    std::string compare_all();

private:
    int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
    bool chance(int percent) { return below(100) < percent; }
    std::optional<Milliseconds> retention() {
        return chance(50) ? std::optional(below(60) * second) : std::nullopt;
    }
    JobId any_job() {
        if (ids_.empty() || chance(2))
            return JobId::generate(fixture_.clock().wall());
        // Mostly one of the latest: those are where things happen.
        const int count = static_cast<int>(ids_.size());
        const int back = chance(70) ? below(std::min(count, 12)) : below(count);
        return ids_[static_cast<std::size_t>(count - 1 - back)];
    }
    Leases any_lease() {
        if (leases_.empty())
            return {};
        const int count = static_cast<int>(leases_.size());
        const int back = chance(80) ? below(std::min(count, 6)) : below(count);
        return leases_[static_cast<std::size_t>(count - 1 - back)];
    }

    /// Asks both stores and compares what they answer.
    template <class Ask>
    std::string both(const char* what, const Ask& ask) {
        std::array<std::string, 2> answers;
        for (std::size_t side = 0; side < 2; ++side) {
            try {
                answers[side] = ask(*stores_[side], side);
            } catch (const Error& error) {
                answers[side] = "Error " + std::string(to_string(error.code()));
            }
        }
        if (answers[0] == answers[1])
            return {};
        return std::string(what) + first_difference(answers[0], answers[1]);
    }

    ClaimRequest any_claim();
    void note_claims(const std::array<ClaimResult, 2>& results);
    std::string create();
    std::string claim();
    std::string complete();
    std::string fail();
    std::string work();
    std::string control();
    std::string keep_house();
    std::string compare_list(const std::vector<JobState>& states, bool ascending, int limit);
    std::string compare_events();

    std::mt19937 random_;
    StoreFixture& fixture_;
    std::array<std::shared_ptr<JobStore>, 2> stores_;
    std::vector<JobId> ids_;
    std::vector<Leases> leases_;
    std::vector<NewJob> made_;
    std::string last_nonce_;
    int nonces_ = 0;
    std::array<EventCursor, 2> cursors_;
};

std::string History::create() {
    NewJob job;
    if (!made_.empty() && chance(8)) {
        job = made_[static_cast<std::size_t>(below(static_cast<int>(made_.size())))]; // a repeat
    } else {
        job.id = JobId::generate(fixture_.clock().wall());
        job.original = {.filename = chance(50) ? "photo.jpg" : "",
                        .media_type = "image/png",
                        .bytes = below(1'000'000)};
        job.original_key = job.id.to_string() + "/original";
        job.specs = {RenditionSpec{.width = 1 + below(500)}};
        job.priority = below(5) - 2;
        job.max_attempts = 1 + below(4);
        if (chance(30))
            job.metadata = {{"key", std::to_string(below(100))}};
        job.request_id = "r" + std::to_string(below(1'000));
        if (chance(30)) {
            job.idempotency_key = "key" + std::to_string(below(20));
            job.idempotency_fingerprint = "f" + std::to_string(below(2));
        }
        if (chance(20))
            job.max_queued = 1 + below(30);
        if (chance(5))
            job.deadline = fixture_.clock().boot() + (below(3) - 1) * second;
        if (chance(70))
            job.note = note("Submitted.");
        made_.push_back(job);
        ids_.push_back(job.id);
    }
    return both("create", [&](JobStore& store, std::size_t) {
        const CreateResult result = store.create(job);
        return std::to_string(result.created) + text_of(result.job);
    });
}

ClaimRequest History::any_claim() {
    if (last_nonce_.empty() || !chance(10))
        last_nonce_ = "nonce" + std::to_string(++nonces_);
    return {.worker = "w" + std::to_string(below(3)),
            .nonce = last_nonce_,
            .max_jobs = 1 + below(4),
            .lease = (1 + below(30)) * second};
}

void History::note_claims(const std::array<ClaimResult, 2>& results) {
    for (std::size_t i = 0; i < std::min(results[0].jobs.size(), results[1].jobs.size()); ++i)
        leases_.push_back({results[0].jobs[i].lease, results[1].jobs[i].lease});
}

std::string History::claim() {
    const ClaimRequest request = any_claim();
    std::array<ClaimResult, 2> results;
    std::string difference = both("claim", [&](JobStore& store, std::size_t side) {
        results[side] = store.claim(request);
        return text_of(results[side]);
    });
    note_claims(results);
    return difference;
}

std::string History::complete() {
    const Leases lease = any_lease();
    Completion done = completion(below(100), below(100));
    done.drop_original = chance(30);
    done.retention = retention();
    const auto keeps = [](const auto& store) { return store->keeps_up_to() > 0; };
    if (std::all_of(stores_.begin(), stores_.end(), keeps)) {
        done.kept.resize(done.rendition_keys.size());
        for (std::size_t i = 0; i < done.kept.size(); ++i)
            if (chance(60)) {
                done.rendition_keys[i].clear();
                done.kept[i].assign(static_cast<std::size_t>(1 + below(9'000)),
                                    static_cast<std::byte>(below(256)));
            }
    }
    const bool more = chance(40);
    const ClaimRequest next = any_claim();
    std::array<ClaimResult, 2> results;
    std::string difference = both("complete", [&](JobStore& store, std::size_t side) {
        results[side] = store.complete(lease[side], done, more ? &next : nullptr);
        return text_of(results[side]);
    });
    note_claims(results);
    return difference;
}

std::string History::fail() {
    const Leases lease = any_lease();
    Failure failed =
        failure(chance(50) ? ErrorCode::image_corrupt : ErrorCode::decoder_timeout, chance(70));
    failed.crash = chance(30);
    failed.max_crashes = 1 + below(3);
    failed.backoff = below(4) * second;
    failed.retention = retention();
    failed.original_width = failed.original_height = below(50);
    return both("fail", [&](JobStore& store, std::size_t side) {
        return text_of(store.fail(lease[side], failed));
    });
}

std::string History::work() {
    const Leases lease = any_lease();
    switch (below(6)) {
    case 0:
    case 1:
        return complete();
    case 2:
        return fail();
    case 3: {
        const Milliseconds delay = below(4) * second;
        return both("give_back", [&](JobStore& store, std::size_t side) {
            store.give_back(lease[side], delay, note("Back."));
            return std::string();
        });
    }
    case 4:
        return both("mark_decoding", [&](JobStore& store, std::size_t side) {
            store.mark_decoding(lease[side]);
            return std::string();
        });
    default: {
        const double progress = below(101) / 100.0;
        return both("report_progress", [&](JobStore& store, std::size_t side) {
            store.report_progress(lease[side], progress);
            return std::string();
        });
    }
    }
}

std::string History::control() {
    const JobId id = any_job();
    switch (below(4)) {
    case 0: {
        const auto keep = retention();
        return both("cancel", [&](JobStore& store, std::size_t) {
            return text_of(store.cancel(id, keep, note("Cancelled.")));
        });
    }
    case 1: {
        const int most = below(2) * 20;
        return both("retry", [&](JobStore& store, std::size_t) {
            return text_of(store.retry(id, most, note("Retried.")));
        });
    }
    case 2: {
        const Milliseconds delay = below(10) * second;
        return both("remove", [&](JobStore& store, std::size_t) {
            return text_of(store.remove(id, delay, note("Removed.")));
        });
    }
    default:
        return both("find", [&](JobStore& store, std::size_t) {
            const auto record = store.find(std::span(&id, 1)).at(0);
            return record ? text_of(*record) + kept_by(store, *record) : std::string();
        });
    }
}

std::string History::keep_house() {
    switch (below(5)) {
    case 0: {
        const SweepRequest request{.worker = "sweeper",
                                   .max_crashes = 1 + below(3),
                                   .retention = retention(),
                                   .tombstone_delay = below(10) * second,
                                   .limit = 1 + below(10)};
        return both("sweep",
                    [&](JobStore& store, std::size_t) { return text_of(store.sweep(request)); });
    }
    case 1: {
        const int limit = 1 + below(5);
        std::vector<JobId> ids;
        std::string difference = both("tombstones and forget", [&](JobStore& store, std::size_t) {
            std::string text;
            ids.clear();
            for (const JobRecord& record : store.tombstones(limit)) {
                text += text_of(record) + "\n";
                ids.push_back(record.job.id);
            }
            store.forget(ids);
            return text;
        });
        // A submit is repeated within its deadline, long before its job can be forgotten. What old
        // events say of an id that is used again is up to the store.
        std::erase_if(made_, [&](const NewJob& job) {
            return std::find(ids.begin(), ids.end(), job.id) != ids.end();
        });
        return difference;
    }
    case 2: {
        const std::string name = "lease" + std::to_string(below(2));
        const std::string owner = "owner" + std::to_string(below(2));
        const Milliseconds duration = below(5) * second;
        return both("acquire", [&](JobStore& store, std::size_t) {
            return std::to_string(store.acquire(name, owner, duration));
        });
    }
    case 3: {
        std::array<std::vector<Lease>, 2> leases;
        for (int i = below(6); i > 0; --i) {
            const Leases lease = any_lease();
            leases[0].push_back(lease[0]);
            leases[1].push_back(lease[1]);
        }
        const Milliseconds duration = (1 + below(30)) * second;
        return both("renew", [&](JobStore& store, std::size_t side) {
            std::string text;
            for (const LeaseState state : store.renew(leases[side], duration))
                text += state == LeaseState::held ? "held " : "lost ";
            return text;
        });
    }
    default:
        fixture_.advance(Milliseconds{below(3'000)} * (chance(5) ? 20 : 1));
        return {};
    }
}

std::string History::step() {
    const int choice = below(100);
    if (choice < 22)
        return create();
    if (choice < 37)
        return claim();
    if (choice < 62)
        return work();
    if (choice < 75)
        return control();
    return keep_house();
}

std::string History::compare_list(const std::vector<JobState>& states, bool ascending, int limit) {
    return both("list", [&](JobStore& store, std::size_t) {
        ListQuery query{.states = states, .limit = limit, .cursor = {}, .ascending = ascending};
        std::string text;
        do {
            const JobPage page = store.list(query);
            for (const Job& job : page.jobs)
                text += text_of(job) + "\n";
            text += "--\n";
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
        return text;
    });
}

std::string History::compare_events() {
    return both("events", [&](JobStore& store, std::size_t side) {
        std::string text;
        while (true) {
            const EventPage page = store.events(cursors_[side], 137);
            for (const Event& event : page.events)
                text += text_of(event) + "\n";
            cursors_[side] = page.cursor;
            if (page.events.empty())
                return text;
        }
    });
}

std::string History::compare_all() {
    std::vector<JobState> some;
    for (const JobState state : all_job_states)
        if (chance(50))
            some.push_back(state);
    std::string difference = compare_list({}, chance(50), 1 + below(500));
    if (difference.empty())
        difference = compare_list(some, chance(50), 1 + below(40));
    if (difference.empty())
        difference = compare_events();
    if (difference.empty())
        difference =
            both("stats", [](JobStore& store, std::size_t) { return text_of(store.stats()); });
    if (difference.empty())
        difference = both("find", [&](JobStore& store, std::size_t) {
            std::string text;
            for (const auto& record : store.find(ids_))
                text += record ? text_of(*record) + kept_by(store, *record) + "\n" : "-\n";
            return text;
        });
    const LogQuery query{.job = chance(50) ? std::optional(any_job()) : std::nullopt,
                         .min_level = static_cast<LogLevel>(below(4)),
                         .since = {},
                         .limit = 1 + below(1'000)};
    if (difference.empty())
        difference = both("logs", [&](JobStore& store, std::size_t) {
            std::string text;
            for (const LogLine& line : store.logs(query))
                text += text_of(line) + "\n";
            return text;
        });
    return difference;
}

} // namespace

void JobStoreModel::behaves_as_the_reference_data() {
    QTest::addColumn<unsigned>("seed");
    bool given = false;
    const unsigned wanted = qEnvironmentVariable("THUMBJOBS_MODEL_SEED").toUInt(&given);
    if (given) {
        QTest::addRow("%u", wanted) << wanted;
        return;
    }
    for (unsigned seed = 1; seed <= 4; ++seed)
        QTest::addRow("%u", seed) << seed;
    const unsigned fresh = std::random_device{}();
    QTest::addRow("%u", fresh) << fresh;
}

void JobStoreModel::behaves_as_the_reference() {
    QFETCH(const unsigned, seed);
    constexpr int steps = 1'500;
    const auto fixture = factory_();
    History history(seed, *fixture);
    for (int step = 0; step < steps; ++step) {
        std::string difference = history.step();
        if (difference.empty() && step % 50 == 49)
            difference = history.compare_all();
        QVERIFY2(difference.empty(), ("THUMBJOBS_MODEL_SEED=" + std::to_string(seed) + ", step " +
                                      std::to_string(step) + ": " + difference)
                                         .c_str());
    }
}

} // namespace thumbjobs::test
