#include "src/submit_check.h"

#include "src/metadata.h"
#include "src/sha256.h"
#include "src/sniff_svg.h"
#include "src/text.h"

#include <thumbjobs/error.h>
#include <thumbjobs/json.h>

#include <algorithm>
#include <array>

namespace thumbjobs {
namespace {

constexpr std::size_t max_filename_bytes = 255;
constexpr std::size_t max_key_bytes = 255;
constexpr std::size_t max_request_id_bytes = 128;
constexpr int max_priority = 100;

[[noreturn]] void refuse(std::string_view field, const std::string& value,
                         std::string_view accepted) {
    throw Error(ErrorCode::invalid_argument,
                std::string(field) + " is " + value + "; accepted: " + std::string(accepted));
}

/// The length of the character of well-formed UTF-8 that begins with `lead`.
std::size_t character_length(char lead) noexcept {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and those that change the
/// reading direction, by which one file name can pass for another.
bool is_unwanted(std::string_view character) noexcept {
    const auto lead = static_cast<unsigned char>(character[0]);
    if (character.size() == 1)
        return lead < 0x20 || lead == 0x7F;
    if (character.size() == 2)
        return lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
    return (character >= "\u2028" && character <= "\u202E") ||
           (character >= "\u2066" && character <= "\u2069");
}

ByteView head_of(const Blob& blob, std::array<std::byte, 4096>& room) {
    const ByteView view = blob.view();
    if (view.empty())
        return ByteView(room).first(blob.read(0, room));
    return view.first(std::min(view.size(), room.size()));
}

std::string list(const std::vector<std::string>& types) {
    std::string text;
    for (const std::string& type : types)
        text.append(text.empty() ? "" : ", ").append(type);
    return text;
}

} // namespace

std::string clean_filename(std::string_view filename) {
    if (const auto slash = filename.find_last_of("/\\"); slash != std::string_view::npos)
        filename.remove_prefix(slash + 1);
    const std::string text = to_valid_utf8(filename);
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::string_view character =
            std::string_view(text).substr(i, character_length(text[i]));
        if (!is_unwanted(character))
            clean.append(character);
        i += character.size();
    }
    clean.resize(truncate_utf8(clean, max_filename_bytes).size());
    if (clean == "." || clean == "..")
        clean.clear();
    return clean;
}

void check_options(const SubmitRequest& request) {
    validate(request.renditions);
    if (request.priority < -max_priority || request.priority > max_priority)
        refuse("priority", std::to_string(request.priority), "-100 to 100");
    const std::string& key = request.idempotency_key;
    if (key.size() > max_key_bytes || !is_printable_ascii(key))
        refuse("idempotency_key", in_quotes(key), "up to 255 printable ASCII characters");
    validate_metadata(request.metadata);
    const std::string& id = request.request_id;
    if (id.size() > max_request_id_bytes || !is_printable_ascii(id))
        refuse("request_id", in_quotes(id), "up to 128 printable ASCII characters");
    const std::string& trace = request.traceparent;
    if (trace.size() > max_request_id_bytes || !is_printable_ascii(trace))
        refuse("traceparent", in_quotes(trace), "up to 128 printable ASCII characters");
}

std::string check_image(const SubmitRequest& request, const ImageLimits& limits,
                        const std::vector<std::string>& accepted) {
    if (!request.image)
        refuse("image", "missing", "the bytes of an image file");
    const Blob& image = *request.image;
    if (image.size() == 0)
        throw Error(ErrorCode::empty_input, "The image is empty: it has no bytes at all.");
    if (image.size() > limits.max_bytes)
        throw Error(ErrorCode::input_too_large, "The image has " + std::to_string(image.size()) +
                                                    " bytes; accepted: up to " +
                                                    std::to_string(limits.max_bytes) + ".");
    std::array<std::byte, 4096> room{};
    const ByteView head = head_of(image, room);
    const auto type = sniff_image(head);
    constexpr std::string_view svg = "image/svg+xml";
    if (!type && may_be_svgz(head) && std::ranges::find(accepted, svg) != accepted.end())
        return std::string(svg);
    if (!type)
        throw Error(ErrorCode::not_an_image,
                    "The file is no image of a known format; accepted: " + list(accepted) + ".");
    if (std::find(accepted.begin(), accepted.end(), type->media_type) == accepted.end())
        throw Error(ErrorCode::unsupported_format,
                    std::string(type->name) +
                        " images are not accepted here; accepted: " + list(accepted) + ".");
    return std::string(type->media_type);
}

std::string fingerprint(const SubmitRequest& request) {
    // Lines of hexadecimal digits, JSON and a number: no two requests give the same text.
    std::string text = sha256_hex(*request.image);
    text.append("\n").append(to_json(request.renditions));
    text.append("\n").append(to_json(request.metadata));
    text.append("\n").append(std::to_string(request.priority));
    return sha256_hex(as_bytes(text));
}

} // namespace thumbjobs
