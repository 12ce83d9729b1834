#include "model/job_feed.h"

#include <algorithm>

namespace desktop {

namespace {

constexpr int page_size = 500;
constexpr int first_delay = 1'000; ///< Milliseconds.
constexpr int last_delay = 30'000;

} // namespace

JobFeed::JobFeed(Place& place, JobsModel& model, QObject* parent)
    : QObject(parent), place_(place), model_(model) {
    retry_.setSingleShot(true);
    connect(&retry_, &QTimer::timeout, this, &JobFeed::ask);
    connect(&place, &Place::events, this, &JobFeed::take_events);
    connect(&place, &Place::reset, this, &JobFeed::start);
    connect(&place, &Place::connection_changed, this, [this](const Connection& connection) {
        if (connection.state == Connection::State::online && retry_.isActive()) {
            retry_.stop();
            ask();
        }
    });
    if (place.connection().state == Connection::State::online)
        start();
}

void JobFeed::start() {
    retry_.stop();
    ++listing_;
    listed_ = 0;
    cut_off_ = false;
    cursor_.clear();
    delay_ = first_delay;
    model_.begin_listing();
    ask();
}

void JobFeed::ask() {
    thumbjobs::ListQuery query;
    query.limit = page_size;
    query.cursor = cursor_;
    place_.list(query, this, [this, listing = listing_](const Result<thumbjobs::JobPage>& answer) {
        if (listing == listing_)
            take(answer);
    });
}

void JobFeed::take(const Result<thumbjobs::JobPage>& answer) {
    if (!answer) {
        set_obstacle(answer.failure().message);
        retry_.start(delay_);
        delay_ = std::min(delay_ * 2, last_delay);
        return;
    }
    set_obstacle({});
    delay_ = first_delay;
    const thumbjobs::JobPage& page = answer.value();
    for (const thumbjobs::Job& job : page.jobs)
        model_.apply(job, true);
    listed_ += static_cast<int>(page.jobs.size());
    // A place that names the same cursor for ever must not keep us listing for ever.
    cut_off_ = listed_ >= JobsModel::max_rows;
    if (page.next_cursor.empty() || page.next_cursor == cursor_ || cut_off_)
        return model_.end_listing();
    cursor_ = page.next_cursor;
    ask();
}

void JobFeed::take_events(const std::vector<thumbjobs::Event>& batch) {
    for (const thumbjobs::Event& event : batch) {
        if (event.kind == thumbjobs::Event::Kind::deleted)
            model_.forget(event.id);
        else if (event.kind == thumbjobs::Event::Kind::job && event.job)
            model_.apply(*event.job);
    }
}

void JobFeed::set_obstacle(const QString& obstacle) {
    if (obstacle == obstacle_)
        return;
    obstacle_ = obstacle;
    emit obstacle_changed();
}

} // namespace desktop
