#include "trace.h"

#include <QCryptographicHash>

#include <algorithm>

namespace thumbd::http {
namespace {

constexpr std::size_t traceparent_size = 55;

bool is_lower_hex(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

} // namespace

bool is_traceparent(std::string_view text) noexcept {
    return text.size() == traceparent_size && text.starts_with("00-") && text[35] == '-' &&
           text[52] == '-' && is_lower_hex(text.substr(3, 32)) && !all_zero(text.substr(3, 32)) &&
           is_lower_hex(text.substr(36, 16)) && !all_zero(text.substr(36, 16)) &&
           is_lower_hex(text.substr(53, 2));
}

std::string traceparent_of(std::string_view request_id, std::string_view sent) {
    if (is_traceparent(sent))
        return std::string(sent);
    const QByteArray hash =
        QCryptographicHash::hash(
            QByteArray::fromRawData(request_id.data(), static_cast<qsizetype>(request_id.size())),
            QCryptographicHash::Sha256)
            .toHex();
    std::string made;
    made.reserve(traceparent_size);
    return made.append("00-")
        .append(hash.constData(), 32)
        .append("-")
        .append(hash.constData() + 32, 16)
        .append("-01");
}

std::string_view trace_id(std::string_view traceparent) noexcept {
    return is_traceparent(traceparent) ? traceparent.substr(3, 32) : std::string_view();
}

} // namespace thumbd::http
