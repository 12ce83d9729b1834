#include "multipart_body.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace thumbd::http {

std::vector<FormPart> read_form(const Body& body, std::string_view boundary,
                                MultipartLimits limits) {
    std::vector<FormPart> parts;
    MultipartParser parser(boundary,
                           {.part =
                                [&](const PartHead& head) {
                                    parts.push_back({head, 0, 0});
                                },
                            .data = nullptr,
                            .end =
                                [&](std::uint64_t offset, std::uint64_t size) {
                                    parts.back().offset = offset;
                                    parts.back().size = size;
                                }},
                           limits);
    if (body.in_file()) {
        std::vector<char> buffer(64 * 1024);
        for (std::uint64_t offset = 0; parser.status() == MultipartParser::Status::more;) {
            const std::size_t count = body.file.read(offset, buffer.data(), buffer.size());
            if (count == 0) {
                break;
            }
            parser.feed({buffer.data(), count});
            offset += count;
        }
    } else {
        parser.feed({body.memory.constData(), static_cast<std::size_t>(body.memory.size())});
    }
    if (parser.status() == MultipartParser::Status::failed) {
        throw std::invalid_argument(parser.error());
    }
    if (parser.status() == MultipartParser::Status::more) {
        throw std::invalid_argument("The form ends before its closing boundary.");
    }
    return parts;
}

std::string read_part(const Body& body, const FormPart& part, std::uint64_t max_bytes) {
    if (part.size > max_bytes) {
        throw std::length_error("The form's part '" + part.head.name + "' has more than " +
                                std::to_string(max_bytes) + " bytes.");
    }
    std::string bytes(part.size, '\0');
    if (!body.in_file()) {
        bytes.assign(body.memory.constData() + part.offset, part.size);
        return bytes;
    }
    for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t count =
            body.file.read(part.offset + done, bytes.data() + done, bytes.size() - done);
        if (count == 0) {
            throw std::runtime_error("an upload's temporary file became shorter");
        }
        done += count;
    }
    return bytes;
}

} // namespace thumbd::http
