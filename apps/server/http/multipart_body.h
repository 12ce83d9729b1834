#pragma once

#include "body.h"
#include "multipart.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thumbd::http {

/// One part of a form, as a range of the body it came in: nothing is copied.
struct FormPart {
    PartHead head;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// The parts of a multipart/form-data body in their order. Throws std::invalid_argument, with a
/// sentence for the sender, for a malformed form, and std::system_error when a spooled body cannot
/// be read. A spooled body is read once, in pieces of 64 KiB; blocking, so off the loop for large
/// ones.
std::vector<FormPart> read_form(const Body& body, std::string_view boundary,
                                MultipartLimits limits = {});

/// The bytes of a small part. Throws std::length_error when it has more than `max_bytes`, and
/// std::system_error when the file cannot be read.
std::string read_part(const Body& body, const FormPart& part, std::uint64_t max_bytes);

} // namespace thumbd::http
