#include "model/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace desktop {

namespace {

/// A batch is over when nothing has been under way for so long: the next file of a drop may be on
/// its way between two threads.
constexpr qint64 batch_pause = 700; ///< Milliseconds.

/// What the remaining time is judged by: no less than this, no more than that.
constexpr qint64 least_span = 3'000; ///< Milliseconds.
constexpr int span_steps = 6;
constexpr int least_ended = 3;

/// The value below which a share of `sorted` lies (nearest rank).
double percentile(const std::vector<float>& sorted, double share) {
    if (sorted.empty())
        return std::numeric_limits<double>::quiet_NaN();
    const auto rank = static_cast<std::size_t>(std::ceil(share * double(sorted.size())));
    return double(sorted[std::max<std::size_t>(rank, 1) - 1]);
}

} // namespace

Statistics::Statistics(JobsModel& model, QObject* parent, Clock clock)
    : QObject(parent), model_(model), clock_(std::move(clock)) {
    elapsed_.start();
    if (!clock_)
        clock_ = [this] { return elapsed_.elapsed(); };
    step_number_ = clock_() / std::chrono::milliseconds(step).count();
    connect(&model, &JobsModel::transitions, this, &Statistics::take);
    connect(&model, &JobsModel::loading_changed, this, [this](bool loading) {
        if (!loading)
            take_listing();
    });
    connect(&timer_, &QTimer::timeout, this, &Statistics::tick);
    timer_.start(1'000);
}

int Statistics::active() const {
    int sum = 0;
    for (const RowState state : all_row_states)
        if (is_active(state))
            sum += model_.counts()[index_of(state)];
    return sum;
}

// --- The series

void Statistics::advance() {
    const qint64 now = clock_() / std::chrono::milliseconds(step).count();
    const double depth = active();
    if (now - step_number_ >= steps) { // the machine slept
        steps_.fill({});
        step_number_ = now;
    }
    while (step_number_ < now) {
        steps_[static_cast<std::size_t>(step_number_ % steps)].depth = depth;
        ++step_number_;
        steps_[static_cast<std::size_t>(step_number_ % steps)] = {};
    }
}

Statistics::Step& Statistics::current() {
    advance();
    return steps_[static_cast<std::size_t>(step_number_ % steps)];
}

/// Keeps each of the durations with the same chance (algorithm R).
void Statistics::sample(Step& bucket, qint64 duration) {
    const auto seconds = static_cast<float>(double(duration) / 1'000);
    ++bucket.seen;
    if (bucket.seen <= max_samples) {
        bucket.seconds.push_back(seconds);
        return;
    }
    random_ ^= random_ << 13; // xorshift32
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    const auto place = random_ % static_cast<std::uint32_t>(bucket.seen);
    if (place < max_samples)
        bucket.seconds[place] = seconds;
}

History Statistics::history() const {
    History history;
    history.step = step;
    const double per_minute = 60.0 / double(step.count());
    for (int i = 1; i <= steps; ++i) {
        const qint64 number = step_number_ - steps + i;
        const Step& one = steps_[static_cast<std::size_t>(((number % steps) + steps) % steps)];
        const bool last = i == steps;
        history.per_minute.push_back(one.ended * per_minute);
        history.depth.push_back(last ? active() : one.depth);
        auto sorted = one.seconds;
        std::sort(sorted.begin(), sorted.end());
        history.p50.push_back(percentile(sorted, 0.50));
        history.p95.push_back(percentile(sorted, 0.95));
    }
    return history;
}

int Statistics::last_minute() const {
    const auto within = std::chrono::seconds(60) / step;
    int sum = 0;
    for (qint64 number = std::max<qint64>(0, step_number_ - within + 1); number <= step_number_;
         ++number)
        sum += steps_[static_cast<std::size_t>(number % steps)].ended;
    return sum;
}

// --- The batch

void Statistics::take(const std::vector<Transition>& happened) {
    const bool was_active = batch_.active;
    for (const Transition& transition : happened) {
        const bool from_active = transition.from && is_active(*transition.from);
        const bool to_active = transition.to && is_active(*transition.to);
        // A new row, one that is tried again, or one that was refused as it came.
        const bool begins =
            to_active ? !from_active : !transition.from && transition.to == RowState::refused;
        if (begins) {
            begin_batch();
            ++batch_.total;
        }
        if (transition.to && !to_active && (from_active || begins))
            take_end(transition, *transition.to);
        else if (from_active && !transition.to && batch_.active)
            --batch_.total; // removed, or merged with another row
    }
    advance();
    if (batch_.active != was_active)
        emit changed();
    if (batch_.active && active() == 0 && !idle_since_)
        idle_since_ = clock_();
    if (active() > 0)
        idle_since_.reset();
}

/// What was under way before we came is a batch as well, or belongs to the one that runs.
void Statistics::take_listing() {
    if (active() == 0)
        return;
    begin_batch();
    batch_.total = batch_.ended() + active();
    emit changed();
}

void Statistics::begin_batch() {
    if (batch_.active)
        return;
    batch_ = {};
    batch_.active = true;
    batch_began_ = clock_();
}

void Statistics::take_end(const Transition& transition, RowState to) {
    if (batch_.active) {
        if (to == RowState::succeeded)
            ++batch_.succeeded;
        else if (to == RowState::cancelled)
            ++batch_.cancelled;
        else
            ++batch_.failed;
    }
    if (to != RowState::succeeded && to != RowState::failed)
        return;
    Step& bucket = current();
    ++bucket.ended;
    if (to == RowState::succeeded && transition.duration >= 0)
        sample(bucket, transition.duration);
}

/// What is left, by the pace of the last half minute (or since the batch began): of its steps the
/// median, so that neither a burst nor a stall counts for much; their mean where the median is
/// none.
void Statistics::estimate() {
    batch_.remaining.reset();
    const qint64 length = std::chrono::milliseconds(step).count();
    const qint64 since = clock_() - batch_began_;
    if (!batch_.active || since < least_span || batch_.ended() < least_ended)
        return;
    std::vector<double> paces; // a second, of whole steps within the batch
    double sum = 0;
    for (qint64 number = step_number_ - 1; number > step_number_ - 1 - span_steps; --number) {
        if (number < 0 || number * length < batch_began_)
            break;
        const double pace =
            steps_[static_cast<std::size_t>(number % steps)].ended / double(step.count());
        paces.push_back(pace);
        sum += pace;
    }
    double pace = 0;
    if (paces.size() >= 3) {
        std::sort(paces.begin(), paces.end());
        const std::size_t middle = paces.size() / 2;
        pace = paces.size() % 2 == 1 ? paces[middle] : (paces[middle - 1] + paces[middle]) / 2;
        if (pace <= 0)
            pace = sum / double(paces.size());
    } else {
        pace = batch_.ended() / (double(since) / 1'000);
    }
    const int left = std::max(batch_.total - batch_.ended(), 0);
    if (pace > 0)
        batch_.remaining =
            std::chrono::seconds(static_cast<qint64>(std::min(std::ceil(left / pace), 8.64e6)));
}

void Statistics::tick() {
    advance();
    estimate();
    if (batch_.active && active() == 0 && !(busy_ && busy_())) {
        if (!idle_since_)
            idle_since_ = clock_();
        if (clock_() - *idle_since_ >= batch_pause)
            end_batch();
    } else {
        idle_since_.reset();
    }
    emit changed();
}

void Statistics::end_batch() {
    batch_.active = false;
    batch_.remaining.reset();
    idle_since_.reset();
    if (batch_.ended() > 0)
        emit batch_done(batch_);
}

} // namespace desktop
