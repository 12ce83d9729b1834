#include "model/saver.h"

#include <QDateTime>
#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace desktop {

namespace {

constexpr int max_under_way = 4; ///< Jobs, whose bytes are in memory.

} // namespace

/// A job that is being saved, rendition by rendition.
struct Saver::OneJob {
    thumbjobs::Job job;
    int index = 1;
    Original original{};  ///< Where the list does not know its file.
    std::size_t next = 0; ///< The rendition to be fetched.
    std::size_t end = 0;
};

Saver::Saver(Place& place, JobsModel& model, QObject* parent)
    : QObject(parent), place_(place), model_(model) {}

Saver::~Saver() = default;

std::vector<Original> Saver::originals() const {
    std::vector<Original> result;
    const RowIndex& rows = model_.rows();
    result.reserve(static_cast<std::size_t>(rows.sources().size()));
    for (auto source = rows.sources().begin(); source != rows.sources().end(); ++source)
        if (!source->path.isEmpty())
            result.push_back({*source, 0, {}});
    return result;
}

void Saver::save_all(const std::vector<RowKey>& keys, const SaveOptions& options) {
    const auto run = std::make_shared<Run>();
    run->options = options;
    for (const RowKey key : keys) {
        const Row* row = model_.row(key);
        if (row && row->state == RowState::succeeded)
            run->tasks.push_back({key, static_cast<int>(run->tasks.size()) + 1});
    }
    enqueue(run);
}

void Saver::save_as(RowKey key, const std::string& rendition, const QString& path) {
    const auto run = std::make_shared<Run>();
    const QFileInfo file(path);
    run->options.folder = file.absolutePath();
    run->options.collision = Collision::overwrite;
    run->one_file = true;
    run->rendition = rendition;
    run->name = file.fileName();
    run->tasks.push_back({key, 1});
    enqueue(run);
}

QString Saver::suggested_name(RowKey key, const std::string& rendition) const {
    const thumbjobs::Job* job = model_.details(key);
    const Row* row = model_.row(key);
    if (!row)
        return {};
    NameFields fields;
    fields.name = QString::fromStdString(std::string(row->name()));
    fields.rendition = QStringLiteral("thumbnail");
    fields.media_type = QStringLiteral("image/jpeg");
    if (job)
        for (const auto& one : job->renditions)
            if (one.name == rendition || (rendition.empty() && &one == &job->renditions.front())) {
                fields.rendition = QString::fromStdString(one.name);
                fields.media_type = QString::fromStdString(one.media_type);
            }
    return NamePattern::standard().expand(fields);
}

void Saver::export_results(const std::vector<RowKey>& keys, const QString& path,
                           ExportFormat format) {
    std::vector<ExportedRow> rows;
    rows.reserve(keys.size());
    for (const RowKey key : keys)
        if (const auto slot = model_.rows().find(key))
            rows.push_back(exported_row(model_.rows(), *slot));
    const auto run = std::make_shared<Run>();
    const QFileInfo file(path);
    run->options.folder = file.absolutePath();
    run->options.collision = Collision::overwrite;
    run->name = file.fileName();
    // Put into words on the other thread, beside the disk's work.
    disk_.run([rows = std::move(rows), format] { return export_rows(rows, format); },
              [this, run](const QByteArray& content) {
                  run->content = content;
                  enqueue(run);
              });
}

// --- One run after the other

void Saver::enqueue(RunPtr run) {
    run->total = std::max<int>(static_cast<int>(run->tasks.size()), run->content.isEmpty() ? 0 : 1);
    waiting_.push_back(std::move(run));
    // Not within the call: who calls may connect to finished() afterwards.
    QMetaObject::invokeMethod(
        this, [this] { next_run(); }, Qt::QueuedConnection);
}

void Saver::next_run() {
    if (run_ || waiting_.empty())
        return;
    run_ = waiting_.front();
    waiting_.pop_front();
    run_->originals = std::make_shared<const std::vector<Original>>(originals());
    emit progress(0, run_->total);
    if (run_->content.isEmpty())
        return run_more();
    ++run_->under_way;
    write(run_, run_->name, run_->content, {}, [this, run = run_] { end_task(run); });
}

void Saver::run_more() {
    while (run_ && run_->under_way < max_under_way && !run_->tasks.empty()) {
        const Task task = run_->tasks.front();
        run_->tasks.pop_front();
        ++run_->under_way;
        begin(task);
    }
    if (run_ && run_->under_way == 0 && run_->tasks.empty())
        end_run();
}

