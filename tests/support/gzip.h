#pragma once

#include <QByteArray>

#include <zlib.h>

#include <stdexcept>

namespace thumbjobs::test {

/// A gzip file of the text. Its users link zlib.
inline QByteArray gzip(const QByteArray& text) {
    z_stream stream{};
    if (::deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    QByteArray packed(static_cast<int>(::deflateBound(&stream, static_cast<uLong>(text.size()))),
                      '\0');
    QByteArray source = text;
    stream.next_in = reinterpret_cast<Bytef*>(source.data());
    stream.avail_in = static_cast<uInt>(source.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    ::deflate(&stream, Z_FINISH);
    packed.resize(static_cast<int>(stream.total_out));
    ::deflateEnd(&stream);
    return packed;
}

} // namespace thumbjobs::test
