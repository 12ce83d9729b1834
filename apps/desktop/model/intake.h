#pragma once

#include "model/file_scanner.h"
#include "model/jobs_model.h"
#include "model/pending.h"
#include "place/place.h"

#include <QByteArray>
#include <QImage>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

class QMimeData;

namespace desktop {

/// Brings images in: files, folders, drops and pasted images become rows at once, those that are no
/// images with the reason, and the others jobs, a few at a time. When the place is full, away or
/// stalled, the rest waits; each image keeps one idempotency key, so that whatever is repeated
/// makes no second job. On the GUI thread; does no I/O there.
class Intake : public QObject {
    Q_OBJECT

public:
    Intake(Place& place, JobsModel& model, QObject* parent = nullptr);
    ~Intake() override;

    /// What is made of the images that come in from now on. Validated by the caller.
    void set_renditions(std::vector<thumbjobs::RenditionSpec> renditions);

    /// Takes files and folders, in the order of calls.
    void add_paths(const QStringList& paths);

    /// Takes what is dropped or pasted: files, or an image as data. An address on the web whose
    /// image does not come with it makes a refused row. Returns whether there was anything.
    bool add_mime(const QMimeData& data);
    static bool can_take(const QMimeData& data);

    /// Takes an image that is no file; it is submitted as PNG.
    void add_image(const QImage& image, const QString& name);

    /// Takes the bytes of an image file.
    void add_bytes(const QByteArray& bytes, const QString& name);

    // --- Scanning

    bool scanning() const noexcept { return scanner_.running() || !paths_.isEmpty(); }
    int scanned() const noexcept { return scanned_; } ///< Files of the scan that runs.
    void stop_scan();

    // --- Waiting and submitting

    /// Images that wait or are being submitted: they are lost if the app ends now and keeps no
    /// snapshot().
    int pending() const;

    /// Why nothing is submitted just now; empty when it goes on.
    QString obstacle() const { return obstacle_; }

    /// Submits no more images (those under way are finished) until it is called with false.
    void hold(bool held);
    bool held() const noexcept { return held_; }

    /// Takes back images that are not jobs yet: they stay as cancelled rows.
    void cancel(const std::vector<RowKey>& keys);

    /// Tries refused and cancelled images again; rows that are none of these are left alone.
    void retry(const std::vector<RowKey>& keys);

    /// Whether this row can be tried again: its image is still known.
    bool can_retry(RowKey key) const;

    /// Leaves these images waiting until put_back() or discard().
    void withhold(const std::vector<RowKey>& keys);
    void put_back(const std::vector<RowKey>& keys);

    /// Forgets images, and removes their rows.
    void discard(const std::vector<RowKey>& keys);

    /// The files that wait or are being submitted, for restore() at the next start; pasted images
    /// are not in it. With their keys: what was submitted after all makes no second job.
    std::vector<PendingFile> snapshot() const;
    void restore(const std::vector<PendingFile>& files);

signals:
    void obstacle_changed();
    void held_changed(bool held);
    void scan_progress(int files);
    void scan_finished(const desktop::ScanSummary& summary);

private:
    struct Item {
        QString path{};     ///< Or, if empty,
        QByteArray bytes{}; ///< the image.
        QString name{};
        Renditions renditions{};
        std::string key{};
    };

    void scan_next();
    void take_found(const std::vector<FoundFile>& files);
    RowKey add_item(Item item, qint64 bytes, Source source);
    void submit_more();
    void submit(RowKey key);
    void take_answer(RowKey key, const Result<thumbjobs::Job>& answer);
    void wait_and_go_on(const Failure& failure);
    void forget(RowKey key);
    void refuse_row(const QString& name, thumbjobs::ErrorCode code, const QString& reason);
    void set_obstacle(const QString& obstacle);
    ScanLimits limits() const;

    Place& place_;
    JobsModel& model_;
    FileScanner scanner_;
    QStringList paths_; ///< To be scanned.
    int scanned_ = 0;
    Renditions renditions_;

    std::unordered_map<RowKey, Item> items_; ///< Of rows that are not jobs and could become some.
    std::deque<RowKey> queue_;
    std::unordered_set<RowKey> under_way_;
    std::unordered_set<RowKey> taken_back_; ///< While under way: cancelled when they are jobs.
    std::unordered_set<RowKey> withheld_;
    qint64 bytes_kept_ = 0; ///< Of images that are no files.
    bool held_ = false;
    bool submitting_ = false;
    QTimer wait_;
    int delay_ = 0; ///< Milliseconds: how long to wait where the place does not say.
    QString obstacle_;
    QThreadPool encoders_;
};

} // namespace desktop
