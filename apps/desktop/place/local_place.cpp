#include "place/local_place.h"

#include <thumbjobs/error.h>

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QThread>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace desktop {
namespace {

using thumbjobs::BlobPtr;
using thumbjobs::Engine;
using thumbjobs::EngineOptions;
using thumbjobs::ErrorCode;
using thumbjobs::Job;
using thumbjobs::JobId;

constexpr int submit_threads = 4;
constexpr int change_threads = 2;
constexpr int read_threads = 3;
constexpr std::int64_t disk_reserve = 256LL << 20;
constexpr int max_log_lines = 1'000;
constexpr std::chrono::seconds lease{15}; // how long jobs rest after the app was killed

Failure failure_of(ErrorCode code, const QString& message) {
    return {std::string(thumbjobs::to_string(code)), message};
}

Failure failure_of(const thumbjobs::Error& error) {
    Failure failure = failure_of(error.code(), QString::fromUtf8(error.what()));
    failure.retryable = error.retryable();
    if (error.code() == ErrorCode::queue_full)
        failure.retry_after = std::chrono::seconds(2);
    else if (error.code() == ErrorCode::storage_full)
        failure.retry_after = std::chrono::seconds(30);
    return failure;
}

/// What an exception says; to be called in a handler.
Failure current_failure() {
    try {
        throw;
    } catch (const thumbjobs::Error& error) {
        return failure_of(error);
    } catch (const std::bad_alloc&) {
        return failure_of(ErrorCode::internal,
                          LocalPlace::tr("There is not enough memory for this."));
    } catch (const std::exception& error) {
        return failure_of(ErrorCode::internal, QString::fromUtf8(error.what()));
    }
}

Failure closed_failure() {
    return {code_closed, LocalPlace::tr("The work on this computer has been stopped."), true};
}

struct Unreadable {
    Failure failure;
};

/// Opens the file of a submission, or borrows its bytes. Throws Unreadable.
BlobPtr image_of(const Submission& submission) {
    if (submission.path.isEmpty()) {
        auto bytes = std::make_shared<const QByteArray>(submission.bytes);
        const auto view =
            thumbjobs::as_bytes({bytes->constData(), static_cast<std::size_t>(bytes->size())});
        return thumbjobs::share_blob(view, std::move(bytes));
    }
    try {
        return thumbjobs::open_file_blob(QFile::encodeName(submission.path).toStdString());
    } catch (const thumbjobs::Error& error) {
        throw Unreadable{{code_unreadable, QString::fromUtf8(error.what())}};
    }
}

thumbjobs::SubmitRequest request_of(const Submission& submission) {
    thumbjobs::SubmitRequest request;
    request.image = image_of(submission);
    request.renditions = submission.renditions;
    const QString name = submission.file_name.isEmpty() ? QFileInfo(submission.path).fileName()
                                                        : submission.file_name;
    request.filename = name.toStdString();
    request.priority = submission.priority;
    request.metadata = submission.metadata;
    request.idempotency_key = submission.idempotency_key;
    return request;
}

QByteArray all_of(const thumbjobs::Blob& blob) {
    QByteArray bytes(static_cast<qsizetype>(blob.size()), Qt::Uninitialized);
    const auto got = blob.read(
        0, std::as_writable_bytes(std::span(bytes.data(), static_cast<std::size_t>(bytes.size()))));
    bytes.truncate(static_cast<qsizetype>(got));
    return bytes;
}

int worker_count(int wanted) {
    return wanted > 0 ? wanted : std::max(1, QThread::idealThreadCount() - 1);
}

/// Makes it, for its owner only, where it is missing.
void make_folder(const QString& path) {
    if (QFileInfo::exists(path))
        return;
    constexpr auto owner_only =
        QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner;
    if (!QDir().mkpath(path) || !QFile::setPermissions(path, owner_only))
        throw thumbjobs::Error(ErrorCode::storage_unavailable,
                               "The folder for the jobs cannot be made.");
}

EngineOptions engine_options(const LocalPlace::Options& options) {
    auto result = EngineOptions::in_directory(QFile::encodeName(options.folder).toStdString());
    result.workers = worker_count(options.workers);
    if (options.sandbox)
        result.resizer = "sandbox:" + result.resizer + "?helpers=" + std::to_string(result.workers);
    result.limits = options.limits;
    result.retention = options.retention;
    result.disk_reserve = disk_reserve;
    result.lease = lease;
    return result;
}

} // namespace

QString LocalPlace::default_folder() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) +
           "/thumbjobs-desktop/jobs";
}

