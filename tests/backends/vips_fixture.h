#pragma once

#include "support/test_images.h"

#include <thumbjobs/error.h>
#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <memory>
#include <optional>
#include <vector>

#ifndef THUMBJOBS_TEST_RESIZER
#define THUMBJOBS_TEST_RESIZER "vips:"
#endif

namespace thumbjobs::test {

/// The resizer under test: libvips alone, or with something in front of it.
inline Resizer& vips_resizer() {
    static const std::shared_ptr<Resizer> resizer =
        Registry::builtin().open_resizer(THUMBJOBS_TEST_RESIZER, BackendContext{});
    return *resizer;
}

inline ResizeResult resize_all(ByteView input, const std::vector<RenditionSpec>& specs,
                               const ImageLimits& limits = {}) {
    return vips_resizer().resize({input, specs, limits});
}

inline EncodedImage resize_one(ByteView input, const RenditionSpec& spec) {
    return std::move(resize_all(input, {spec}).images.at(0));
}

/// The code of the error that `call` throws; nothing if it throws none.
template <typename Call>
std::optional<ErrorCode> error_of(Call&& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return std::nullopt;
}

} // namespace thumbjobs::test
