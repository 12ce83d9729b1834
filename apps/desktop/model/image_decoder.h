#pragma once

#include <thumbjobs/resizer.h>

#include <QByteArray>
#include <QImage>
#include <QList>
#include <QSize>

#include <memory>
#include <mutex>

namespace desktop {

/// Decodes images that came from a place, which may be hostile: JPEG, PNG, WebP or AVIF, known by
/// their first bytes. What Qt has no plugin for (on Debian 12, AVIF) a helper process of the
/// library decodes, which is started when it is needed first. Thread-safe; takes CPU time and
/// waits, so not for the GUI thread.
class ImageDecoder {
public:
    /// Bounds that a preview has.
    static constexpr qint64 usual_pixels = 16 * 1000 * 1000;

    /// `by_qt`: the formats that are left to Qt, by its names.
    explicit ImageDecoder(QList<QByteArray> by_qt);
    ImageDecoder();
    ~ImageDecoder();

    /// An image of at most `max_pixels`, scaled down to fit `bound` unless that is empty; a null
    /// image when it cannot be decoded.
    QImage decode(const QByteArray& bytes, QSize bound = {}, qint64 max_pixels = usual_pixels);

    /// Gives up what the helper is doing, and starts nothing more: before its user goes.
    void stop() { cancel_.cancel(); }

private:
    QImage decode_by_helper(const QByteArray& bytes, QSize bound, qint64 max_pixels);
    std::shared_ptr<thumbjobs::Resizer> helper();

    QList<QByteArray> by_qt_;
    std::mutex mutex_;
    std::shared_ptr<thumbjobs::Resizer> helper_;
    bool tried_ = false; ///< To start the helper.
    thumbjobs::CancelToken cancel_;
};

} // namespace desktop
