#pragma once

#include <thumbjobs/engine.h>

#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// What a file of a user may be named for other users: folders, control characters and characters
/// that reverse the reading direction are cut out, broken UTF-8 is replaced, and at most 255 bytes
/// stay.
std::string clean_filename(std::string_view filename);

/// Checks all of a request but its image. Throws Error(invalid_argument).
void check_options(const SubmitRequest& request);

/// Checks the image's size and first bytes; returns its media type. Throws Error(invalid_argument)
/// for no image at all, empty_input, input_too_large, not_an_image, unsupported_format.
std::string check_image(const SubmitRequest& request, const ImageLimits& limits,
                        const std::vector<std::string>& accepted);

/// What an idempotency key stands for: the SHA-256 of the image's SHA-256 and the options in
/// canonical form.
std::string fingerprint(const SubmitRequest& request);

} // namespace thumbjobs
