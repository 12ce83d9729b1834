#include "events/event_hub.h"

#include "events/job_waiters.h"
#include "handlers/job_json.h"
#include "http/event_stream.h"
#include "routes/json_text.h"
#include "routes/problem.h"

#include <QTimer>

#include <algorithm>
#include <utility>

namespace thumbd {
namespace {

using thumbjobs::Event;

constexpr std::size_t max_ring_entries = 2048;
constexpr std::size_t max_ring_bytes = 4 * 1024 * 1024;
constexpr int page_size = 50;
constexpr std::uint64_t replay_backlog = 64 * 1024; ///< Unsent bytes at which a replay pauses.
constexpr int replay_pause_ms = 20;
constexpr std::string_view greeting = "retry: 2000\n";

} // namespace

/// One client. Used on its loop's thread only.
struct EventHub::Stream {
    enum class State {
        reading, ///< Catching up: a page is being read.
        parked,  ///< Caught up with the store, ahead of the ring: goes on at the next event.
        live,    ///< Fed from the ring.
    };
    ExchangePtr exchange;
    std::shared_ptr<http::EventStream> out;
    EventFilter filter;
    State state = State::reading;
    std::string position;    ///< While catching up: the cursor of the last event that was sent.
    bool more = false;       ///< While reading: events came meanwhile.
    std::uint64_t start = 0; ///< Live: entries before this index were sent already.
};

/// Sends to a stream that may close, and so be dropped, by it. False when it is closed.
bool EventHub::send(Stream& stream, const QByteArray& text) {
    const auto out = stream.out;
    return out && (text.isEmpty() || out->send(text));
}

bool EventFilter::passes(const Event& event) const {
    if (event.kind == Event::Kind::reset)
        return true;
    if (job && *job != event.id)
        return false;
    return states.empty() || event.kind != Event::Kind::job ||
           std::find(states.begin(), states.end(), event.job->state) != states.end();
}

QByteArray to_server_sent_event(const Event& event) {
    std::string text = "id: " + event.cursor + "\nevent: ";
    switch (event.kind) {
    case Event::Kind::job:
        text += "job\ndata: " + job_json(*event.job);
        break;
    case Event::Kind::deleted:
        text += "deleted\ndata: " + JsonObject().add("id", event.id.to_string()).text();
        break;
    case Event::Kind::reset:
        text += "reset\ndata: " + JsonObject().add("cursor", event.cursor).text();
        break;
    }
    text += "\n\n";
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

EventHub::EventHub(thumbjobs::Engine& engine, Executor& executor, JobWaiters& waiters,
                   Logger& logger)
    : engine_(engine), executor_(executor), waiters_(waiters), logger_(logger) {}

EventHub::~EventHub() {
    stop();
}

void EventHub::ensure_subscribed() {
    const std::lock_guard subscribing(subscribe_mutex_);
    if (subscription_)
        return;
    const auto from = engine_.events_end();
    {
        const std::lock_guard lock(mutex_);
        before_ring_ = from;
    }
    subscription_ = engine_.subscribe([this](const Event& event) { on_event(event); }, from);
}

void EventHub::stop() {
    const std::lock_guard subscribing(subscribe_mutex_);
    subscription_.reset();
}

void EventHub::on_event(const Event& event) {
    waiters_.on_event(event);
    if (skip(event))
        return;
    auto entry = std::make_shared<const Entry>(Entry{event, to_server_sent_event(event)});
    const std::lock_guard lock(mutex_);
    ring_bytes_ += static_cast<std::size_t>(entry->text.size());
    ring_.push_back(std::move(entry));
    while (ring_.size() > max_ring_entries || ring_bytes_ > max_ring_bytes) {
        before_ring_ = ring_.front()->event.cursor;
        ring_bytes_ -= static_cast<std::size_t>(ring_.front()->text.size());
        ring_.pop_front();
        ++first_;
    }
    for (const auto& [thread, group] : groups_)
        notify_locked(group);
}

/// While there is no stream, nothing is written out: the ring only keeps its place.
bool EventHub::skip(const Event& event) {
    const std::lock_guard lock(mutex_);
    for (const auto& [thread, group] : groups_)
        if (group->doorway)
            return false;
    first_ += ring_.size() + 1;
    ring_.clear();
    ring_bytes_ = 0;
    before_ring_ = event.cursor;
    return true;
}

void EventHub::notify_locked(const GroupPtr& group) {
    if (group->notified || !group->doorway)
        return;
    group->notified = group->doorway->post([this, group] { deliver(group); });
}

void EventHub::open(const ExchangePtr& exchange, EventFilter filter,
                    std::optional<std::string> since) {
    auto stream = std::make_shared<Stream>();
    stream->exchange = exchange;
    stream->filter = std::move(filter);
    const bool posted = executor_.post([this, stream, since = std::move(since)]() mutable {
        const bool from_now = !since;
        try {
            ensure_subscribed();
            if (from_now)
                since = engine_.events_end();
        } catch (const thumbjobs::Error& error) {
            stream->exchange->respond(to_response(to_problem(error)));
            return;
        }
        stream->position = std::move(*since);
        stream->exchange->post([this, stream, from_now] {
            begin(group_of_this_thread(stream->exchange), stream, from_now);
        });
    });
    if (!posted)
        exchange->respond(to_response(
            {503, "overloaded", "Too many requests wait already; try again soon.", {}, 1}));
}

EventHub::GroupPtr EventHub::group_of_this_thread(const ExchangePtr& exchange) {
    const std::lock_guard lock(mutex_);
    auto& group = groups_[std::this_thread::get_id()];
    if (!group)
        group = std::make_shared<Group>();
    if (!group->doorway) {
        group->doorway = exchange;
        group->next = first_ + ring_.size();
    }
    return group;
}

void EventHub::begin(const GroupPtr& group, const StreamPtr& stream, bool from_now) {
    stream->out = stream->exchange->begin_event_stream({{"Content-Type", "text/event-stream"},
                                                        {"Cache-Control", "no-store"},
                                                        {"X-Accel-Buffering", "no"}});
    if (!stream->out) {
        drop(group, stream);
        return;
    }
    group->streams.push_back(stream);
    stream->out->on_closed([this, group, weak = std::weak_ptr(stream)] {
        if (const auto closed = weak.lock())
            drop(group, closed);
    });
    QByteArray hello(greeting.data(), static_cast<qsizetype>(greeting.size()));
    // Without an event, the client still learns where to go on from.
    if (from_now)
        hello += "id: " + QByteArray::fromStdString(stream->position) + '\n';
    send(*stream, hello + '\n');
    advance(group, stream);
}

/// Joins the ring where the stream's position is in it, else reads on from the store.
void EventHub::advance(const GroupPtr& group, const StreamPtr& stream) {
    if (!stream->out || !stream->out->is_open() || try_join(group, stream))
        return;
    stream->state = Stream::State::reading;
    if (stream->out->backlog() > replay_backlog) {
        QTimer::singleShot(replay_pause_ms, [this, group, stream] { advance(group, stream); });
        return;
    }
    read_page(group, stream);
}

bool EventHub::try_join(const GroupPtr& group, const StreamPtr& stream) {
    std::vector<EntryPtr> missed;
    {
        const std::lock_guard lock(mutex_);
        std::uint64_t start = first_;
        if (stream->position != before_ring_) {
            const auto found =
                std::find_if(ring_.rbegin(), ring_.rend(), [&](const EntryPtr& entry) {
                    return entry->event.cursor == stream->position;
                });
            if (found == ring_.rend())
                return false;
            start = first_ + static_cast<std::uint64_t>(ring_.rend() - found);
        }
        stream->start = start;
        if (start < group->next) {
            missed = entries_from_locked(start);
            missed.resize(static_cast<std::size_t>(group->next - start));
        }
    }
    stream->state = Stream::State::live;
    QByteArray text;
    for (const auto& entry : missed)
        if (stream->filter.passes(entry->event))
            text += entry->text;
    send(*stream, text);
    return true;
}

void EventHub::read_page(const GroupPtr& group, const StreamPtr& stream) {
    stream->more = false;
    executor_.post_continuation([this, group, stream] {
        std::optional<thumbjobs::EventPage> page;
        try {
            page = engine_.events(stream->position, page_size);
        } catch (const thumbjobs::Error& error) {
            // The client comes back with the id it saw last.
            logger_.warning("an event stream ends: its events cannot be read",
                            {{"request_id", stream->exchange->request_id()},
                             {"code", to_string(error.code())},
                             {"detail", error.detail()}});
        }
        stream->exchange->post([this, group, stream, page = std::move(page)] {
            if (page)
                take_page(group, stream, *page);
            else
                drop(group, stream);
        });
    });
}

void EventHub::take_page(const GroupPtr& group, const StreamPtr& stream,
                         const thumbjobs::EventPage& page) {
    if (!stream->out || !stream->out->is_open())
        return;
    QByteArray text;
    for (const auto& event : page.events)
        if (stream->filter.passes(event))
            text += to_server_sent_event(event);
    if (!send(*stream, text))
        return;
    if (!page.events.empty()) {
        stream->position = page.events.back().cursor;
        advance(group, stream);
    } else if (stream->more) {
        advance(group, stream);
    } else {
        stream->state = Stream::State::parked;
    }
}

/// On the group's loop: what came into the ring goes out to the live streams.
void EventHub::deliver(const GroupPtr& group) {
    std::vector<EntryPtr> fresh;
    std::uint64_t from = 0;
    {
        const std::lock_guard lock(mutex_);
        group->notified = false;
        from = group->next;
        if (from >= first_)
            fresh = entries_from_locked(from);
        group->next = first_ + ring_.size();
    }
    const auto streams = group->streams; // a send may close one, and so drop it
    for (const auto& stream : streams) {
        switch (stream->state) {
        case Stream::State::reading:
            stream->more = true;
            break;
        case Stream::State::parked:
            advance(group, stream);
            break;
        case Stream::State::live: {
            if (from < group->next && fresh.empty()) {
                // The loop was so late that the ring has moved on: the client comes back.
                drop(group, stream);
                break;
            }
            QByteArray text;
            for (std::size_t i = 0; i < fresh.size(); ++i)
                if (from + i >= stream->start && stream->filter.passes(fresh[i]->event))
                    text += fresh[i]->text;
            send(*stream, text);
            break;
        }
        }
    }
}

void EventHub::heartbeat() {
    const std::lock_guard lock(mutex_);
    for (const auto& [thread, group] : groups_) {
        if (!group->doorway)
            continue;
        group->doorway->post([group_ = group] {
            const auto streams = group_->streams;
            for (const auto& stream : streams)
                send(*stream, QByteArrayLiteral(": heartbeat\n\n"));
        });
    }
}

void EventHub::drop(const GroupPtr& group, const StreamPtr& stream) {
    std::erase(group->streams, stream);
    if (stream->out) {
        stream->out->end();
        stream->out.reset();
    }
    const std::lock_guard lock(mutex_);
    if (group->streams.empty())
        group->doorway.reset();
    else if (group->doorway == stream->exchange)
        group->doorway = group->streams.front()->exchange;
}

std::vector<EventHub::EntryPtr> EventHub::entries_from_locked(std::uint64_t index) const {
    return {ring_.begin() + static_cast<std::ptrdiff_t>(index - first_), ring_.end()};
}

} // namespace thumbd