LocalPlace::LocalPlace(Options options, QObject* parent)
    : Place(parent), options_(std::move(options)) {
    control_.setMaxThreadCount(1);
    submits_.setMaxThreadCount(submit_threads);
    changes_.setMaxThreadCount(change_threads);
    reads_.setMaxThreadCount(read_threads);
    connect(&batcher_, &EventBatcher::batch, this, &Place::events);
    connect(&batcher_, &EventBatcher::lost, this, &Place::reset);
}

LocalPlace::~LocalPlace() {
    closing_ = true;
    ready_.reset();
    control_.start([this] { close_engine(); });
    control_.waitForDone();
}

Description LocalPlace::description() const {
    Description description;
    description.kind = Description::Kind::local;
    description.title = tr("This computer");
    description.can_pause = true;
    description.knows_files = true;
    description.submits_at_a_time = submit_threads;
    description.max_bytes = options_.limits.max_bytes;
    description.max_pixels = options_.limits.max_pixels;
    description.media_types = {"image/jpeg", "image/png",  "image/webp", "image/gif",
                               "image/avif", "image/heic", "image/heif", "image/tiff"};
    return description;
}

// --- Opening and closing

void LocalPlace::open() {
    using State = Connection::State;
    const State state = connection().state;
    if (closing_ || state == State::connecting || state == State::online)
        return;
    set_connection({State::connecting, tr("Opening the jobs on this computer.")});
    control_.start([this] { open_engine(); });
}

void LocalPlace::open_engine() {
    if (closing_)
        return;
    try {
        EngineOptions options = engine_options(options_);
        make_folder(options_.folder);
        engine_ = options_.open_engine ? options_.open_engine(std::move(options))
                                       : Engine::open(std::move(options));
        const auto from = engine_->events_end();
        // Queued before the first event is, so that the reset comes before it.
        QMetaObject::invokeMethod(
            this, [this, engine = std::weak_ptr(engine_)] { opened(engine.lock()); },
            Qt::QueuedConnection);
        subscription_ = engine_->subscribe(
            [this](const thumbjobs::Event& event) { batcher_.add(event); }, from);
        if (paused_)
            engine_->pause();
        engine_->start();
    } catch (...) {
        subscription_.reset();
        engine_.reset();
        QMetaObject::invokeMethod(
            this, [this, reason = current_failure().message] { not_opened(reason); },
            Qt::QueuedConnection);
    }
}

void LocalPlace::opened(EnginePtr engine) {
    if (closing_ || !engine)
        return;
    ready_ = std::move(engine);
    for (auto& [pool, task] : std::exchange(waiting_, {}))
        start(*pool, std::move(task));
    // It may have been changed since the engine was asked to.
    control_.start(
        [engine = ready_, paused = paused()] { paused ? engine->pause() : engine->resume(); });
    set_connection({Connection::State::online, {}});
    emit reset();
}

void LocalPlace::not_opened(const QString& reason) {
    if (closing_)
        return;
    ready_.reset();
    set_connection({Connection::State::failed, reason});
    for (auto& [pool, task] : std::exchange(waiting_, {}))
        dispatch(*pool, std::move(task));
}

void LocalPlace::close() {
    if (closing_ || connection().state == Connection::State::closed)
        return;
    closing_ = true;
    ready_.reset();
    for (auto& [pool, task] : std::exchange(waiting_, {}))
        dispatch(*pool, std::move(task));
    control_.start([this] {
        close_engine();
        QMetaObject::invokeMethod(
            this,
            [this] {
                batcher_.clear();
                closing_ = false;
                set_connection({Connection::State::closed, {}});
            },
            Qt::QueuedConnection);
    });
}

void LocalPlace::close_engine() {
    if (engine_)
        engine_->stop(options_.patience);
    submits_.waitForDone();
    changes_.waitForDone();
    reads_.waitForDone();
    subscription_.reset();
    engine_.reset();
}

void LocalPlace::set_paused(bool paused) {
    if (paused_.exchange(paused) == paused)
        return;
    if (ready_)
        control_.start([engine = ready_, paused] { paused ? engine->pause() : engine->resume(); });
    emit paused_changed(paused);
}

// --- Calls

