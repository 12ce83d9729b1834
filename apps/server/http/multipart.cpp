#include "multipart.h"

#include "headers.h"
#include "target.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace thumbd::http {

namespace {

constexpr std::string_view crlf = "\r\n";

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Reads a quoted string whose opening quote is gone. A backslash escapes only quotes and
/// backslashes: some browsers send Windows paths unescaped.
std::optional<std::string> read_quoted(std::string_view& text) {
    std::string value;
    while (!text.empty() && text.front() != '"') {
        if (text.front() == '\\' && text.size() > 1 && (text[1] == '"' || text[1] == '\\')) {
            text.remove_prefix(1);
        }
        value.push_back(text.front());
        text.remove_prefix(1);
    }
    if (text.empty()) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    return value;
}

struct Parameter {
    std::string name;
    std::string value;
};

/// Reads `; name=value; name="value"`; nothing for anything malformed or a repeated name.
std::optional<std::vector<Parameter>> read_parameters(std::string_view text) {
    std::vector<Parameter> parameters;
    for (text = trim(text); !text.empty(); text = trim(text)) {
        if (text.front() != ';') {
            return std::nullopt;
        }
        text = trim(text.substr(1));
        if (text.empty()) {
            break;
        }
        const std::size_t equals = text.find_first_of("=;");
        if (equals == std::string_view::npos || text[equals] == ';') {
            return std::nullopt;
        }
        Parameter parameter{std::string(trim(text.substr(0, equals))), {}};
        text = trim(text.substr(equals + 1));
        if (!text.empty() && text.front() == '"') {
            text.remove_prefix(1);
            std::optional<std::string> value = read_quoted(text);
            if (!value) {
                return std::nullopt;
            }
            parameter.value = std::move(*value);
        } else {
            const std::size_t end = std::min(text.find(';'), text.size());
            parameter.value = trim(text.substr(0, end));
            text.remove_prefix(end);
        }
        const bool repeated =
            std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& p) {
                return equals_ignoring_case(p.name, parameter.name);
            });
        if (parameter.name.empty() || repeated) {
            return std::nullopt;
        }
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

std::optional<std::string> find_parameter(const std::vector<Parameter>& parameters,
                                          std::string_view name) {
    for (const Parameter& parameter : parameters) {
        if (equals_ignoring_case(parameter.name, name)) {
            return parameter.value;
        }
    }
    return std::nullopt;
}

/// Undoes the escapes that the HTML standard has browsers put into names and file names.
std::string undo_form_escapes(std::string text) {
    for (const auto& [escape, character] :
         {std::pair{"%22", '"'}, std::pair{"%0D", '\r'}, std::pair{"%0A", '\n'}}) {
        for (std::size_t at = text.find(escape); at != std::string::npos;
             at = text.find(escape, at + 1)) {
            text.replace(at, 3, 1, character);
        }
    }
    return text;
}

/// RFC 8187 `UTF-8'language'percent-encoded`; nothing for other character sets.
std::optional<std::string> decode_extended(std::string_view text) {
    const std::size_t first = text.find('\'');
    if (first == std::string_view::npos || !equals_ignoring_case(text.substr(0, first), "utf-8")) {
        return std::nullopt;
    }
    const std::size_t second = text.find('\'', first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    return percent_decode(text.substr(second + 1));
}

/// Reads `form-data; name="..."; filename="..."` into `head`; false when malformed.
bool read_disposition(std::string_view value, PartHead& head) {
    const std::size_t end = std::min(value.find(';'), value.size());
    const auto parameters = read_parameters(value.substr(end));
    if (!equals_ignoring_case(trim(value.substr(0, end)), "form-data") || !parameters) {
        return false;
    }
    const std::optional<std::string> name = find_parameter(*parameters, "name");
    if (!name) {
        return false;
    }
    head.name = undo_form_escapes(*name);
    if (std::optional<std::string> plain = find_parameter(*parameters, "filename")) {
        head.filename = undo_form_escapes(std::move(*plain));
    }
    if (const std::optional<std::string> extended = find_parameter(*parameters, "filename*")) {
        if (std::optional<std::string> decoded = decode_extended(*extended)) {
            head.filename = std::move(*decoded);
        }
    }
    return true;
}

/// Reads a part's header fields, each ended by CRLF; an error sentence when malformed.
std::optional<std::string> read_part_head(std::string_view text, PartHead& head) {
    bool disposed = false;
    while (!text.empty()) {
        const std::size_t end = text.find(crlf);
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + crlf.size());
        const std::size_t colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos || is_blank(line.front()) ||
            line.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
            return "A part of the form has a malformed header field.";
        }
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = trim(line.substr(colon + 1));
        if (equals_ignoring_case(name, "Content-Disposition")) {
            if (disposed || !read_disposition(value, head)) {
                return "A part of the form has a malformed Content-Disposition.";
            }
            disposed = true;
        } else if (equals_ignoring_case(name, "Content-Type")) {
            head.content_type = value;
        } else if (equals_ignoring_case(name, "Content-Transfer-Encoding") &&
                   !equals_ignoring_case(value, "binary") && !equals_ignoring_case(value, "8bit") &&
                   !equals_ignoring_case(value, "7bit")) {
            return "A part of the form has a Content-Transfer-Encoding; send plain bytes.";
        }
    }
    if (!disposed) {
        return "A part of the form has no Content-Disposition with a name.";
    }
    if (!is_valid_utf8(head.name) || !is_valid_utf8(head.filename.value_or("")) ||
        !is_valid_utf8(head.content_type)) {
        return "A part of the form has a name that is not UTF-8.";
    }
    return std::nullopt;
}

