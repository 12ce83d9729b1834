#include "handlers/upload.h"

#include "config/values.h"
#include "handlers/query.h"
#include "handlers/submit_options.h"
#include "http/headers.h"
#include "http/multipart_body.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace thumbd {
namespace {

constexpr std::uint64_t max_field = 1024;
constexpr std::uint64_t max_spec = 64 * 1024;

class RangeBlob final : public thumbjobs::Blob {
public:
    RangeBlob(thumbjobs::BlobPtr base, std::int64_t offset, std::int64_t size)
        : base_(std::move(base)), offset_(offset), size_(size) {}

    std::int64_t size() const noexcept override { return size_; }

    std::size_t read(std::int64_t offset, std::span<std::byte> target) const override {
        const auto rest = static_cast<std::size_t>(std::max<std::int64_t>(0, size_ - offset));
        return base_->read(offset_ + offset, target.first(std::min(rest, target.size())));
    }

    thumbjobs::ByteView view() const noexcept override {
        const auto all = base_->view();
        return all.empty() ? all
                           : all.subspan(static_cast<std::size_t>(offset_),
                                         static_cast<std::size_t>(size_));
    }

private:
    const thumbjobs::BlobPtr base_;
    const std::int64_t offset_;
    const std::int64_t size_;
};

std::string media_type_of(std::string_view content_type) {
    std::string type(trimmed(content_type.substr(0, content_type.find(';'))));
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return type;
}

BadRequest bad_form(std::string detail) {
    return BadRequest({400, "invalid_argument", std::move(detail), {}, 0});
}

std::string field_text(const http::Body& body, const http::FormPart& part, std::uint64_t limit) {
    try {
        return http::read_part(body, part, limit);
    } catch (const std::length_error&) {
        throw bad_form("The field \"" + part.head.name.substr(0, 64) + "\" has more than " +
                       std::to_string(limit) + " bytes.");
    }
}

struct Form {
    std::optional<http::FormPart> file;
    std::optional<std::string> spec;
    Parameters fields;
    bool has_fields = false;
};

Form read_fields(const http::Body& body, std::string_view content_type) {
    const auto boundary = http::multipart_boundary(content_type);
    if (!boundary)
        throw bad_form("The form's Content-Type has no usable boundary.");
    Form form;
    std::vector<http::FormPart> parts;
    try {
        parts = http::read_form(body, *boundary);
    } catch (const std::invalid_argument& error) {
        throw bad_form(error.what());
    }
    for (const auto& part : parts) {
        const auto& name = part.head.name;
        if (name == "file") {
            if (form.file)
                throw bad_form("A form submits one image: the part \"file\" was given twice.");
            form.file = part;
        } else if (name == "spec") {
            if (form.spec)
                throw bad_form("The part \"spec\" was given twice.");
            form.spec = field_text(body, part, max_spec);
        } else if (is_submit_option(name)) {
            form.fields.add(name, field_text(body, part, max_field));
            form.has_fields = true;
        } else {
            throw bad_form("Unknown form field \"" + name.substr(0, 64) +
                           "\"; there are file, spec and the options of a submit.");
        }
    }
    if (!form.file)
        throw bad_form("The form has no part \"file\".");
    return form;
}

} // namespace

thumbjobs::BlobPtr to_blob(http::Body body) {
    if (body.in_file())
        return thumbjobs::make_file_blob(body.file.release());
    auto owner = std::make_shared<const http::Body>(std::move(body));
    const auto view = thumbjobs::as_bytes(
        {owner->memory.constData(), static_cast<std::size_t>(owner->memory.size())});
    return thumbjobs::share_blob(view, std::move(owner));
}

thumbjobs::BlobPtr make_range_blob(thumbjobs::BlobPtr base, std::int64_t offset,
                                   std::int64_t size) {
    return std::make_shared<RangeBlob>(std::move(base), offset, size);
}

void check_upload_type(std::string_view content_type) {
    const auto type = media_type_of(content_type);
    if (type.empty() || type.starts_with("image/") || type == "application/octet-stream" ||
        type == "multipart/form-data")
        return;
    throw BadRequest({415,
                      "unsupported_media_type",
                      "The Content-Type \"" + type.substr(0, 64) +
                          "\" is not taken; send the image as image/* or "
                          "application/octet-stream, or a multipart/form-data form with a part "
                          "\"file\".",
                      {},
                      0});
}

void read_upload(http::Body body, std::string_view content_type,
                 thumbjobs::SubmitRequest& request) {
    if (media_type_of(content_type) != "multipart/form-data") {
        request.image = to_blob(std::move(body));
        return;
    }
    const auto form = read_fields(body, content_type);
    if (form.file->head.filename && request.filename.empty())
        request.filename = *form.file->head.filename;
    if (form.spec)
        apply_submit_spec(*form.spec, request);
    if (form.has_fields)
        apply_submit_parameters(form.fields, request);
    request.image =
        make_range_blob(to_blob(std::move(body)), static_cast<std::int64_t>(form.file->offset),
                        static_cast<std::int64_t>(form.file->size));
}

} // namespace thumbd
