#pragma once

#include <thumbjobs/error.h>

namespace thumbjobs {

/// Whether the fault is the image's own: another attempt at it would end the same way.
constexpr bool is_image_fault(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::empty_input:
    case ErrorCode::input_too_large:
    case ErrorCode::not_an_image:
    case ErrorCode::unsupported_format:
    case ErrorCode::image_too_large:
    case ErrorCode::image_truncated:
    case ErrorCode::image_corrupt:
        return true;
    default:
        return false;
    }
}

} // namespace thumbjobs