template <class T, class Work>
void LocalPlace::call(QThreadPool& pool, QObject* context, Answer<T> answer, Work work) {
    dispatch(pool, [this, guard = QPointer<QObject>(context), answer = std::move(answer),
                    work = std::move(work)](Engine* engine, const Failure* refusal) {
        const auto attempt = [&]() -> Result<T> {
            if (refusal != nullptr)
                return *refusal;
            try {
                return work(*engine);
            } catch (const Unreadable& file) {
                return file.failure;
            } catch (...) {
                return current_failure();
            }
        };
        QMetaObject::invokeMethod(
            this,
            [guard, answer, result = attempt()]() mutable {
                if (guard)
                    answer(std::move(result));
            },
            Qt::QueuedConnection);
    });
}

void LocalPlace::dispatch(QThreadPool& pool, Task task) {
    if (ready_) {
        start(pool, std::move(task));
    } else if (!closing_ && connection().state == Connection::State::connecting) {
        waiting_.push_back({&pool, std::move(task)});
    } else if (connection().state == Connection::State::failed) {
        const Failure failure{std::string(to_string(ErrorCode::store_unavailable)),
                              connection().message, true};
        task(nullptr, &failure);
    } else {
        const Failure failure = closed_failure();
        task(nullptr, &failure);
    }
}

void LocalPlace::start(QThreadPool& pool, Task task) {
    pool.start([this, engine = ready_, task = std::move(task)]() mutable {
        if (closing_) {
            const Failure failure = closed_failure();
            task(nullptr, &failure);
        } else {
            task(engine.get(), nullptr);
        }
    });
}

void LocalPlace::submit(Submission submission, QObject* context, Answer<Job> answer) {
    call<Job>(submits_, context, std::move(answer),
              [submission = std::move(submission)](Engine& engine) {
                  return engine.submit(request_of(submission)).job;
              });
}

void LocalPlace::list(thumbjobs::ListQuery query, QObject* context,
                      Answer<thumbjobs::JobPage> answer) {
    call<thumbjobs::JobPage>(
        reads_, context, std::move(answer),
        [query = std::move(query)](Engine& engine) { return engine.list(query); });
}

void LocalPlace::get(JobId id, QObject* context, Answer<Job> answer) {
    call<Job>(reads_, context, std::move(answer), [id](Engine& engine) -> Result<Job> {
        if (auto job = engine.get(id))
            return *std::move(job);
        return failure_of(ErrorCode::not_found, tr("There is no such job any more."));
    });
}

void LocalPlace::cancel(JobId id, QObject* context, Answer<Job> answer) {
    call<Job>(changes_, context, std::move(answer),
              [id](Engine& engine) { return engine.cancel(id); });
}

void LocalPlace::retry(JobId id, QObject* context, Answer<Job> answer) {
    call<Job>(changes_, context, std::move(answer),
              [id](Engine& engine) { return engine.retry(id); });
}

void LocalPlace::remove(JobId id, QObject* context, Answer<Done> answer) {
    call<Done>(changes_, context, std::move(answer), [id](Engine& engine) {
        try {
            engine.remove(id);
        } catch (const thumbjobs::Error& error) {
            if (error.code() != ErrorCode::not_found)
                throw;
        }
        return Done{};
    });
}

void LocalPlace::rendition(JobId id, std::string name, QObject* context,
                           Answer<QByteArray> answer) {
    call<QByteArray>(reads_, context, std::move(answer),
                     [id, name = std::move(name)](Engine& engine) {
                         return all_of(*engine.open_rendition(id, name).blob);
                     });
}

void LocalPlace::original(JobId id, QObject* context, Answer<QByteArray> answer) {
    call<QByteArray>(reads_, context, std::move(answer),
                     [id](Engine& engine) { return all_of(*engine.open_original(id)); });
}

void LocalPlace::logs(JobId id, QObject* context, Answer<std::vector<thumbjobs::LogLine>> answer) {
    using Lines = std::vector<thumbjobs::LogLine>;
    call<Lines>(reads_, context, std::move(answer), [id](Engine& engine) -> Result<Lines> {
        if (!engine.get(id))
            return failure_of(ErrorCode::not_found, tr("There is no such job any more."));
        return engine.logs({.job = id, .limit = max_log_lines});
    });
}

void LocalPlace::stats(QObject* context, Answer<thumbjobs::EngineStats> answer) {
    call<thumbjobs::EngineStats>(reads_, context, std::move(answer),
                                 [](Engine& engine) { return engine.stats(); });
}

} // namespace desktop
