#include "conformance/job_store_conformance.h"

#include <algorithm>
#include <set>

namespace thumbjobs::test {

void JobStoreConformance::init() {
    fixture_ = factory_();
    store_ = fixture_->open({});
}

void JobStoreConformance::cleanup() {
    store_.reset();
    fixture_.reset();
}

NewJob JobStoreConformance::new_job(const Edit& edit) const {
    NewJob job;
    job.id = JobId::generate(fixture_->clock().wall());
    job.original = {.filename = "Zürich.jpg", .media_type = "image/jpeg", .bytes = 1'000};
    job.original_key = job.id.to_string() + "/original";
    job.specs = {RenditionSpec{}, RenditionSpec{.name = "wide",
                                                .width = 300,
                                                .height = 20,
                                                .fit = Fit::cover,
                                                .gravity = Gravity::attention,
                                                .format = OutputFormat::webp,
                                                .quality = 55,
                                                .background = 0x11223344,
                                                .enlarge = true}};
    job.metadata = {{"album", "été"}, {"empty", ""}};
    job.request_id = "request-1";
    job.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    if (edit)
        edit(job);
    return job;
}

Job JobStoreConformance::submit(const Edit& edit) {
    return store_->create(new_job(edit)).job;
}

ClaimRequest JobStoreConformance::request(int max_jobs, Milliseconds lease) {
    return {.worker = "worker-1",
            .nonce = "nonce-" + std::to_string(++nonces_),
            .max_jobs = max_jobs,
            .lease = lease};
}

ClaimedJob JobStoreConformance::claim_one() {
    ClaimResult result = store_->claim(request());
    if (result.jobs.size() != 1) {
        QTest::qFail("nothing to claim", __FILE__, __LINE__);
        return {};
    }
    return std::move(result.jobs.front());
}

std::optional<JobRecord> JobStoreConformance::find(const JobId& id) {
    return store_->find(std::span(&id, 1)).at(0);
}

Job JobStoreConformance::get(const JobId& id) {
    const auto record = find(id);
    if (!record)
        QTest::qFail("no such job", __FILE__, __LINE__);
    return record ? record->job : Job{};
}

std::vector<Event> JobStoreConformance::all_events(const EventCursor& from) {
    std::vector<Event> all;
    EventCursor cursor = from;
    while (true) {
        EventPage page = store_->events(cursor, 1'000);
        cursor = page.cursor;
        if (page.events.empty())
            return all;
        std::move(page.events.begin(), page.events.end(), std::back_inserter(all));
    }
}

void JobStoreConformance::check_indices(const std::vector<JobId>& ids) {
    std::array<std::set<JobId>, all_job_states.size()> expected;
    for (const auto& record : store_->find(ids))
        if (record && !record->deleted)
            expected[static_cast<std::size_t>(record->job.state)].insert(record->job.id);
    const StoreStats stats = store_->stats();
    for (const JobState state : all_job_states) {
        std::vector<JobId> listed;
        ListQuery query{.states = {state}, .limit = 500, .cursor = {}, .ascending = true};
        do {
            const JobPage page = store_->list(query);
            for (const Job& job : page.jobs) {
                QCOMPARE(job.state, state);
                listed.push_back(job.id);
            }
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
        const auto& wanted = expected[static_cast<std::size_t>(state)];
        QVERIFY2(std::equal(listed.begin(), listed.end(), wanted.begin(), wanted.end()),
                 std::string(to_string(state)).c_str());
        QCOMPARE(stats.count(state), static_cast<std::int64_t>(listed.size()));
    }
}

Completion completion(int width, int height) {
    return {.original_width = width,
            .original_height = height,
            .renditions = {{.name = "thumbnail",
                            .media_type = "image/jpeg",
                            .width = 100,
                            .height = 75,
                            .bytes = 2'345,
                            .checksum = "sha256:" + std::string(64, 'a')},
                           {.name = "wide",
                            .media_type = "image/webp",
                            .width = 300,
                            .height = 20,
                            .bytes = 999,
                            .checksum = "sha256:" + std::string(64, 'b')}},
            .rendition_keys = {"job/claim/thumbnail", "job/claim/wide"},
            .drop_original = false,
            .retention = {},
            .note = note("Done.")};
}

Failure failure(ErrorCode code, bool retryable) {
    Failure failed;
    failed.error = {.code = code, .message = "It did not work."};
    failed.retryable = retryable;
    failed.backoff = second;
    failed.note = note("Failed.", LogLevel::warning);
    return failed;
}

LogNote note(const std::string& message, LogLevel level) {
    return {.level = level, .message = message, .worker = "worker-1"};
}

std::vector<JobId> ids_of(const std::vector<Job>& jobs) {
    std::vector<JobId> ids;
    for (const Job& job : jobs)
        ids.push_back(job.id);
    return ids;
}

QString error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        const std::string_view name = to_string(error.code());
        return QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
    }
    return QStringLiteral("none");
}

} // namespace thumbjobs::test
