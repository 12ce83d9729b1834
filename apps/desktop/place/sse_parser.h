#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace desktop {

/// One event of a stream of Server-Sent Events.
struct ServerSentEvent {
    std::string name = "message";
    std::string data{};
    std::optional<std::string> id{}; ///< As given with this event.
};

/// Reads text/event-stream (HTML Living Standard, 9.2) in whatever pieces it comes. Bounded: what
/// is no such stream cannot make it grow.
class SseParser {
public:
    static constexpr std::size_t max_event = 1
                                             << 20; ///< Bytes of an event, its line ends included.

    /// Appends the events that are complete now. False when an event is too large; then the stream
    /// is to be given up.
    bool feed(std::string_view bytes, std::vector<ServerSentEvent>& events);

private:
    void take_line(std::string_view line, std::vector<ServerSentEvent>& events);

    std::string line_;
    ServerSentEvent event_;
    bool has_data_ = false;
    bool after_return_ = false; ///< The last byte was a CR: an LF that follows belongs to it.
    bool at_start_ = true;
    std::size_t size_ = 0; ///< Of the event so far.
};

} // namespace desktop
