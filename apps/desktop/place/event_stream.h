#pragma once

#include "place/http_lane.h"
#include "place/sse_parser.h"

#include <thumbjobs/event.h>

#include <QTimer>

#include <chrono>
#include <functional>
#include <string>

namespace desktop {

/// Follows a server's events, for as long as it lives: connects, comes back with the cursor of the
/// last event whenever the stream ends, breaks or falls silent, and tells how it stands. Lives on
/// the thread of its lane.
class EventStream : public QObject {
    Q_OBJECT

public:
    struct Timing {
        std::chrono::milliseconds silence{45'000};  ///< Three of the server's heartbeats.
        std::chrono::milliseconds headers{20'000};  ///< For a stream to begin.
        std::chrono::milliseconds first_delay{500}; ///< Doubled with each try, half of it random.
        std::chrono::milliseconds max_delay{30'000};
    };

    /// Both are called on this thread. A reset event means: list anew.
    using StateHandler = std::function<void(Connection)>;
    using EventHandler = std::function<void(thumbjobs::Event)>;

    EventStream(HttpLane& lane, const Timing& timing, StateHandler on_state, EventHandler on_event,
                QObject* parent);
    ~EventStream() override;

    /// Connects now, whatever it waits for; nothing while a stream is open.
    void connect_now();

    /// Another call was told that the token is not accepted.
    void refuse();

    /// Says for good that this server cannot be used.
    void fail(const QString& reason);

private:
    void fetch_cursor();
    void open_stream();
    void check_headers();
    void read();
    void take(const ServerSentEvent& event);
    void drop_reply();
    void went_online();
    void handle(const HttpAnswer& answer);
    void try_later(const QString& reason, std::optional<std::chrono::milliseconds> delay = {});

    HttpLane& lane_;
    const Timing timing_;
    const StateHandler on_state_;
    const EventHandler on_event_;
    QNetworkReply* reply_ = nullptr;
    SseParser parser_;
    QTimer retry_;
    QTimer watch_; ///< For headers, then for silence.
    int tries_ = 0;
    int generation_ = 0; ///< Tells answers to a try that was given up.
    bool streaming_ = false;
    bool was_online_ = false;
    bool gap_ = true; ///< The next cursor is not the continuation of what was told.
    std::optional<thumbjobs::EventCursor> cursor_;
};

} // namespace desktop
