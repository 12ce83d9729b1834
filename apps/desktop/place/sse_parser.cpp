#include "place/sse_parser.h"

#include <utility>

namespace desktop {

bool SseParser::feed(std::string_view bytes, std::vector<ServerSentEvent>& events) {
    for (const char c : bytes) {
        if (std::exchange(after_return_, c == '\r') && c == '\n')
            continue;
        if (c == '\r' || c == '\n') {
            take_line(line_, events);
            line_.clear();
        } else {
            line_ += c;
        }
        if (++size_ > max_event)
            return false;
    }
    return true;
}

void SseParser::take_line(std::string_view line, std::vector<ServerSentEvent>& events) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (std::exchange(at_start_, false) && line.starts_with(byte_order_mark))
        line.remove_prefix(byte_order_mark.size());
    if (line.empty()) {
        if (has_data_ || event_.id)
            events.push_back(std::move(event_));
        event_ = {};
        has_data_ = false;
        size_ = 0;
        return;
    }
    const std::size_t colon = line.find(':'); // at 0: a comment, such as a heartbeat
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == line.npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (field == "data")
        event_.data.append(std::exchange(has_data_, true) ? "\n" : "").append(value);
    else if (field == "event")
        event_.name = value;
    else if (field == "id" && value.find('\0') == value.npos)
        event_.id = value;
}

} // namespace desktop
