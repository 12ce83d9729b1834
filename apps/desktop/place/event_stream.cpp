#include "place/event_stream.h"

#include "place/job_json.h"

#include <QNetworkReply>
#include <QRandomGenerator>

#include <algorithm>
#include <utility>

namespace desktop {
namespace {

using std::chrono::milliseconds;
using State = Connection::State;

std::string_view view_of(const QByteArray& bytes) {
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

QString not_a_server() {
    return EventStream::tr("What answers at this address is no thumbd. Check the address.");
}

} // namespace

EventStream::EventStream(HttpLane& lane, const Timing& timing, StateHandler on_state,
                         EventHandler on_event, QObject* parent)
    : QObject(parent),
      lane_(lane),
      timing_(timing),
      on_state_(std::move(on_state)),
      on_event_(std::move(on_event)),
      retry_(this),
      watch_(this) {
    retry_.setSingleShot(true);
    watch_.setSingleShot(true);
    connect(&retry_, &QTimer::timeout, this, &EventStream::connect_now);
    connect(&watch_, &QTimer::timeout, this, [this] {
        try_later(streaming_ ? tr("The server fell silent; trying again.")
                             : tr("The server does not answer; trying again."));
    });
}

EventStream::~EventStream() {
    drop_reply();
}

void EventStream::connect_now() {
    if (streaming_)
        return;
    retry_.stop();
    drop_reply();
    if (cursor_)
        open_stream();
    else
        fetch_cursor();
}

void EventStream::refuse() {
    drop_reply();
    retry_.stop();
    on_state_({State::refused, tr("The server does not accept the token.")});
}

void EventStream::fail(const QString& reason) {
    drop_reply();
    retry_.stop();
    on_state_({State::failed, reason});
}

/// A page of one job: shows whether this is a thumbd, whether the token may read, and where the
/// events are at.
void EventStream::fetch_cursor() {
    HttpRequest request{.path = "v1/jobs"};
    request.query.addQueryItem("limit", "1");
    watch_.start(timing_.headers);
    lane_.send(request, [this, guard = QPointer<EventStream>(this),
                         generation = generation_](const HttpAnswer& answer) {
        if (!guard || generation != generation_)
            return;
        watch_.stop();
        if (answer.trouble != Trouble::none || answer.status != 200) {
            handle(answer);
            return;
        }
        try {
            cursor_ = parse_job_page(view_of(answer.body)).events_cursor;
            gap_ = true;
            open_stream();
        } catch (const BadAnswer&) {
            if (was_online_)
                try_later(not_a_server());
            else
                fail(not_a_server());
        }
    });
}

void EventStream::open_stream() {
    HttpRequest request{.path = "v1/events"};
    request.headers.emplace_back("Accept", "text/event-stream");
    request.headers.emplace_back("Accept-Encoding", "identity"); // a compressor would hold it back
    if (cursor_->empty())
        request.query.addQueryItem("since", "");
    else
        request.headers.emplace_back("Last-Event-ID", QByteArray::fromStdString(*cursor_));
    parser_ = {};
    reply_ = lane_.start_stream(request);
    watch_.start(timing_.headers);
    connect(reply_, &QNetworkReply::metaDataChanged, this, &EventStream::check_headers);
    connect(reply_, &QNetworkReply::readyRead, this, &EventStream::read);
    connect(reply_, &QNetworkReply::finished, this, [this, reply = reply_] {
        if (streaming_)
            read();
        if (reply != reply_)
            return; // given up while reading
        HttpAnswer answer = HttpLane::outcome(*reply);
        if (reply->isOpen())
            answer.body = reply->readAll(); // bounded by the read buffer
        if (answer.trouble == Trouble::aborted)
            drop_reply();
        else if (answer.trouble == Trouble::none && answer.status == 200)
            try_later(tr("The server closed the connection; trying again."));
        else
            handle(answer);
    });
}

void EventStream::check_headers() {
    if (streaming_ || reply_ == nullptr)
        return;
    const int status = reply_->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status != 200)
        return; // finished() judges it
    if (!reply_->rawHeader("Content-Type").toLower().startsWith("text/event-stream")) {
        if (was_online_)
            try_later(not_a_server());
        else
            fail(not_a_server());
        return;
    }
    went_online();
}

void EventStream::went_online() {
    streaming_ = true;
    was_online_ = true;
    watch_.start(timing_.silence);
    on_state_({State::online, {}});
    if (std::exchange(gap_, false)) {
        thumbjobs::Event event;
        event.kind = thumbjobs::Event::Kind::reset;
        event.cursor = *cursor_;
        on_event_(std::move(event));
    }
}

void EventStream::read() {
    if (!streaming_ || reply_ == nullptr || !reply_->isOpen())
        return;
    const QByteArray bytes = reply_->readAll();
    if (bytes.isEmpty())
        return;
    watch_.start(timing_.silence);
    tries_ = 0; // it is more than a proxy that has lost its server
    std::vector<ServerSentEvent> events;
    const bool usable = parser_.feed(view_of(bytes), events);
    try {
        for (const ServerSentEvent& event : events)
            take(event);
        if (usable)
            return;
    } catch (const BadAnswer&) {
        // What this event was is not known.
        cursor_.reset();
    }
    tries_ = std::max(tries_, 3); // a server that talks nonsense is not asked twice a second
    try_later(tr("The server sent an event that cannot be read; trying again."));
}

void EventStream::take(const ServerSentEvent& given) {
    using Kind = thumbjobs::Event::Kind;
    thumbjobs::Event event;
    if (given.id)
        event.cursor = checked_cursor(*given.id);
    if (given.name == "job" && !given.data.empty()) {
        event.job = parse_job(given.data);
        event.id = event.job->id;
    } else if (given.name == "deleted") {
        event.kind = Kind::deleted;
        event.id = parse_deleted(given.data);
    } else if (given.name == "reset") {
        event.kind = Kind::reset;
        event.cursor = parse_reset(given.data);
        cursor_ = event.cursor;
    } else {
        if (given.id)
            cursor_ = event.cursor; // of a kind that a newer server has
        return;
    }
    if (given.id)
        cursor_ = event.cursor;
    on_event_(std::move(event));
}

void EventStream::drop_reply() {
    ++generation_;
    streaming_ = false;
    watch_.stop();
    if (QNetworkReply* reply = std::exchange(reply_, nullptr)) {
        reply->disconnect(this);
        reply->abort();
        reply->deleteLater();
    }
}

void EventStream::handle(const HttpAnswer& answer) {
    switch (answer.trouble) {
    case Trouble::aborted:
        drop_reply();
        return;
    case Trouble::untrusted:
        if (was_online_)
            break;
        fail(tr("The server's certificate is not trusted (%1). If it is your own, choose the file "
                "of the authority that signed it.")
                 .arg(answer.about));
        return;
    case Trouble::redirected:
        if (was_online_)
            break;
        fail(tr("The server points to %1. If that is right, connect to that address.")
                 .arg(answer.about));
        return;
    case Trouble::none:
        if (answer.status == 401) {
            refuse();
            return;
        }
        if (answer.status == 403) {
            drop_reply();
            const QString detail =
                QString::fromStdString(parse_problem(view_of(answer.body)).detail);
            on_state_({State::refused, detail.isEmpty()
                                           ? tr("The token may not read jobs on this server.")
                                           : detail});
            return;
        }
        if (answer.status == 400)
            cursor_.reset(); // not one of this server's, it seems
        else if (answer.status < 500 && answer.status != 429 && answer.status != 408 &&
                 !was_online_) {
            fail(not_a_server());
            return;
        }
        try_later(tr("The server cannot serve at present; trying again."), answer.retry_after);
        return;
    default:
        break;
    }
    try_later(tr("The server does not answer; trying again."));
}

void EventStream::try_later(const QString& reason, std::optional<milliseconds> delay) {
    drop_reply();
    if (!delay) {
        const int doublings = std::min(tries_, 16);
        const auto bound = std::min(timing_.max_delay, timing_.first_delay * (1 << doublings));
        const auto half = bound.count() / 2;
        delay =
            milliseconds(half + static_cast<qint64>(QRandomGenerator::global()->generateDouble() *
                                                    static_cast<double>(half)));
    }
    ++tries_;
    on_state_({State::reconnecting, reason});
    retry_.start(*delay);
}

} // namespace desktop
