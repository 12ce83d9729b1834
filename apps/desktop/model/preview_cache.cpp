#include "model/preview_cache.h"

#include <QMetaObject>

#include <algorithm>

namespace desktop {

namespace {

constexpr int max_cost = 96 * 1024;       ///< KiB.
constexpr std::size_t max_requests = 512; ///< More rows than a screen shows.
constexpr int max_under_way = 4;
constexpr qsizetype max_bytes = 16 << 20; ///< A preview's file.

} // namespace

PreviewCache::PreviewCache(Place& place, QObject* parent)
    : QObject(parent), place_(place), images_(max_cost) {
    decoders_.setMaxThreadCount(2);
}

PreviewCache::~PreviewCache() {
    decoder_.stop();
    decoders_.clear();
    decoders_.waitForDone();
}

QImage PreviewCache::get(RowKey row, const thumbjobs::JobId& job, const std::string& rendition) {
    if (const QImage* image = images_.object(row))
        return *image;
    if (asked_.contains(row)) // or dropped: asked for again once the old answer has come
        return {};
    if (requests_.size() == max_requests) {
        asked_.remove(requests_.front().row);
        requests_.pop_front();
    }
    asked_.insert(row);
    requests_.push_back({row, job, rendition});
    fetch_more();
    return {};
}

void PreviewCache::drop(RowKey row) {
    images_.remove(row);
    if (!asked_.contains(row))
        return;
    const auto waiting = std::find_if(requests_.begin(), requests_.end(),
                                      [row](const Request& request) { return request.row == row; });
    if (waiting == requests_.end()) {
        dropped_.insert(row);
        return;
    }
    requests_.erase(waiting);
    asked_.remove(row);
}

void PreviewCache::keep(const std::function<bool(RowKey)>& wanted) {
    std::erase_if(requests_, [&](const Request& request) {
        const bool unwanted = !wanted(request.row);
        if (unwanted)
            asked_.remove(request.row);
        return unwanted;
    });
}

void PreviewCache::fetch_more() {
    while (under_way_ < max_under_way && !requests_.empty()) {
        const Request request = std::move(requests_.back());
        requests_.pop_back();
        ++under_way_;
        place_.rendition(request.job, request.rendition, this,
                         [this, row = request.row](const Result<QByteArray>& answer) {
                             if (answer)
                                 return decode(row, answer.value());
                             if (!answer.failure().retryable)
                                 return finish(row, {});
                             --under_way_;
                             asked_.remove(row);
                             dropped_.remove(row);
                             fetch_more();
                         });
    }
}

void PreviewCache::decode(RowKey row, const QByteArray& bytes) {
    if (bytes.size() > max_bytes || dropped_.contains(row))
        return finish(row, {});
    decoders_.start([this, row, bytes] {
        const QImage image = decoder_.decode(bytes, {side, side});
        QMetaObject::invokeMethod(
            this, [this, row, image] { finish(row, image); }, Qt::QueuedConnection);
    });
}

void PreviewCache::finish(RowKey row, const QImage& image) {
    --under_way_;
    asked_.remove(row);
    if (dropped_.remove(row)) {
        emit ready(row); // so that it is asked for again where it is in sight
    } else {
        images_.insert(row, new QImage(image), 1 + static_cast<int>(image.sizeInBytes() / 1024));
        if (!image.isNull())
            emit ready(row);
    }
    fetch_more();
}

} // namespace desktop