/// How much of `text` cannot be the beginning of a delimiter that ends later.
std::size_t safe_length(std::string_view text, std::string_view delimiter) noexcept {
    const std::size_t longest = std::min(text.size(), delimiter.size() - 1);
    for (std::size_t length = longest; length > 0; --length) {
        if (delimiter.starts_with(text.substr(text.size() - length))) {
            return text.size() - length;
        }
    }
    return text.size();
}

} // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
    const std::size_t end = std::min(content_type.find(';'), content_type.size());
    if (!equals_ignoring_case(trim(content_type.substr(0, end)), "multipart/form-data")) {
        return std::nullopt;
    }
    const auto parameters = read_parameters(content_type.substr(end));
    std::optional<std::string> boundary =
        parameters ? find_parameter(*parameters, "boundary") : std::nullopt;
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
    };
    if (!boundary || boundary->empty() || boundary->size() > 70 || boundary->back() == ' ' ||
        !std::all_of(boundary->begin(), boundary->end(), allowed)) {
        return std::nullopt;
    }
    return boundary;
}

// The body is read as if a CRLF stood before it, so that the first boundary looks like the others.
MultipartParser::MultipartParser(std::string_view boundary, Callbacks callbacks,
                                 MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)),
      callbacks_(std::move(callbacks)),
      limits_(limits),
      held_(crlf) {}

MultipartParser::Status MultipartParser::feed(std::string_view bytes) {
    if (status_ != Status::more) {
        return status_;
    }
    held_.append(bytes);
    while (status_ == Status::more && step()) {
    }
    held_.erase(0, position_);
    position_ = 0;
    return status_;
}

/// Makes one step of progress; false when more bytes are needed.
bool MultipartParser::step() {
    switch (state_) {
    case State::preamble:
        return step_preamble();
    case State::after_delimiter:
        return step_after_delimiter();
    case State::part_head:
        return step_part_head();
    case State::data_begin:
        return step_data_begin();
    case State::data:
        return step_data();
    }
    return false;
}

std::string_view MultipartParser::rest() const noexcept {
    return std::string_view(held_).substr(position_);
}

void MultipartParser::use(std::size_t count) noexcept {
    position_ += count;
    read_ += count;
}

bool MultipartParser::fail(std::string message) {
    error_ = std::move(message);
    status_ = Status::failed;
    return false;
}

bool MultipartParser::step_preamble() {
    const std::size_t found = rest().find(delimiter_);
    const bool complete = found != std::string_view::npos;
    const std::size_t skipped = complete ? found : safe_length(rest(), delimiter_);
    use(skipped);
    preamble_bytes_ += skipped;
    if (preamble_bytes_ > limits_.max_preamble + crlf.size()) {
        return fail("The form does not begin with its boundary.");
    }
    if (complete) {
        use(delimiter_.size());
        state_ = State::after_delimiter;
    }
    return complete;
}

bool MultipartParser::step_after_delimiter() {
    const std::string_view text = rest();
    if (text.size() >= 2 && text.starts_with("--")) {
        use(2);
        status_ = Status::done;
        return false;
    }
    // RFC 2046 lets blanks follow a boundary.
    std::size_t padding = 0;
    while (padding < text.size() && is_blank(text[padding])) {
        ++padding;
    }
    const std::string_view line_end = text.substr(padding, crlf.size());
    if (padding > 64 || !(crlf.starts_with(line_end) || (padding == 0 && line_end == "-"))) {
        return fail("A boundary of the form is followed by something else than a new line.");
    }
    if (line_end.size() < crlf.size()) {
        return false;
    }
    if (parts_ == limits_.max_parts) {
        return fail("The form has too many parts.");
    }
    ++parts_;
    use(padding + crlf.size());
    state_ = State::part_head;
    return true;
}

bool MultipartParser::step_part_head() {
    const std::string_view text = rest();
    if (text.starts_with(crlf)) {
        return fail("A part of the form has no Content-Disposition with a name.");
    }
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos || end > limits_.max_part_head) {
        return text.size() > limits_.max_part_head + 3
                   ? fail("A part of the form has too large a header.")
                   : false;
    }
    PartHead head;
    if (std::optional<std::string> error =
            read_part_head(text.substr(0, end + crlf.size()), head)) {
        return fail(std::move(*error));
    }
    if (callbacks_.part) {
        callbacks_.part(head);
    }
    // The CRLF of the empty line stays: together with a delimiter it ends a part without data.
    use(end + crlf.size());
    data_begin_ = read_;
    state_ = State::data_begin;
    return true;
}

bool MultipartParser::step_data_begin() {
    const std::string_view text = rest();
    if (text.size() < delimiter_.size() && delimiter_.starts_with(text)) {
        return false;
    }
    if (!text.starts_with(delimiter_)) {
        use(crlf.size());
        data_begin_ = read_;
    }
    state_ = State::data;
    return true;
}

bool MultipartParser::step_data() {
    const std::size_t found = rest().find(delimiter_);
    const bool complete = found != std::string_view::npos;
    const std::size_t length = complete ? found : safe_length(rest(), delimiter_);
    if (length != 0) {
        if (callbacks_.data) {
            callbacks_.data(read_ - crlf.size(), rest().substr(0, length));
        }
        use(length);
    }
    if (complete) {
        if (callbacks_.end) {
            callbacks_.end(data_begin_ - crlf.size(), read_ - data_begin_);
        }
        use(delimiter_.size());
        state_ = State::after_delimiter;
    }
    return complete;
}

} // namespace thumbd::http
