#pragma once

#include <QByteArray>
#include <QImage>
#include <QSize>

namespace desktop {

/// Decodes an image that came from a place, which may be hostile: JPEG, PNG, WebP or AVIF (where Qt
/// has the plugin), known by its first bytes, of at most `max_pixels`; scaled down to fit `bound`
/// unless that is empty. A null image when it cannot. Thread-safe; takes CPU time, so not for the
/// GUI thread.
QImage decode_image(const QByteArray& bytes, QSize bound = {},
                    qint64 max_pixels = 16 * 1000 * 1000);

} // namespace desktop
