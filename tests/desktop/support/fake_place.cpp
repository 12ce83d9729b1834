#include "desktop/support/fake_place.h"

#include <QFileInfo>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <utility>

namespace desktop::test {
namespace {

using thumbjobs::ErrorCode;
using thumbjobs::Event;
using thumbjobs::Job;
using thumbjobs::JobId;
using thumbjobs::JobPage;
using thumbjobs::JobState;
using thumbjobs::WallTime;

WallTime now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Failure failure(ErrorCode code, const QString& message) {
    return {std::string(thumbjobs::to_string(code)), message};
}

Failure no_such_job() {
    return failure(ErrorCode::not_found, "There is no such job.");
}

} // namespace

FakePlace::FakePlace(QObject* parent) : Place(parent) {
    described.title = "A fake";
    described.can_pause = true;
}

FakePlace::~FakePlace() = default;

void FakePlace::run_later(Task task) {
    QTimer::singleShot(0, this, std::move(task));
}

template <class T>
void FakePlace::answer_later(Call call, QObject* context, Answer<T> answer,
                             std::function<Result<T>()> work) {
    ++counts_[call];
    Task task = [this, call, guard = QPointer<QObject>(context), answer = std::move(answer),
                 work = std::move(work)] {
        const auto refusal = failures_.find(call);
        Result<T> result =
            refusal == failures_.end() ? work() : Result<T>(Failure(refusal->second));
        if (guard)
            answer(std::move(result));
    };
    if (stalled_.contains(call))
        kept_[call].push_back(std::move(task));
    else
        run_later(std::move(task));
}

// --- What the test does

void FakePlace::become(Connection::State state, const QString& message) {
    set_connection({state, message});
    if (state == Connection::State::online && !std::exchange(was_online_, true))
        emit reset();
}

void FakePlace::release(Call call) {
    stalled_.erase(call);
    for (Task& task : std::exchange(kept_[call], {}))
        run_later(std::move(task));
}

void FakePlace::fail(Call call, std::optional<Failure> failure) {
    if (failure)
        failures_.insert_or_assign(call, *failure);
    else
        failures_.erase(call);
}

int FakePlace::calls(Call call) const {
    const auto found = counts_.find(call);
    return found == counts_.end() ? 0 : found->second;
}

std::vector<JobId> FakePlace::add_jobs(int count, JobState state) {
    const auto ids = add_silently(count, state);
    for (const JobId& id : ids)
        tell(jobs_.at(id));
    return ids;
}

std::vector<JobId> FakePlace::add_silently(int count, JobState state) {
    std::vector<JobId> ids;
    for (int i = 0; i < count; ++i) {
        Job job = make_job(state);
        ids.push_back(job.id);
        jobs_.emplace(job.id, std::move(job));
    }
    return ids;
}

void FakePlace::begin(const JobId& id, double progress) {
    Job& job = jobs_.at(id);
    if (job.state != JobState::processing) {
        job.state = JobState::processing;
        job.started_at = now();
        ++job.attempts;
    }
    job.progress = progress;
    tell(job);
}

void FakePlace::succeed(const JobId& id) {
    Job& job = jobs_.at(id);
    finish(job, JobState::succeeded);
    tell(job);
}

void FakePlace::fail_job(const JobId& id, ErrorCode code, const std::string& message) {
    Job& job = jobs_.at(id);
    finish(job, JobState::failed);
    job.error = thumbjobs::JobError{code, message};
    tell(job);
}

void FakePlace::expire(const JobId& id) {
    jobs_.erase(id);
    tell_deleted(id);
}

void FakePlace::lose_events() {
    pending_.clear();
    emit reset();
}

// --- Place

void FakePlace::open() {
    if (!opens_by_itself) {
        become(Connection::State::connecting);
        return;
    }
    become(Connection::State::connecting);
    run_later([this] { become(Connection::State::online); });
}

void FakePlace::close() {
    run_later([this] { become(Connection::State::closed); });
}

void FakePlace::submit(Submission submission, QObject* context, Answer<Job> answer) {
    submissions_.push_back(submission);
    answer_later<Job>(
        Call::submit, context, std::move(answer), [this, submission]() -> Result<Job> {
            const std::string& key = submission.idempotency_key;
            if (const auto known = keys_.find(key); !key.empty() && known != keys_.end())
                return jobs_.at(known->second);
            Job job = make_job(JobState::queued);
            const QString name = submission.file_name.isEmpty()
                                     ? QFileInfo(submission.path).fileName()
                                     : submission.file_name;
            job.original.filename = name.toStdString();
            if (submission.path.isEmpty())
                job.original.bytes = submission.bytes.size();
            job.specs = submission.renditions;
            job.priority = submission.priority;
            job.metadata = submission.metadata;
            jobs_.emplace(job.id, job);
            if (!key.empty())
                keys_.emplace(key, job.id);
            tell(job);
            if (works_by_itself && !paused_)
                run_later([this, id = job.id] {
                    if (find(id) != nullptr)
                        succeed(id);
                });
            return job;
        });
}

void FakePlace::list(thumbjobs::ListQuery query, QObject* context, Answer<JobPage> answer) {
    answer_later<JobPage>(Call::list, context, std::move(answer),
                          [this, query = std::move(query)] { return page(query); });
}

void FakePlace::get(JobId id, QObject* context, Answer<Job> answer) {
    answer_later<Job>(Call::get, context, std::move(answer), [this, id]() -> Result<Job> {
        if (const Job* job = find(id))
            return *job;
        return no_such_job();
    });
}

void FakePlace::cancel(JobId id, QObject* context, Answer<Job> answer) {
    answer_later<Job>(Call::cancel, context, std::move(answer), [this, id] {
        return change(id, [this](Job& job) -> std::optional<Failure> {
            if (job.state == JobState::succeeded || job.state == JobState::failed)
                return failure(ErrorCode::conflict, "The job has ended already.");
            finish(job, JobState::cancelled);
            return std::nullopt;
        });
    });
}

void FakePlace::retry(JobId id, QObject* context, Answer<Job> answer) {
    answer_later<Job>(Call::retry, context, std::move(answer), [this, id] {
        return change(id, [](Job& job) -> std::optional<Failure> {
            if (job.state == JobState::succeeded)
                return failure(ErrorCode::conflict, "The job has succeeded already.");
            job.state = JobState::queued;
            job.attempts = 0;
            job.progress = 0;
            job.error.reset();
            job.started_at.reset();
            job.finished_at.reset();
            return std::nullopt;
        });
    });
}

void FakePlace::remove(JobId id, QObject* context, Answer<Done> answer) {
    answer_later<Done>(Call::remove, context, std::move(answer), [this, id]() -> Result<Done> {
        if (jobs_.erase(id) != 0)
            tell_deleted(id);
        return Done{};
    });
}

void FakePlace::rendition(JobId id, std::string name, QObject* context, Answer<QByteArray> answer) {
    answer_later<QByteArray>(
        Call::rendition, context, std::move(answer),
        [this, id, name = std::move(name)]() -> Result<QByteArray> {
            const Job* job = find(id);
            if (job == nullptr)
                return no_such_job();
            if (job->state != JobState::succeeded)
                return failure(ErrorCode::conflict, "The job has not succeeded.");
            const bool known =
                name.empty() || std::ranges::any_of(job->renditions, [&](const auto& rendition) {
                    return rendition.name == name;
                });
            if (!known)
                return failure(ErrorCode::not_found, "There is no such rendition.");
            return image;
        });
}

void FakePlace::original(JobId id, QObject* context, Answer<QByteArray> answer) {
    answer_later<QByteArray>(Call::original, context, std::move(answer),
                             [this, id]() -> Result<QByteArray> {
                                 if (find(id) == nullptr)
                                     return no_such_job();
                                 return image;
                             });
}

void FakePlace::logs(JobId id, QObject* context, Answer<std::vector<thumbjobs::LogLine>> answer) {
    using Lines = std::vector<thumbjobs::LogLine>;
    answer_later<Lines>(Call::logs, context, std::move(answer), [this, id]() -> Result<Lines> {
        const Job* job = find(id);
        if (job == nullptr)
            return no_such_job();
        thumbjobs::LogLine line;
        line.sequence = 1;
        line.time = job->created_at;
        line.job = id;
        line.message = "queued";
        return Lines{line};
    });
}

void FakePlace::stats(QObject* context, Answer<thumbjobs::EngineStats> answer) {
    using Stats = thumbjobs::EngineStats;
    answer_later<Stats>(Call::stats, context, std::move(answer), [this]() -> Result<Stats> {
        Stats stats;
        for (const auto& [id, job] : jobs_) {
            switch (job.state) {
            case JobState::queued:
                ++stats.store.queued;
                break;
            case JobState::processing:
                ++stats.store.processing;
                break;
            case JobState::succeeded:
                ++stats.store.succeeded;
                break;
            case JobState::failed:
                ++stats.store.failed;
                break;
            case JobState::cancelled:
                ++stats.store.cancelled;
                break;
            }
        }
        stats.workers = 2;
        stats.workers_busy = static_cast<int>(std::min<std::int64_t>(2, stats.store.processing));
        return stats;
    });
}

void FakePlace::pause() {
    if (!std::exchange(paused_, true))
        emit paused_changed(true);
}

void FakePlace::resume() {
    if (std::exchange(paused_, false))
        emit paused_changed(false);
}

// --- Jobs

Job FakePlace::make_job(JobState state) {
    Job job;
    job.id = JobId::generate(now());
    job.created_at = job.updated_at = now();
    job.max_attempts = 3;
    job.original.filename = "image-" + std::to_string(next_name_++) + ".jpg";
    job.original.media_type = "image/jpeg";
    job.original.bytes = 100'000;
    job.specs.emplace_back();
    if (state == JobState::processing) {
        job.state = state;
        job.started_at = job.created_at;
        job.attempts = 1;
    } else if (state != JobState::queued) {
        job.started_at = job.created_at;
        job.attempts = 1;
        finish(job, state);
        if (state == JobState::failed)
            job.error = thumbjobs::JobError{ErrorCode::image_corrupt, "The image is damaged."};
    }
    return job;
}

void FakePlace::finish(Job& job, JobState state) {
    job.state = state;
    job.finished_at = now();
    if (state != JobState::succeeded)
        return;
    job.progress = 1;
    job.original.width = 640;
    job.original.height = 480;
    job.renditions.clear();
    for (const auto& spec : job.specs)
        job.renditions.push_back({spec.name, "image/jpeg", spec.width, spec.height,
                                  image.isEmpty() ? 2'000 : image.size(), "sha256:"});
}

Job* FakePlace::find(const JobId& id) {
    const auto found = jobs_.find(id);
    return found == jobs_.end() ? nullptr : &found->second;
}

Result<Job> FakePlace::change(const JobId& id,
                              const std::function<std::optional<Failure>(Job&)>& act) {
    Job* job = find(id);
    if (job == nullptr)
        return no_such_job();
    if (auto refusal = act(*job))
        return *std::move(refusal);
    tell(*job);
    return *job;
}

void FakePlace::tell(const Job& job) {
    // Later states of one job are newer, also within one millisecond of the clock.
    Job& kept = jobs_.at(job.id);
    kept.updated_at = std::max(now(), kept.updated_at + std::chrono::milliseconds(1));
    Event event;
    event.id = job.id;
    event.job = kept;
    queue_event(std::move(event));
}

void FakePlace::tell_deleted(const JobId& id) {
    Event event;
    event.kind = Event::Kind::deleted;
    event.id = id;
    queue_event(std::move(event));
}

void FakePlace::queue_event(Event event) {
    event.cursor = std::to_string(next_cursor_++);
    pending_.push_back(std::move(event));
    if (std::exchange(delivery_queued_, true))
        return;
    run_later([this] {
        delivery_queued_ = false;
        const auto batch = std::exchange(pending_, {});
        if (!batch.empty())
            emit events(batch);
    });
}

Result<JobPage> FakePlace::page(const thumbjobs::ListQuery& query) const {
    std::vector<const Job*> matching;
    for (const auto& [id, job] : jobs_)
        if (query.states.empty() || std::ranges::count(query.states, job.state) > 0)
            matching.push_back(&job);
    if (!query.ascending)
        std::ranges::reverse(matching);
    JobPage result;
    const auto after = JobId::parse(query.cursor);
    for (const Job* job : matching) {
        if (after && (query.ascending ? job->id <= *after : job->id >= *after))
            continue;
        if (static_cast<int>(result.jobs.size()) == query.limit) {
            result.next_cursor = result.jobs.back().id.to_string();
            break;
        }
        result.jobs.push_back(*job);
    }
    result.events_cursor = std::to_string(next_cursor_);
    return result;
}

} // namespace desktop::test
