#pragma once

#include "model/file_scanner.h"
#include "model/jobs_model.h"
#include "model/paste_spool.h"
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

    /// Where pasted images are kept until they are jobs, so that they outlive the app; null: in
    /// memory only. Outlives the intake.
    void set_spool(PasteSpool* spool) { spool_ = spool; }

    /// What is made of the images that come in from now on; those of a folder that is being looked
    /// through came in with it. Validated by the caller.
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

    bool scanning() const noexcept { return scanner_.running() || !scans_.empty(); }
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

    // --- Across a restart

    /// What waits, is being submitted or is still to be looked through, for restore() at the next
    /// start. With the keys: what was submitted after all makes no second job. Pasted images are in
    /// it once they are in the spool.
    Pending snapshot() const;
    void restore(const Pending& pending);

    /// Before the last snapshot(): submits and looks through nothing any more, forgets nothing.
    void suspend();

    /// Whether nothing is on its way into a snapshot() any more: settled() tells of it.
    bool is_settled() const noexcept { return unsettled_ == 0; }

signals:
    /// A pasted image is in the spool, or cannot be kept there, and no other is on its way.
    void settled();
    void obstacle_changed();
    void scan_progress(int files);
    void scan_finished(const desktop::ScanSummary& summary);

private:
    struct Item {
        QString path{};     ///< Or, if empty,
        QByteArray bytes{}; ///< the image; or, if empty as well,
        QString spooled{};  ///< the file of ours that holds it.
        QString name{};
        Renditions renditions{};
        std::string key{};
    };

    void scan_next();
    void end_scan(const ScanSummary& summary);
    void take_found(const std::vector<FoundFile>& files);
    void keep_bytes(const QByteArray& bytes, const QString& name, const Renditions& renditions);
    void keep_in_spool(RowKey key);
    void settle();
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
    std::deque<PendingScan> scans_; ///< The first is the one that runs.
    int scanned_ = 0;
    bool suspended_ = false;
    Renditions renditions_;
    PasteSpool* spool_ = nullptr;
    int unsettled_ = 0; ///< Pasted images that are being encoded or written.

    std::unordered_map<RowKey, Item> items_; ///< Of rows that are not jobs and could become some.
    std::deque<RowKey> queue_;
    std::unordered_set<RowKey> under_way_;
    std::unordered_set<RowKey> taken_back_; ///< While under way: cancelled when they are jobs.
    std::unordered_set<RowKey> withheld_;
    qint64 bytes_kept_ = 0; ///< In memory, of images that are no files.
    bool held_ = false;
    bool submitting_ = false;
    QTimer wait_;
    int delay_ = 0; ///< Milliseconds: how long to wait where the place does not say.
    QString obstacle_;
    QThreadPool encoders_;
};

} // namespace desktop
