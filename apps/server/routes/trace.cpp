#include "routes/trace.h"

#include <QCryptographicHash>

#include <algorithm>

namespace thumbd {
namespace {

bool is_lower_hex(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

} // namespace

bool is_traceparent(std::string_view text) noexcept {
    return text.size() == 55 && text.starts_with("00-") && text[35] == '-' && text[52] == '-' &&
           is_lower_hex(text.substr(3, 32)) && !all_zero(text.substr(3, 32)) &&
           is_lower_hex(text.substr(36, 16)) && !all_zero(text.substr(36, 16)) &&
           is_lower_hex(text.substr(53, 2));
}

std::string traceparent_of(const http::RequestContext& context) {
    return traceparent_of(context.request_id, context.head != nullptr
                                                  ? context.head->headers.get("traceparent")
                                                  : std::string_view());
}

std::string traceparent_of(std::string_view request_id, std::string_view sent) {
    if (is_traceparent(sent))
        return std::string(sent);
    const auto hash = QCryptographicHash::hash(
                          QByteArray(request_id.data(), static_cast<qsizetype>(request_id.size())),
                          QCryptographicHash::Sha256)
                          .toHex();
    return "00-" + hash.left(32).toStdString() + '-' + hash.mid(32, 16).toStdString() + "-01";
}

std::string_view trace_id(std::string_view traceparent) noexcept {
    return is_traceparent(traceparent) ? traceparent.substr(3, 32) : std::string_view();
}

} // namespace thumbd
