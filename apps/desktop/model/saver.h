#pragma once

#include "model/disk_thread.h"
#include "model/file_name.h"
#include "model/jobs_model.h"
#include "model/result_export.h"
#include "model/safe_write.h"
#include "place/place.h"

#include <QObject>
#include <QSet>
#include <QString>

#include <deque>
#include <memory>
#include <vector>

namespace desktop {

/// How many files are saved at once.
struct SaveOptions {
    QString folder{};
    NamePattern pattern = NamePattern::standard();
    Collision collision = Collision::rename;
};

struct SaveSummary {
    int written = 0;
    int skipped = 0;
    int failed = 0;
    bool cancelled = false;
    QString message{}; ///< Why the first of them failed.
    QString path{};    ///< The last file that was written.
};

/// Saves thumbnails and lists of results, off the GUI thread, each file as a whole or not at all.
/// One saving at a time; others wait. No original is ever replaced.
class Saver : public QObject {
    Q_OBJECT

public:
    Saver(Place& place, JobsModel& model, QObject* parent = nullptr);
    ~Saver() override;

    /// Saves every rendition of these jobs; rows that have none are passed over.
    void save_all(const std::vector<RowKey>& keys, const SaveOptions& options);

    /// Saves one rendition (empty: the first) under the path that the user chose, and agreed to
    /// replace.
    void save_as(RowKey key, const std::string& rendition, const QString& path);

    /// What the file dialog should suggest for save_as().
    QString suggested_name(RowKey key, const std::string& rendition = {}) const;

    /// Writes what the list says of these rows, replacing the file that the user chose.
    void export_results(const std::vector<RowKey>& keys, const QString& path, ExportFormat format);

    /// Ends the saving that runs; files that are written stay.
    void cancel();

    bool running() const noexcept { return run_ || !waiting_.empty(); }

signals:
    void progress(int done, int total); ///< Images, not files.
    void finished(const desktop::SaveSummary& summary);

private:
    struct Task {
        RowKey key = 0;
        int index = 1;
    };
    struct Run {
        SaveOptions options{};
        bool one_file = false;   ///< save_as(): `name` in `options.folder`.
        std::string rendition{}; ///< The one to be saved, if `one_file`; empty: the first.
        QString name{};
        std::deque<Task> tasks{};
        std::shared_ptr<const std::vector<Original>> originals{};
        QSet<QString> names{}; ///< Written by this run, so not to be replaced by it.
        int total = 0;
        int done = 0;
        int under_way = 0;
        QByteArray content{}; ///< Of an export.
        SaveSummary summary{};
    };
    using RunPtr = std::shared_ptr<Run>;

    struct OneJob;

    void enqueue(RunPtr run);
    void next_run();
    void run_more();
    void begin(const Task& task);
    void fetch(const RunPtr& run, const std::shared_ptr<OneJob>& job);
    void write(const RunPtr& run, const QString& name, const QByteArray& bytes, const Original& own,
               std::function<void()> then);
    void count(Run& run, const Written& written);
    void count_failure(Run& run, const QString& message);
    void end_task(const RunPtr& run);
    void end_run();
    std::vector<Original> originals() const;

    Place& place_;
    JobsModel& model_;
    RunPtr run_;
    std::deque<RunPtr> waiting_;
    DiskThread disk_;
};

} // namespace desktop
