// Hostile beginnings of files: a name and a media type, or nothing; and no read beyond the bytes.
#include "fuzz/require.h"

#include <thumbjobs/resizer.h>

#include <cstddef>
#include <cstdint>

using namespace thumbjobs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView head = std::as_bytes(std::span(data, size));
    const auto type = sniff_image(head);
    if (type) {
        require(!type->name.empty());
        require(type->media_type.starts_with("image/") || type->media_type == "application/pdf");
    }
    // 4 KiB suffice.
    if (size > 4096)
        require(sniff_image(head.first(4096)).has_value() == type.has_value());
    return 0;
}
