#pragma once

#include "model/disk_thread.h"
#include "model/image_decoder.h"
#include "model/jobs_model.h"
#include "place/place.h"

#include <QImage>
#include <QObject>
#include <QThreadPool>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

class QMimeData;

namespace desktop {

/// Hands images to other programs: dragged or copied rows as files in a folder of ours (removed at
/// the end), one image to the clipboard, an original to be opened.
class FileDrag : public QObject {
    Q_OBJECT

public:
    static constexpr int max_rows = 200; ///< Of one drag; further ones are left out.

    FileDrag(Place& place, JobsModel& model, QObject* parent = nullptr);
    ~FileDrag() override;

    /// What a drag of these rows carries: their first renditions as files, and the first as image;
    /// owned by the caller. Null if none of them has a thumbnail. Fetching begins now; a program
    /// that asks before the files are there waits, with the event loop running, for a few seconds
    /// at most.
    QMimeData* make_mime(const std::vector<RowKey>& keys);

    /// Puts a row's image on the clipboard; answers with a null image and a sentence if it cannot.
    using ImageAnswer = std::function<void(const QImage& image, const QString& message)>;
    void copy_image(RowKey key, QObject* context, ImageAnswer answer);

    /// Where the original can be opened: the file it came from, while that is there, else a copy.
    /// An empty path comes with a sentence.
    using PathAnswer = std::function<void(const QString& path, const QString& message)>;
    void find_original(RowKey key, QObject* context, PathAnswer answer);

private:
    struct Bundle;
    class Files;
    class Mime;
    using ImageUse = std::function<void(const QImage&)>;
    void fetch_more(const std::shared_ptr<Bundle>& bundle);
    void store(const std::shared_ptr<Bundle>& bundle, std::size_t place, const QByteArray& bytes);
    void fetch_original(const thumbjobs::JobId& id, const QString& name, QObject* context,
                        const PathAnswer& answer);
    void decode(const QByteArray& bytes, ImageUse use);

    Place& place_;
    JobsModel& model_;
    std::shared_ptr<Files> files_; ///< For the disk thread.
    quint64 next_group_ = 1;       ///< Names a folder in it.
    DiskThread disk_;
    ImageDecoder decoder_;
    QThreadPool decoders_;
};

} // namespace desktop