void Saver::begin(const Task& task) {
    const RunPtr run = run_;
    const Row* row = model_.row(task.key);
    if (!row) {
        count_failure(*run, tr("The job is gone."));
        QMetaObject::invokeMethod(
            this, [this, run] { end_task(run); }, Qt::QueuedConnection);
        return;
    }
    const Source source = model_.source(task.key);
    place_.get(row->id, this,
               [this, run, source, index = task.index](const Result<thumbjobs::Job>& answer) {
                   if (run != run_)
                       return;
                   if (!answer) {
                       count_failure(*run, answer.failure().message);
                       return end_task(run);
                   }
                   const auto job = std::make_shared<OneJob>();
                   job->job = answer.value();
                   job->index = index;
                   job->end = job->job.renditions.size();
                   if (run->one_file) {
                       const auto& all = job->job.renditions;
                       const auto found = std::find_if(
                           all.begin(), all.end(), [&](const thumbjobs::Rendition& rendition) {
                               return run->rendition.empty() || rendition.name == run->rendition;
                           });
                       job->next = static_cast<std::size_t>(found - all.begin());
                       job->end = std::min(job->next + 1, all.size());
                   }
                   if (job->next == job->end)
                       count_failure(*run, tr("The job has no thumbnail."));
                   if (source.path.isEmpty())
                       job->original = {{},
                                        job->job.original.bytes,
                                        QString::fromStdString(job->job.original.filename)};
                   fetch(run, job);
               });
}

void Saver::fetch(const RunPtr& run, const std::shared_ptr<OneJob>& job) {
    if (job->next == job->end)
        return end_task(run);
    const thumbjobs::Rendition rendition = job->job.renditions[job->next++];
    place_.rendition(job->job.id, rendition.name, this,
                     [this, run, job, rendition](const Result<QByteArray>& answer) {
                         if (run != run_)
                             return;
                         if (!answer) {
                             count_failure(*run, answer.failure().message);
                             return fetch(run, job);
                         }
                         NameFields fields;
                         fields.name = QString::fromStdString(job->job.original.filename);
                         fields.rendition = QString::fromStdString(rendition.name);
                         fields.width = rendition.width;
                         fields.height = rendition.height;
                         fields.index = job->index;
                         fields.id = QString::fromStdString(job->job.id.to_string());
                         fields.date = QDate::currentDate();
                         fields.media_type = QString::fromStdString(rendition.media_type);
                         write(run, run->one_file ? run->name : run->options.pattern.expand(fields),
                               answer.value(), job->original,
                               [this, run, job] { fetch(run, job); });
                     });
}

void Saver::write(const RunPtr& run, const QString& name, const QByteArray& bytes,
                  const Original& own, std::function<void()> then) {
    // Two images of one name are no reason to lose the first.
    const QString known = name.toCaseFolded();
    const bool again = run->names.contains(known);
    run->names.insert(known);
    Collision collision = run->options.collision;
    if (again && collision == Collision::overwrite)
        collision = Collision::rename;
    disk_.run(
        [folder = run->options.folder, name, bytes, collision, originals = run->originals, own] {
            if (own.bytes == 0)
                return write_file(folder, name, bytes, collision, *originals);
            auto all = *originals;
            all.push_back(own);
            return write_file(folder, name, bytes, collision, all);
        },
        [this, run, then = std::move(then)](const Written& written) {
            count(*run, written);
            if (run == run_)
                then();
        });
}

void Saver::count(Run& run, const Written& written) {
    switch (written.outcome) {
    case Written::Outcome::written:
        ++run.summary.written;
        run.summary.path = written.path;
        break;
    case Written::Outcome::skipped:
        ++run.summary.skipped;
        break;
    case Written::Outcome::failed:
        count_failure(run, written.message);
        break;
    }
}

void Saver::count_failure(Run& run, const QString& message) {
    ++run.summary.failed;
    if (run.summary.message.isEmpty())
        run.summary.message = message;
}

void Saver::end_task(const RunPtr& run) {
    if (run != run_)
        return;
    --run->under_way;
    ++run->done;
    emit progress(run->done, run->total);
    run_more();
}

void Saver::end_run() {
    const RunPtr run = std::exchange(run_, nullptr);
    // Behind whatever is still being written.
    disk_.run(
        [folder = run->options.folder] {
            sync_folder(folder);
            return true;
        },
        [this, run](bool) {
            emit finished(run->summary);
            next_run();
        });
}

void Saver::cancel() {
    if (!run_)
        return;
    run_->summary.cancelled = true;
    end_run();
}

} // namespace desktop
