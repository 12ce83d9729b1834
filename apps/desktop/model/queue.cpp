#include "model/queue.h"

#include <utility>

namespace desktop {

namespace {

constexpr int max_under_way = 8;

} // namespace

Queue::Queue(Place& place, JobsModel& model, Intake& intake, QObject* parent)
    : QObject(parent), place_(place), model_(model), intake_(intake) {
    undo_timer_.setSingleShot(true);
    undo_timer_.setInterval(undo_time);
    connect(&undo_timer_, &QTimer::timeout, this, &Queue::carry_out_removal);
    connect(&model, &JobsModel::counts_changed, this, &Queue::look_whether_stopped);
    connect(&place, &Place::paused_changed, this, [this](bool paused) {
        if (paused && mode_ == Mode::running)
            set_mode(Mode::paused);
        else if (!paused && mode_ == Mode::paused)
            set_mode(Mode::running);
    });
    if (place.paused())
        mode_ = Mode::paused;
}

// --- The queue as a whole

void Queue::pause() {
    set_mode(Mode::paused);
    if (place_.description().can_pause)
        place_.pause();
    else
        intake_.hold(true);
}

void Queue::resume() {
    set_mode(Mode::running);
    intake_.hold(false);
    if (place_.description().can_pause)
        place_.resume();
}

void Queue::stop_after_current() {
    set_mode(Mode::stopping);
    intake_.hold(true);
    if (place_.description().can_pause)
        place_.pause();
    look_whether_stopped();
}

void Queue::set_mode(Mode mode) {
    if (mode == mode_)
        return;
    mode_ = mode;
    emit mode_changed();
}

void Queue::look_whether_stopped() {
    const RowCounts& counts = model_.counts();
    if (mode_ == Mode::stopping && counts[index_of(RowState::uploading)] == 0 &&
        (counts[index_of(RowState::processing)] == 0 || !place_.description().can_pause))
        set_mode(Mode::stopped);
}

// --- Rows

void Queue::cancel(const std::vector<RowKey>& keys) {
    std::vector<RowKey> jobs;
    std::vector<RowKey> images;
    for (const RowKey key : keys) {
        const Row* row = model_.row(key);
        if (row && is_active(row->state))
            (row->id.is_nil() ? images : jobs).push_back(key);
    }
    intake_.cancel(images);
    begin(CommandSummary::Kind::cancel, jobs, static_cast<int>(images.size()));
}

void Queue::retry(const std::vector<RowKey>& keys) {
    std::vector<RowKey> jobs;
    std::vector<RowKey> images;
    for (const RowKey key : keys) {
        const Row* row = model_.row(key);
        if (!row)
            continue;
        if (row->id.is_nil() && intake_.can_retry(key))
            images.push_back(key);
        else if (!row->id.is_nil() &&
                 (row->state == RowState::failed || row->state == RowState::cancelled))
            jobs.push_back(key);
    }
    intake_.retry(images);
    begin(CommandSummary::Kind::retry, jobs, static_cast<int>(images.size()));
}

void Queue::retry_all_failed() {
    retry(model_.keys_in(
        static_cast<RowStates>(in_set(RowState::failed) | in_set(RowState::refused))));
}

void Queue::remove(const std::vector<RowKey>& keys) {
    carry_out_removal();
    for (const RowKey key : keys) {
        const Row* row = model_.row(key);
        if (!row || row->hidden)
            continue;
        model_.set_hidden(key, true);
        removed_.push_back(key);
    }
    if (removed_.empty())
        return;
    intake_.withhold(removed_);
    model_.flush();
    undo_timer_.start();
    emit removal_changed();
}

void Queue::undo_removal() {
    undo_timer_.stop();
    const auto keys = std::exchange(removed_, {});
    if (keys.empty())
        return;
    for (const RowKey key : keys)
        model_.set_hidden(key, false);
    intake_.put_back(keys);
    model_.flush();
    emit removal_changed();
}

void Queue::carry_out_removal() {
    undo_timer_.stop();
    const auto keys = std::exchange(removed_, {});
    if (keys.empty())
        return;
    std::vector<RowKey> jobs;
    std::vector<RowKey> images;
    for (const RowKey key : keys)
        if (const Row* row = model_.row(key))
            (row->id.is_nil() ? images : jobs).push_back(key);
    intake_.discard(images);
    begin(CommandSummary::Kind::remove, jobs, static_cast<int>(images.size()));
    emit removal_changed();
}

// --- Many calls, a few at a time

void Queue::begin(CommandSummary::Kind kind, const std::vector<RowKey>& keys, int done_already) {
    const auto command = std::make_shared<Command>();
    command->summary.kind = kind;
    command->summary.done = done_already;
    command->left = keys.size();
    for (const RowKey key : keys)
        tasks_.push_back({key, command});
    if (keys.empty())
        emit finished(command->summary);
    run_more();
}

void Queue::run_more() {
    if (running_more_)
        return;
    running_more_ = true;
    while (under_way_ < max_under_way && !tasks_.empty()) {
        const Task task = std::move(tasks_.front());
        tasks_.pop_front();
        ++under_way_;
        run(task);
    }
    running_more_ = false;
}

void Queue::run(const Task& task) {
    const Row* row = model_.row(task.key);
    if (!row) // gone meanwhile
        return end(task, std::nullopt);
    const auto take = [this, task](const Result<thumbjobs::Job>& answer) {
        if (answer)
            model_.apply(answer.value());
        end(task, answer ? std::nullopt : std::optional(answer.failure()));
    };
    const thumbjobs::JobId id = row->id;
    switch (task.command->summary.kind) {
    case CommandSummary::Kind::cancel:
        return place_.cancel(id, this, take);
    case CommandSummary::Kind::retry:
        return place_.retry(id, this, take);
    case CommandSummary::Kind::remove:
        return place_.remove(id, this, [this, task, id](const Result<Done>& answer) {
            if (answer)
                model_.forget(id);
            else
                model_.set_hidden(task.key, false);
            end(task, answer ? std::nullopt : std::optional(answer.failure()));
        });
    }
}

void Queue::end(const Task& task, const std::optional<Failure>& failure) {
    --under_way_;
    CommandSummary& summary = task.command->summary;
    if (!failure) {
        ++summary.done;
    } else if (failure->code == "conflict" || failure->code == "not_found") {
        ++summary.unchanged;
    } else {
        ++summary.failed;
        if (summary.message.isEmpty())
            summary.message = failure->message;
    }
    if (--task.command->left == 0)
        emit finished(summary);
    run_more();
    if (!busy())
        emit idle();
}

} // namespace desktop
