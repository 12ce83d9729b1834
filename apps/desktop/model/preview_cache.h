#pragma once

#include "model/image_decoder.h"
#include "model/row.h"
#include "place/place.h"

#include <QCache>
#include <QImage>
#include <QObject>
#include <QSet>
#include <QThreadPool>

#include <deque>
#include <functional>
#include <string>

namespace desktop {

/// The previews of rows that are, or lately were, in sight. Few are fetched at a time, the latest
/// asked for first; decoding has threads of its own; the memory is bounded.
class PreviewCache : public QObject {
    Q_OBJECT

public:
    static constexpr int side = 256; ///< Pixels: larger previews are scaled down to it.

    explicit PreviewCache(Place& place, QObject* parent = nullptr);
    ~PreviewCache() override;

    /// The row's preview; a null image if it is not here, and it is then asked for.
    QImage get(RowKey row, const thumbjobs::JobId& job, const std::string& rendition);

    /// Forgets a row's preview, since its job has another one now.
    void drop(RowKey row);

    /// Forgets what is asked for but not under way, unless `wanted` says that it is in sight.
    void keep(const std::function<bool(RowKey)>& wanted);

signals:
    /// A preview that was asked for is here now. Not for those that cannot be had.
    void ready(desktop::RowKey row);

private:
    struct Request {
        RowKey row = 0;
        thumbjobs::JobId job{};
        std::string rendition{};
    };

    void fetch_more();
    void decode(RowKey row, const QByteArray& bytes);
    void finish(RowKey row, const QImage& image);

    Place& place_;
    QCache<RowKey, QImage> images_; ///< A null image: cannot be had. Cost in KiB.
    std::deque<Request> requests_;  ///< The latest at the end.
    QSet<RowKey> asked_;            ///< In `requests_` or under way.
    QSet<RowKey> dropped_;          ///< Under way, but not wanted any more.
    int under_way_ = 0;
    ImageDecoder decoder_;
    QThreadPool decoders_;
};

} // namespace desktop
